/** What staff do with a call, and the net under calls whose end nobody told us. */
import { hasBrowserLeg } from '../../channels/voice/browser-leg.ts'
import type { Context } from '../../context.ts'
import { commit } from '../../platform/effects.ts'
import type { StaffSession } from '../../platform/http-route.ts'
import { openAccountById } from '../settings/channel-accounts.steps.ts'
import { failBridge } from './bridge.steps.ts'
import { endLeg } from './commands.steps.ts'
import { endCall } from './call-end.steps.ts'
import { noBrowserCalls, nobodyHelps, noLiveCall, notYourCall } from './voice.errors.ts'
import { changeCall, holdCall, tellCall, type HeldCall } from './held-call.ts'
import { agentLeftRoom, helperLegLost, setHold } from './helper-legs.steps.ts'
import { helperLegsToAskFor, openHelperLegs } from './helper-legs.store.ts'
import { missedCallback } from './missed-callback.steps.ts'
import { callsToAskFor, doubtCall, findLiveCall, isBeingDialled, isDialledId, silentSince, touchCall, type CallSession } from './voice.store.ts'

type VoiceContext = Pick<Context, 'db' | 'clock' | 'jobs' | 'relay'>
type SweepContext = VoiceContext & Pick<Context, 'channels' | 'secrets' | 'logger'>

/** An agent's telephone rings 20 s; what still connects after this long was forgotten. */
const connectingMaxMs = 60_000

type BrowserContext = Pick<Context, 'channels' | 'config'>

/** Where the calls of agents ring. */
export function ringsIn({ config }: Pick<Context, 'config'>): 'browser' | 'telephone' {
  return hasBrowserLeg(config) ? 'browser' : 'telephone'
}

/** A pass for the browser of an agent, who is rung by the name in it. */
export async function browserToken({ channels }: BrowserContext, agentId: string): Promise<{ token: string; identity: string; expiresAt: string }> {
  const leg = await channels.adapters.voice.browserLeg?.(agentId)
  if (!leg) throw noBrowserCalls()
  return { ...leg, expiresAt: leg.expiresAt.toISOString() }
}

/** The agent ends the call. The provider's word that it has ended does the rest; it was given already and lost where it does not come. */
export async function hangUp(context: VoiceContext, contactId: string, staff: Pick<StaffSession, 'staffId' | 'role'>): Promise<void> {
  const now = context.clock.now()
  await commit(context, now, async (tx, effects) => {
    const live = await findLiveCall(tx, contactId)
    const held = live ? await holdCall(tx, live.id, now, effects) : undefined
    if (!held || held.call.endedAt) throw noLiveCall()
    if (staff.role === 'agent' && held.contact.ownerId !== staff.staffId && held.call.agentId !== staff.staffId) throw notYourCall()
    // A call we make is given up at once: the provider may not know it yet, and what it makes of our command ends itself.
    if (isBeingDialled(held.call)) return giveUpCallback(held)
    await changeCall(held, { data: { isEndedByAgent: true } })
    await endLeg(held, held.call.externalId)
    await doubtCall(tx, held.call.id, now)
  })
}

/** Puts the customer on hold while agent and helper talk, and takes them back. Twice is once. */
export async function hold(context: VoiceContext, contactId: string, staff: Pick<StaffSession, 'staffId' | 'role'>, onHold: boolean): Promise<void> {
  const now = context.clock.now()
  await commit(context, now, async (tx, effects) => {
    const live = await findLiveCall(tx, contactId)
    const held = live ? await holdCall(tx, live.id, now, effects) : undefined
    if (!held || held.call.state !== 'bridged') throw noLiveCall()
    if (staff.role === 'agent' && held.call.agentId !== staff.staffId) throw notYourCall()
    if (onHold && !(await openHelperLegs(tx, held.call.id)).some((leg) => leg.state === 'bridged')) throw nobodyHelps()
    if (onHold === Boolean(held.call.data.heldSince)) return
    await setHold(held, onHold)
    await tellCall(held)
  })
}

async function giveUpCallback(held: HeldCall): Promise<void> {
  const { externalId } = held.call
  if (!isDialledId(externalId)) await endLeg(held, externalId)
  await missedCallback(held)
}

/** Asks the provider about calls that have been silent, and ends those it knows no more. Returns how many had ended unheard. */
export async function sweepCalls(context: SweepContext): Promise<number> {
  const now = context.clock.now()
  const unseenSince = silentSince(now)
  let found = 0
  for (const call of await callsToAskFor(context.db, unseenSince, 50)) found += (await askFor(context, call)) ? 1 : 0
  for (const leg of await helperLegsToAskFor(context.db, unseenSince, 50)) found += (await askForHelper(context, leg)) ? 1 : 0
  return found
}

async function askFor(context: SweepContext, call: CallSession): Promise<boolean> {
  const account = await openAccountById(context, call.accountId)
  const { voice } = context.channels.adapters
  if (!account || !voice.callState) return false
  const isAgentAsked = call.agentLegId !== null && (isConnectingTooLong(context, call) || (call.state === 'bridged' && call.data.inRoom && !call.data.agentGone))
  const [caller, agent] = await Promise.all([voice.callState(call.externalId, account), isAgentAsked && call.agentLegId ? voice.callState(call.agentLegId, account) : null])
    .catch((error: unknown): [null, null] => {
      context.logger.warn({ err: error, sessionId: call.id, event: 'call.not-asked' }, 'the provider could not be asked about a call')
      return [null, null]
    })
  const now = context.clock.now()
  if (caller !== 'ended' && agent !== 'ended') {
    if (caller === 'live') await touchCall(context.db, call.id, now)
    return false
  }
  return commit(context, now, async (tx, effects) => {
    const held = await holdCall(tx, call.id, now, effects)
    if (!held || held.call.endedAt) return false
    if (caller === 'ended') await endCall(held, 'end-lost')
    else if (held.call.agentLegId !== call.agentLegId) return false
    else if (held.call.state === 'connecting') await failBridge(held, 'agent-left')
    else if (held.call.state === 'bridged' && held.call.data.inRoom && !held.call.data.agentGone) await agentLeftRoom(held)
    else return false
    return true
  })
}

async function askForHelper(context: SweepContext, leg: Awaited<ReturnType<typeof helperLegsToAskFor>>[number]): Promise<boolean> {
  const account = await openAccountById(context, leg.accountId)
  const { voice } = context.channels.adapters
  if (!account || !voice.callState) return false
  const state = await voice.callState(leg.externalId, account).catch((error: unknown) => {
    context.logger.warn({ err: error, sessionId: leg.id, event: 'call.not-asked' }, 'the provider could not be asked about who helps on a call')
    return null
  })
  const now = context.clock.now()
  if (state === 'live') await touchCall(context.db, leg.id, now)
  if (state !== 'ended') return false
  return commit(context, now, async (tx, effects) => {
    const held = await holdCall(tx, leg.callId, now, effects)
    return held !== undefined && helperLegLost(held, leg.id)
  })
}

function isConnectingTooLong(context: SweepContext, call: CallSession): boolean {
  return call.state === 'connecting' && typeof call.data.connectingAt === 'string' && context.clock.now().getTime() - new Date(call.data.connectingAt).getTime() > connectingMaxMs
}
