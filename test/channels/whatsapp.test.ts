import { createWhatsappAdapter, parseReceipt } from '#server/channels/whatsapp/adapter.ts'
import { describeAdapter } from './adapter-suite.ts'
import { inboundWhatsapp, startTwilioProvider, theirNumber, twilioReceipt, twilioVerdicts, whatsappAccount } from './twilio-provider.ts'

describeAdapter('WhatsApp', {
  adapter: createWhatsappAdapter,
  parse: parseReceipt,
  account: whatsappAccount,
  customer: theirNumber,
  receiptOf: async (text) => twilioReceipt(inboundWhatsapp(text), whatsappAccount),
  expected: { from: { kind: 'phone', realm: '', value: theirNumber, displayName: 'Mei Chen' }, evidence: 'proved', oneTime: false, externalId: `SM${'b'.repeat(32)}`, files: [] },
  verdicts: async (receipt) => twilioVerdicts(receipt, whatsappAccount),
  provider: startTwilioProvider,
  refusedAs: 'opted-out',
  canSettle: true,
})
