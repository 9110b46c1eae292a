/** Warnings and breaches: rows claimed under their conversation's lock, each fired once, whoever looks and however often. */
import type { Context } from '../../context.ts'
import { afterFiring, nextFiring, whatFires, type Firing } from '../../domain/sla.ts'
import { commit, type Effects } from '../../platform/effects.ts'
import type { Tx } from '../../platform/db.ts'
import { faultPoint } from '../../platform/faults.ts'
import { newId, newIds } from '../../platform/ids.ts'
import { count } from '../../platform/telemetry.ts'
import { contactEvent, settleContact } from '../contacts/contacts.steps.ts'
import { loadContact } from '../contacts/contacts.store.ts'
import { lockConversationOfContact } from '../conversations/conversations.steps.ts'
import { escalate, loadWatchers } from './escalation.steps.ts'
import { addBreachFacts, breachPlainly, dueClocks, loadDueClocks, lockConversations, markFired, touchContacts, type Due, type DueClock, type Held, type PlainBreaches, type TouchedContact } from './firing.store.ts'
import { retimeContact, retimed } from './sla.steps.ts'
import { contactsToRetime, loadClocksOf, loadContactClocks, markTimed, nextClockAt, retimeAskedAt } from './sla.store.ts'

export type SlaContext = Pick<Context, 'db' | 'clock' | 'jobs' | 'relay' | 'secrets' | 'config'>

/** Clocks of one transaction: more would hold their locks too long. */
const batch = 500
/** Tried first: where there are more, thousands may be due. */
const few = 50
/** Transactions at once, where so many are due. */
const lanes = 2

/** Fires everything due. Returns how many warnings and breaches there were, and when to look again. */
export async function fireClocks(context: SlaContext): Promise<{ fired: number; nextAt: Date | null }> {
  const firing = new HeldTelling(context)
  try {
    for (let fired = 0; ;) {
      const now = context.clock.now()
      let { fired: firedHere, nextAt } = await breachAllPlain(firing, now)
      // Nothing plain is left: what is due now is for the longer way.
      if (firedHere === 0 && nextAt !== null && nextAt <= now) {
        firedHere = await fireRest(firing, now)
        nextAt = await nextClockAt(context.db)
      }
      fired += firedHere
      // What came due meanwhile is fired at once; what was due and did not fire is somebody else's.
      if (nextAt === null || nextAt > context.clock.now() || (firedHere === 0 && nextAt <= now)) return { fired, nextAt }
    }
  } finally {
    firing.tell()
  }
}

/** While thousands are due, firing them goes before telling screens: told is what is committed, in one go. */
class HeldTelling {
  readonly context: SlaContext
  #release: (() => void) | null = null
  #isToTell = false

  constructor(context: SlaContext) {
    const wake = (): void => {
      if (this.#release) this.#isToTell = true
      else context.relay.wake()
    }
    this.context = { ...context, relay: { ...context.relay, wake } }
  }

  /** There are many: from here on nothing is told before the end. */
  many(): void {
    this.#release ??= this.context.relay.hold()
  }

  tell(): void {
    this.#release?.()
    this.#release = null
    if (this.#isToTell) this.context.relay.wake()
  }
}

/** Breaches on which nobody acts. */
async function breachAllPlain(firing: HeldTelling, now: Date): Promise<{ fired: number; nextAt: Date | null }> {
  const { context } = firing
  // A lone clock is the usual: all it takes leaves in one write.
  const [first, nextAt] = await context.db.tx((tx) => Promise.all([breachPlainly(tx, newIds(few, now), now), nextClockAt(tx)]), { commits: 'with-its-statements' })
  const fired = breachesTold(context, first.breached)
  if (first.claimed < few || fired === 0) return { fired, nextAt }
  firing.many()
  const more = await Promise.all(Array.from({ length: lanes }, () => breachLane(context)))
  return { fired: sum([fired, ...more]), nextAt: await nextClockAt(context.db) }
}

async function breachLane(context: SlaContext): Promise<number> {
  for (let fired = 0; ;) {
    const now = context.clock.now()
    const { claimed, breached } = await context.db.tx((tx) => breachPlainly(tx, newIds(batch, now), now), { commits: 'with-its-statements' })
    const firedHere = breachesTold(context, breached)
    fired += firedHere
    if (claimed < batch || firedHere === 0) return fired
  }
}

/** The events are written with the breaches; what is left is to ring and to count. */
function breachesTold(context: SlaContext, breached: readonly PlainBreaches[]): number {
  if (breached.length > 0) context.relay.wake()
  for (const { target, breaches } of breached) count('slaBreaches', { target }, breaches)
  return sum(breached.map(({ firings }) => firings))
}

/** Warnings, breaches on which somebody acts, and what was passed over because somebody works on it. */
async function fireRest(firing: HeldTelling, now: Date): Promise<number> {
  const due = await dueClocks(firing.context.db, now, batch * lanes)
  if (due.length === 0) return 0
  if (due.length === batch * lanes) firing.many()
  const fired = sum(await Promise.all(partsOf(due).map((part) => fireTogether(firing.context, part, now, false))))
  if (fired > 0) return fired
  // All that is left is being worked on: one by one, as soon as each is free.
  let firedAlone = 0
  for (const one of due) firedAlone += await fireTogether(firing.context, [one], now, true)
  return firedAlone
}

/** One part, or several that share no conversation: none waits for another. */
function partsOf(due: readonly Due[]): Due[][] {
  if (due.length <= batch / 5) return [[...due]]
  const half = (one: Due): number => Number.parseInt(one.conversationId.at(-1) ?? '0', 16) % lanes
  return [...Map.groupBy(due, half).values()]
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}

interface Fired {
  clock: DueClock
  firings: Firing[]
}

async function fireTogether(context: SlaContext, due: readonly Due[], now: Date, isPatient: boolean): Promise<number> {
  return commit(context, now, async (tx, effects) => {
    const held = new Map((await lockConversations(tx, [...new Set(due.map((one) => one.conversationId))], isPatient)).map((one) => [one.id, one]))
    const inReach = due.filter((one) => held.has(one.conversationId)).map((one) => one.id)
    return inReach.length > 0 ? fireHeld(tx, context, inReach, held, now, effects) : 0
  })
}

async function fireHeld(tx: Tx, context: SlaContext, ids: readonly string[], held: ReadonlyMap<string, Held>, now: Date, effects: Effects): Promise<number> {
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
