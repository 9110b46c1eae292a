import type { Twilio } from 'twilio'
import type { AccountWithSecrets, ChannelAdapter, OutboundItem, OutboundPayload, SendResult } from '../channel.ts'
import { idTime } from '../id-time.ts'
import type { ChannelTools } from '../parse.ts'
import { refused } from '../send-result.ts'
import { attempt } from '../twilio/attempt.ts'
import { twilioClient } from '../twilio/client.ts'
import { fetchTwilioFile } from '../twilio/file.ts'
import { browserIdentity, browserLegFor, hasBrowserLeg } from './browser-leg.ts'
import { mayDial } from './dialling.ts'
import { endedStatuses } from './fields.ts'
import { callPaths, withQuery } from './paths.ts'
import { twimlOf } from './twiml.ts'

export { parseReceipt } from './call-parse.ts'

type Rung = Extract<OutboundPayload, { kind: 'connect' | 'consult' }>

/** How long an agent's end rings. */
const ringSeconds = 20
/** How long a customer is on their way from the line into the room. */
const joinsWithinMs = 2_000
/** Twilio's answer when a call to be ended has ended. */
const notInProgressCode = 21220

/** Calls through Twilio: commands go out over its Calls resource, what a caller hears as TwiML. */
export function createVoiceAdapter(tools: ChannelTools): ChannelAdapter {
  const { publicUrl } = tools.config

  /** Rings an agent: for a caller in the line, or into the room where others talk already. */
  async function ring(item: OutboundItem, command: Rung, account: AccountWithSecrets): Promise<SendResult> {
    const to = agentAddress(command.agent, tools)
    if (to === null) return refused('invalid-address', 'the agent has no telephone')
    if (!to.startsWith('client:')) {
      const may = mayDial(to)
      if (!may.ok) return refused('region-not-allowed', may.reason)
    }
    const query = { session: command.sessionId, command: item.id }
    const [leg, status] = command.kind === 'connect' ? [callPaths.agentLeg, callPaths.agentStatus] : [callPaths.helperLeg, callPaths.helperStatus]
    return attempt(account, tools, async ({ sdk }) => {
      const { sid } = await sdk.calls.create({
        to,
        from: account.address,
        url: withQuery(publicUrl + leg, query),
        statusCallback: withQuery(publicUrl + status, query),
        statusCallbackEvent: ['completed'],
        timeout: ringSeconds,
      })
      return { ok: true, externalId: sid, status: 'sent' }
    })
  }

  /** Rings a customer. Their leg asks what to do when it is answered; how it ended is told like the end of any call. */
  async function dial(item: OutboundItem, command: Extract<OutboundPayload, { kind: 'dial' }>, account: AccountWithSecrets): Promise<SendResult> {
    const may = mayDial(command.number)
    if (!may.ok) return refused('region-not-allowed', may.reason)
    const query = { session: command.sessionId, command: item.id }
    return attempt(account, tools, async ({ sdk }) => {
      const leg = await sdk.calls.create({
        to: command.number, from: account.address, url: withQuery(publicUrl + callPaths.calledBack, query), statusCallback: withQuery(publicUrl + callPaths.status, query), statusCallbackEvent: ['completed'], timeout: ringSeconds,
      })
      return { ok: true, externalId: leg.sid, status: 'sent' }
    })
  }

  return {
    channel: 'voice',

    async send(item, account) {
      const { payload } = item
      switch (payload.kind) {
        case 'connect':
        case 'consult': return ring(item, payload, account)
        case 'dial': return dial(item, payload, account)
        case 'requeue': return attempt(account, tools, async ({ sdk }) => {
          const { sessionId, round } = payload
          await sdk.calls(payload.callId).update({ twiml: twimlOf([{ do: 'queue', sessionId, round }], publicUrl).body }).catch(ignoreEnded)
          return { ok: true, externalId: payload.callId, status: 'delivered' }
        })
        case 'hang-up': return attempt(account, tools, async ({ sdk }) => {
          await sdk.calls(payload.callId).update({ status: 'completed' }).catch(ignoreEnded)
          return { ok: true, externalId: payload.callId, status: 'delivered' }
        })
        case 'open-room': return attempt(account, tools, async ({ sdk }) => {
          const { callId, sessionId, round } = payload
          const isThere = await sdk.calls(callId).update({ twiml: twimlOf([{ do: 'join-room', sessionId, round, as: 'agent' }], publicUrl).body }).then(() => true, ignoreEnded)
          return isThere ? { ok: true, externalId: callId, status: 'delivered' } : { ok: false, kind: 'refused', code: 'call-over', detail: 'the agent has hung up' }
        })
        case 'hand-over': return attempt(account, tools, async ({ sdk }) => {
          const { callId, fromCallId, sessionId } = payload
          const room = await roomOf(sdk, sessionId)
          await room?.participants(callId).update({ endConferenceOnExit: true }).catch(ignoreMissing)
          await room?.participants(fromCallId).update({ endConferenceOnExit: false }).catch(ignoreMissing)
          await sdk.calls(fromCallId).update({ status: 'completed' }).catch(ignoreEnded)
          return { ok: true, externalId: callId, status: 'delivered' }
        })
        case 'hold': return attempt(account, tools, async ({ sdk }) => {
          const { callId, sessionId, isOnHold } = payload
          const isThere = await (await roomOf(sdk, sessionId))?.participants(callId).update({ hold: isOnHold }).then(() => true, ignoreMissing)
          // The customer may just be on their way into the room; who is not in it needs not be taken back.
          if (!isThere && isOnHold) return { ok: false, kind: 'later', retryAfterMs: joinsWithinMs, detail: 'not in the room yet' }
          return { ok: true, externalId: callId, status: 'delivered' }
        })
        case 'delete-recording': return attempt(account, tools, async ({ sdk }) => {
          await sdk.recordings(payload.recordingId).remove().catch(ignoreMissing)
          return { ok: true, externalId: payload.recordingId, status: 'delivered' }
        })
        default: throw new Error(`voice has no command ${payload.kind}`)
      }
    },

    /** A leg is found by whom it rings and since when, of those no other command made; ending and deleting twice does no harm, so they are simply sent again. */
    async settle(item, account, ofOthers) {
      const { payload } = item
      const madeAt = idTime(item.id)
      if (payload.kind !== 'connect' && payload.kind !== 'consult' && payload.kind !== 'dial') return null
      const to = payload.kind === 'dial' ? payload.number : agentAddress(payload.agent, tools)
      if (to === null || !madeAt) return null
      return attempt(account, tools, async ({ sdk }) => {
        const recent = await sdk.calls.list({ to, from: account.address, startTimeAfter: new Date(madeAt.getTime() - 86_400_000), limit: 50 })
        const since = recent.filter((leg) => leg.dateCreated.getTime() >= madeAt.getTime() - 2000)
        const others = await ofOthers?.(since.map((leg) => leg.sid))
        const found = since.find((leg) => !others?.has(leg.sid))
        return found ? { ok: true, externalId: found.sid, status: 'sent' } : { ok: false, kind: 'later', retryAfterMs: 0, detail: 'not in the list of the provider' }
      })
    },

    async testAccount(account) {
      const result = await attempt(account, tools, async ({ sdk }) => {
        const numbers = await sdk.incomingPhoneNumbers.list({ phoneNumber: account.address, limit: 1 })
        return numbers.length === 0 ? refused('sender-not-allowed', `${account.address} is not a number of this Twilio account`) : { ok: true, externalId: account.address, status: 'sent' }
      })
      return result.ok ? { ok: true, detail: account.address } : { ok: false, reason: result.detail }
    },

    async callState(callId, account) {
      const { sdk } = await twilioClient(account, tools)
      try {
        const leg = await sdk.calls(callId).fetch()
        return endedStatuses.has(leg.status) ? 'ended' : 'live'
      } catch (error) {
        if ((error as { status?: unknown }).status === 404) return 'ended'
        return null
      }
    },

    fetchFile: (sourceUrl, account, limitBytes) => fetchTwilioFile(sourceUrl, account, limitBytes, ['api.twilio.com'], tools),

    speak: (steps) => twimlOf(steps, publicUrl),

    browserLeg: (agentId) => browserLegFor(agentId, tools.config, tools.clock.now()),
  }
}

/**
 * The agent's browser where the deployment can register one, or where another program stands in for Twilio's API and plays both
 * ends; else the agent's own telephone.
 */
function agentAddress(agent: Rung['agent'], tools: ChannelTools): string | null {
  return hasBrowserLeg(tools.config) || tools.config.twilio.apiUrl !== undefined ? `client:${browserIdentity(agent.id)}` : agent.phone
}

/** The room in which a call goes on; undefined when nobody is in it any more. */
async function roomOf(sdk: Twilio, sessionId: string) {
  const [room] = await sdk.conferences.list({ friendlyName: sessionId, status: 'in-progress', limit: 1 })
  return room && sdk.conferences(room.sid)
}

function ignoreEnded(error: unknown): void {
  if ((error as { code?: unknown }).code !== notInProgressCode) throw error
}

function ignoreMissing(error: unknown): void {
  if ((error as { status?: unknown }).status !== 404) throw error
}
