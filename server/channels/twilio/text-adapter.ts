import type { ChannelAdapter, OutboundPayload } from '../channel.ts'
import { idTime } from '../id-time.ts'
import type { ChannelTools } from '../parse.ts'
import { refused } from '../send-result.ts'
import { type TwilioChannel, writeTwilioAddress } from './address.ts'
import { twilioCredentials } from './account.ts'
import { attempt } from './attempt.ts'
import { refusalCodeOf } from './error-codes.ts'
import { fetchTwilioFile } from './file.ts'

type Message = Extract<OutboundPayload, { kind: 'message' }>

/** Twilio's media limit per message. */
const filesMax = 10
const listLagMs = 30_000
/** What Twilio's own API answers with is a redirect to where the bytes lie. */
const mediaHosts = ['api.twilio.com', 'media.twiliocdn.com', 'mms.twiliocdn.com', '*.twiliocdn.com']

/** SMS and WhatsApp over Twilio's Messages resource: the same calls, `whatsapp:` before both addresses for the latter. */
export function createTwilioTextAdapter(channel: TwilioChannel, tools: ChannelTools): ChannelAdapter {
  const addressOf = (value: string) => writeTwilioAddress(channel, value)

  return {
    channel,

    async send(item, account) {
      if (item.payload.kind !== 'message') throw new Error(`${channel} has no command ${item.payload.kind}`)
      const message = item.payload
      return attempt(account, tools, async ({ sdk }) => {
        const { messagingServiceSid } = twilioCredentials(account, tools.config, tools.clock.now())
        const sent = await sdk.messages.create({
          to: addressOf(item.to),
          from: addressOf(account.address),
          ...(messagingServiceSid ? { messagingServiceSid } : {}),
          ...(message.text === '' ? {} : { body: message.text }),
          ...(message.files.length === 0 ? {} : { mediaUrl: message.files.slice(0, filesMax).map((file) => file.url) }),
          statusCallback: `${tools.config.publicUrl}/webhooks/twilio/status`,
        })
        return { ok: true, externalId: sent.sid, status: 'sent' }
      })
    },

    /**
     * Twilio keeps no reference of ours, so the message is looked for by what it is: to this customer, from this number, the
     * same text and number of files, made since this item was. Messages of one lane leave one after the other, so nothing
     * else of ours fits. Not found means Twilio never took it, and it may be sent again; but the list lags by seconds, so
     * within the first half minute that is not said.
     */
    async settle(item, account, ofOthers) {
      if (item.payload.kind !== 'message') return null
      const message = item.payload
      const madeAt = idTime(item.id)
      if (!madeAt) return null
      return attempt(account, tools, async ({ sdk }) => {
        const recent = await sdk.messages.list({ to: addressOf(item.to), from: addressOf(account.address), dateSentAfter: new Date(madeAt.getTime() - 86_400_000), limit: 100 })
        const alike = recent.filter((candidate) => isSame(candidate, message) && candidate.dateCreated.getTime() >= madeAt.getTime() - 2000)
        const others = await ofOthers?.(alike.map(({ sid }) => sid))
        const found = alike.find(({ sid }) => !others?.has(sid))
        if (!found) return tools.clock.now().getTime() - madeAt.getTime() < listLagMs ? { ok: false, kind: 'unknown', detail: 'not yet in the list' } : { ok: false, kind: 'later', retryAfterMs: 0, detail: 'not in the list' }
        if (found.status === 'failed' || found.status === 'undelivered') return refused(refusalCodeOf(found.errorCode), String(found.errorCode ?? found.status))
        return { ok: true, externalId: found.sid, status: found.status === 'delivered' ? 'delivered' : 'sent' }
      })
    },

    async testAccount(account) {
      const result = await attempt(account, tools, async ({ sdk }) => {
        const numbers = await sdk.incomingPhoneNumbers.list({ phoneNumber: account.address, limit: 1 })
        if (channel === 'sms' && numbers.length === 0) return refused('sender-not-allowed', `${account.address} is not a number of this Twilio account`)
        return { ok: true, externalId: account.address, status: 'sent' }
      })
      return result.ok ? { ok: true, detail: account.address } : { ok: false, reason: result.detail }
    },

    async fetchFile(sourceUrl, account, limitBytes) {
      return fetchTwilioFile(sourceUrl, account, limitBytes, mediaHosts, tools)
    },
  }
}

function isSame(candidate: { body: string; numMedia: string; direction: string }, message: Message): boolean {
  return candidate.direction.startsWith('outbound') && candidate.body === message.text && Number(candidate.numMedia) === Math.min(filesMax, message.files.length)
}
