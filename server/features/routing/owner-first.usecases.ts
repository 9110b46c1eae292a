/** Calls and chats on contacts that have an owner: the owner rings before everybody else is considered, when it fits. */
import { ringOwnerFirstMs } from '../../domain/inbound.ts'
import { ringOwnerFirst, type OwnersDemand, type OwnWork } from '../../domain/owner-first.ts'
import { unitsFor } from '../../domain/eligibility.ts'
import type { AgentChoice, RoutableAgent } from '../../domain/routing.ts'
import { commit } from '../../platform/effects.ts'
import { lockForOffer, makeOffer } from './offers.steps.ts'
import { loadOwnWork, type LoadedAgent, type LoadedEntry, type Snapshot } from './routing.store.ts'
import type { RoutingContext } from './routing.usecases.ts'

/**
 * Offers what waits for an owner to that owner. Returns the agents with what it took of them, and the contacts that wait for
 * nobody else now.
 */
export async function ringOwners(context: RoutingContext, line: readonly LoadedEntry[], agents: readonly LoadedAgent[], now: Date): Promise<{ agents: readonly LoadedAgent[]; contactIds: ReadonlySet<string> }> {
  const mayWait = line.filter((entry) => entry.kind === 'live' && entry.preferred.some(({ as }) => as === 'owner'))
  if (mayWait.length === 0) return { agents, contactIds: new Set() }
  const byId = new Map(agents.map((agent) => [agent.id, agent]))
  const contactIds = new Set<string>()
  const owned = await loadOwnWork(context.db, mayWait.map((entry) => entry.contactId))
  // A call before a chat of the same contact: the contact has one place, and one accept answers both.
  for (const entry of mayWait.sort((a, b) => (a.demand === b.demand ? 0 : a.demand === 'call' ? -1 : 1))) {
    const own = owned.get(entry.contactId)
    const owner = own ? byId.get(own.agentId) : undefined
    if (!own || !owner || contactIds.has(entry.contactId)) continue
    const choice = ringOwnerFirst(demandOn(entry, owner), own, owner, now)
    // Whoever accepts owns it all: while two talk nobody else is asked, or a colleague's click would end their talk.
    if (choice.rings || own.isOnItsCall) contactIds.add(entry.contactId)
    if (!choice.rings) continue
    byId.set(owner.id, { ...owner, used: { ...owner.used, live: owner.used.live + choice.more }, openLiveOffers: owner.openLiveOffers + 1 })
    await offerToOwner(context, entry, owner, { at: now, entryVersion: entry.version, agentVersion: owner.version })
  }
  return { agents: [...byId.values()], contactIds }
}

/** What `ringOwners` would do with this entry now, for who asks why it waits; null: nothing, it is everybody's. */
export async function ownerAsked(db: RoutingContext['db'], entry: LoadedEntry, agents: readonly RoutableAgent[], now: Date): Promise<Extract<AgentChoice, { kind: 'offer' }> | null> {
  if (entry.kind !== 'live' || !entry.preferred.some(({ as }) => as === 'owner')) return null
  const own = (await loadOwnWork(db, [entry.contactId])).get(entry.contactId)
  const owner = own ? agents.find(({ id }) => id === own.agentId) : undefined
  return own && owner && ringOwnerFirst(demandOn(entry, owner), own, owner, now).rings ? { kind: 'offer', agentId: owner.id, reason: 'owner', nextThree: [], excludedByReason: {} } : null
}

function demandOn(entry: LoadedEntry, owner: RoutableAgent): OwnersDemand {
  return { demand: entry.demand, kind: entry.kind, units: unitsFor(owner, entry), refusedAt: entry.refusedBy.get(owner.id) ?? null }
}

/** Decides once more under the locks, then offers. What no longer holds is looked at anew. */
async function offerToOwner(context: RoutingContext, entry: LoadedEntry, seen: RoutableAgent, snapshot: Snapshot): Promise<void> {
  const now = context.clock.now()
  await commit(context, now, async (tx, effects) => {
    const held = await lockForOffer(tx, entry, seen.id, now)
    if (!held) return
    const { conversation, contact, agent, isOfTeam } = held
    const own: OwnWork | undefined = (await loadOwnWork(tx, [entry.contactId])).get(entry.contactId)
    const choice = agent && own?.agentId === agent.id ? ringOwnerFirst(demandOn(entry, seen), own, {
      ...seen, presence: agent.presence, isDraining: agent.draining, isOnCall: agent.isOnCall, capacity: { live: agent.liveUnits, deferred: agent.deferredUnits }, used: { live: agent.liveUsed, deferred: agent.deferredUsed },
    }, now) : null
    if (!choice?.rings) {
      effects.wake('route', 'all')
      return
    }
    await makeOffer(tx, conversation, {
      contact, conversationId: conversation.id, entryId: entry.id, agentId: seen.id, isOfTeam, kind: 'contact', channel: entry.channel,
      units: { kind: entry.kind, units: choice.more }, timeoutMs: ringOwnerFirstMs, decision: { reason: 'owner', nextThree: [], excludedByReason: {}, snapshot },
    }, now, effects)
  })
}
