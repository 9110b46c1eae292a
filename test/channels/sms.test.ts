import { createSmsAdapter, parseReceipt } from '#server/channels/sms/adapter.ts'
import { describeAdapter } from './adapter-suite.ts'
import { inboundSms, smsAccount, startTwilioProvider, theirNumber, twilioReceipt, twilioVerdicts } from './twilio-provider.ts'

describeAdapter('SMS', {
  adapter: createSmsAdapter,
  parse: parseReceipt,
  account: smsAccount,
  customer: theirNumber,
  receiptOf: async (text) => twilioReceipt(inboundSms(text), smsAccount),
  expected: { from: { kind: 'phone', realm: '', value: theirNumber, displayName: null }, evidence: 'proved', oneTime: false, externalId: `SM${'a'.repeat(32)}`, files: [] },
  verdicts: async (receipt) => twilioVerdicts(receipt, smsAccount),
  provider: startTwilioProvider,
  refusedAs: 'opted-out',
  canSettle: true,
})
