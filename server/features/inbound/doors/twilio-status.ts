import { statusFields } from '#server/channels/twilio/fields.ts'
import { defineWebhook, type Webhook } from '#server/platform/http-route.ts'
import { answerInTime, webhookAnswerOf } from './answer-in-time.ts'
import { refuseWebhook } from './refuse.ts'
import { readTwilioText } from './twilio-request.ts'

type DoorContext = Parameters<typeof answerInTime>[0] & Parameters<typeof readTwilioText>[0]

const usual = { status: 200, contentType: 'text/xml; charset=utf-8', body: '<Response/>' }
const limitMs = 5000

/** Twilio's word on a text we sent. One receipt per message and status, so that a callback that comes twice counts once. */
export function twilioStatusDoor(context: DoorContext): Webhook {
  return defineWebhook({ path: '/webhooks/twilio/status', limitBytes: 64 * 1024, contentType: ['application/x-www-form-urlencoded'] }, async (request) => {
    const { channel, account, fields } = await readTwilioText(context, request, statusFields, 'From')
    if (!account) throw refuseWebhook(channel, 404, 'unknown-number')
    const externalId = [fields.MessageSid, fields.MessageStatus, fields.ErrorCode].filter((part) => part !== undefined).join(':')
    const answer = await answerInTime(context, { channel, accountId: account.id, externalId, kind: 'status', body: request.rawBody, facts: {} }, limitMs, usual)
    return webhookAnswerOf(answer)
  })
}
