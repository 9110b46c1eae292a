import { messageFields } from '#server/channels/twilio/fields.ts'
import { defineWebhook, type Webhook } from '#server/platform/http-route.ts'
import { answerInTime, webhookAnswerOf } from './answer-in-time.ts'
import { refuseWebhook } from './refuse.ts'
import { readTwilioText } from './twilio-request.ts'

type DoorContext = Parameters<typeof answerInTime>[0] & Parameters<typeof readTwilioText>[0]

const usual = { status: 200, contentType: 'text/xml; charset=utf-8', body: '<Response/>' }
const limitMs = 5000

/** SMS and WhatsApp messages from Twilio. A message for a number nobody configured is kept for an admin to see, and gets 404. */
export function twilioMessagesDoor(context: DoorContext): Webhook {
  return defineWebhook({ path: '/webhooks/twilio/messages', limitBytes: 100 * 1024, contentType: ['application/x-www-form-urlencoded'] }, async (request) => {
    const { channel, account, fields } = await readTwilioText(context, request, messageFields, 'To')
    const receipt = { channel, accountId: account?.id ?? null, account, externalId: fields.MessageSid, kind: 'message', body: request.rawBody, facts: {} }
    const answer = await answerInTime(context, receipt, limitMs, usual)
    if (!account) throw refuseWebhook(channel, 404, 'unknown-number')
    return webhookAnswerOf(answer)
  })
}
