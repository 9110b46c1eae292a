import { statusFields } from '#server/channels/twilio/fields.ts'
import { defineWebhook, type Webhook } from '#server/platform/http-route.ts'
import { answerInTime, webhookAnswerOf } from './answer-in-time.ts'
import { refuseWebhook } from './refuse.ts'
import { isAboutCall, readTwilioText } from './twilio-request.ts'
import { answerCallStatus } from './twilio-voice.ts'

type DoorContext = Parameters<typeof answerCallStatus>[0]

const usual = { status: 200, contentType: 'text/xml; charset=utf-8', body: '<Response/>' }
const limitMs = 5000

/** Twilio's word on a text we sent, or on the end of a call. One receipt per message and status, so that a callback that comes twice counts once. */
export function twilioStatusDoor(context: DoorContext): Webhook {
  return defineWebhook({ path: '/webhooks/twilio/status', limitBytes: 64 * 1024, contentType: ['application/x-www-form-urlencoded'] }, async (request) => {
    if (isAboutCall(request)) return answerCallStatus(context, request)
    const { channel, account, fields } = await readTwilioText(context, request, statusFields, 'From')
    if (!account) throw refuseWebhook(channel, 404, 'unknown-number')
    const externalId = [fields.MessageSid, fields.MessageStatus, fields.ErrorCode].filter((part) => part !== undefined).join(':')
    const answer = await answerInTime(context, { channel, accountId: account.id, account, externalId, kind: 'status', body: request.rawBody, facts: {} }, limitMs, usual)
    return webhookAnswerOf(answer)
  })
}
