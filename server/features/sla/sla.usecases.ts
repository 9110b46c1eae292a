/** Warnings and breaches: rows claimed under their conversation's lock, each fired once, whoever looks and however often. */
import type { Context } from '../../context.ts'
import { afterFiring, nextFiring, whatFires, type Firing } from '../../domain/sla.ts'
import { commit, type Effects } from '../../platform/effects.ts'
import type { Tx } from '../../platform/db.ts'
import { faultPoint } from '../../platform/faults.ts'
import { newId } from '../../platform/ids.ts'
import { count } from '../../platform/telemetry.ts'
import { contactEvent, settleContact } from '../contacts/contacts.steps.ts'
import { loadContact } from '../contacts/contacts.store.ts'
import { lockConversationOfContact } from '../conversations/conversations.steps.ts'
import { escalate, loadWatchers } from './escalation.steps.ts'
import { addBreachFacts, breachPlainly, dueClocks, loadDueClocks, lockConversations, markFired, moveOn, touchContacts, type Due, type DueClock, type Held, type PlainBreach, type TouchedContact } from './firing.store.ts'
import { retimeContact, retimed } from './sla.steps.ts'
import { contactsToRetime, loadClocksOf, loadContactClocks, markTimed, nextClockAt, retimeAskedAt } from './sla.store.ts'

export type SlaContext = Pick<Context, 'db' | 'clock' | 'jobs' | 'relay' | 'secrets' | 'config'>

/** Clocks of one transaction: more would hold their locks too long. */
const batch = 500
/** Transactions at once, where so many are due. */
const lanes = 2

/** Fires everything due. Returns how many warnings and breaches there were, and when to look again. */
export async function fireClocks(context: SlaContext): Promise<{ fired: number; nextAt: Date | null }> {
  let fired = 0
  let isToTell = false
  // While thousands are due, firing them goes before telling screens: told is what is committed, in one go.
  const quietly = { ...context, relay: { ...context.relay, wake: () => { isToTell = true } } }
  let release: (() => void) | null = null
  try {
    for (;;) {
      const now = context.clock.now()
      const due = await dueClocks(context.db, now, batch * lanes)
      if (due.length === 0) break
      const isFull = due.length === batch * lanes
      if (isFull) release ??= context.relay.hold()
      const firedHere = (await Promise.all(partsOf(due).map((part) => fireTogether(isFull ? quietly : context, part, now, false)))).reduce((sum, one) => sum + one, 0)
      // All that is left is being worked on: one by one, as soon as each is free.
      let firedAlone = 0
      if (firedHere === 0) for (const one of due) firedAlone += await fireTogether(context, [one], now, true)
      fired += firedHere + firedAlone
      if (firedHere + firedAlone === 0) break
    }
  } finally {
    release?.()
  }
  if (isToTell) context.relay.wake()
  return { fired, nextAt: await nextClockAt(context.db) }
}

/** One part, or several that share no conversation: none waits for another. */
function partsOf(due: readonly Due[]): Due[][] {
  if (due.length <= batch / 5) return [[...due]]
  const half = (one: Due): number => Number.parseInt(one.conversationId.at(-1) ?? '0', 16) % lanes
  return [...Map.groupBy(due, half).values()]
}

interface Fired {
  clock: DueClock
  firings: Firing[]
}

async function fireTogether(context: SlaContext, due: readonly Due[], now: Date, isPatient: boolean): Promise<number> {
  return commit(context, now, async (tx, effects) => {
    const held = new Map((await lockConversations(tx, [...new Set(due.map((one) => one.conversationId))], isPatient)).map((one) => [one.id, one]))
    const inReach = due.filter((one) => held.has(one.conversationId)).map((one) => one.id)
    const plain = inReach.length === 0 ? [] : await breachPlainly(tx, inReach, [...held.keys()], inReach.map(() => newId(now)), now)
    tellPlain(plain, held, now, effects)
    return plain.reduce((sum, { firings }) => sum + firings, 0) + (plain.length < inReach.length ? await fireOthers(tx, context, inReach, held, now, effects) : 0)
  })
}

/** Clocks that warn, and breaches on which somebody acts. */
async function fireOthers(tx: Tx, context: SlaContext, ids: readonly string[], held: ReadonlyMap<string, Held>, now: Date, effects: Effects): Promise<number> {
  const clocks = await loadDueClocks(tx, ids, [...held.keys()], now)
  const fired = clocks.map((clock) => ({ clock, firings: whatFires(clock, now) })).filter(({ firings }) => firings.length > 0)
  if (fired.length === 0) return 0
  const contactIds = [...new Set(fired.map(({ clock }) => clock.contactId))]
  const breaches = fired.filter(({ firings }) => firings.some((firing) => firing.isBreach)).map(({ clock }) => ({ id: newId(now), clock }))
  const after = fired.map(({ clock, firings }) => afterFiring(clock, firings, now))
  // None of these reads what another writes: they are sent together.
  const [touched, watchers] = await Promise.all([
    touchContacts(tx, contactIds, now), loadWatchers(tx, contactIds), markFired(tx, after),
    addBreachFacts(tx, breaches.map(({ id, clock }) => ({ id, conversationId: clock.conversationId, contactId: clock.contactId, channel: clock.contactChannel, target: clock.kind })), held, now),
  ])
  faultPoint('sla.claimed')
  const contacts = new Map(touched.map((contact) => [contact.id, contact]))
  tell(fired, contacts, held, new Map(breaches.map(({ id, clock }) => [clock.id, id])), effects)
  await takeSteps(tx, context, fired, contacts, watchers, now, effects)
  for (const clock of after) {
    const next = nextFiring(clock)
    if (next) effects.wake('timers', 'sla', next)
  }
  return fired.reduce((sum, { firings }) => sum + firings.length, 0)
}

function tellPlain(breaches: readonly PlainBreach[], held: ReadonlyMap<string, Held>, now: Date, effects: Effects): void {
  if (breaches.length > 0) faultPoint('sla.claimed')
  for (const { contact, target, messageId } of breaches) {
    const conversation = held.get(contact.conversationId)
    if (!conversation) continue
    moveOn(conversation, now)
    count('slaBreaches', { target })
    effects.tell(contactEvent('sla.breached', conversation, contact, { messageIds: [messageId] }))
  }
}

/** A breach is a fact in the conversation; a warning is only on the contact. */
function tell(fired: readonly Fired[], contacts: ReadonlyMap<string, TouchedContact>, held: ReadonlyMap<string, Held>, facts: ReadonlyMap<string, string>, effects: Effects): void {
  for (const { clock } of fired) {
    const contact = contacts.get(clock.contactId)
    if (!contact) continue
    const factId = facts.get(clock.id)
    if (factId) count('slaBreaches', { target: clock.kind })
    effects.tell(contactEvent(factId ? 'sla.breached' : 'sla.warned', { id: contact.conversationId, teamIds: held.get(contact.conversationId)?.teamIds ?? [] }, contact, factId ? { messageIds: [factId] } : {}))
  }
}

async function takeSteps(tx: Tx, context: SlaContext, fired: readonly Fired[], contacts: ReadonlyMap<string, TouchedContact>, watchers: ReadonlyMap<string, string[]>, now: Date, effects: Effects): Promise<void> {
  for (const { clock, firings } of fired) {
    const contact = contacts.get(clock.contactId)
    const steps = firings.map((firing) => ({ firing, actions: clock.steps?.find((step) => step.share === firing.share)?.actions ?? [] }))
    const watcherIds = watchers.get(clock.contactId) ?? []
    if (contact && (watcherIds.length > 0 || steps.some((step) => step.actions.length > 0))) await escalate(tx, context, { clock, contact, watcherIds, steps }, now, effects)
  }
}

const retimeBatch = 200

/** Looks at every clock that was timed before the promises changed, in batches; only those that move are locked. Returns how many contacts moved. */
export async function retimeClocks(context: SlaContext): Promise<number> {
  const since = await retimeAskedAt(context.db)
  if (!since) return 0
  let moved = 0
  for (;;) {
    const contactIds = await contactsToRetime(context.db, since, retimeBatch)
    if (contactIds.length === 0) return moved
    const looked = await loadClocksOf(context.db, contactIds)
    for (const facts of looked) {
      const now = context.clock.now()
      const { changed, started } = retimed(facts, now)
      if (changed.length + started.length > 0 && (await retimeOne(context, facts.contactId, now))) moved += 1
    }
    await markTimed(context.db, looked.flatMap((facts) => facts.clocks.map((clock) => clock.id)), since)
  }
}

async function retimeOne(context: SlaContext, contactId: string, now: Date): Promise<boolean> {
  return commit(context, now, async (tx, effects) => {
    const conversation = await lockConversationOfContact(tx, contactId, now)
    const hasMoved = await retimeContact(tx, await loadContactClocks(tx, contactId), now, effects)
    if (hasMoved && (await loadContact(tx, contactId))) effects.tell(contactEvent('contact.changed', conversation, await settleContact(tx, contactId, {}, now)))
    return hasMoved
  })
}
