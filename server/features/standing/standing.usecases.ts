/** Works out where customers stand: whoever changed, soon; everybody, each night of the site. */
import type * as z from 'zod'
import type { Standing, valueImport } from '#contract/api/standing.ts'
import type { Context } from '../../context.ts'
import { startOfDay } from '../../domain/calendar.ts'
import { classLimits, classOf, stageOf, type ClassLimits } from '../../domain/customer-value.ts'
import type { StaffSession } from '../../platform/http-route.ts'
import { recordAudit } from '../audit/audit.steps.ts'
import { maySeeCustomer } from '../customers/customers.visibility.ts'
import { notFound } from '../../platform/errors.ts'
import { rankAgain } from '../queues/entries.steps.ts'
import { siteTimeZone } from '../reports/board.store.ts'
import { notYetStanding } from './standing.errors.ts'
import * as store from './standing.store.ts'

type StandingContext = Pick<Context, 'db' | 'clock' | 'jobs'>

const batch = 1_000
/** A change committed a moment after its time is not passed over. */
const overlapMs = 60_000

/**
 * One look: who changed since the last, and a stretch of the night's walk. Wakes itself while there is more. Running twice writes
 * the same twice.
 */
export async function workOutStandings(context: StandingContext): Promise<void> {
  const { db, clock } = context
  const now = clock.now()
  const night = startOfDay(await siteTimeZone(db), now).toISOString()
  const held = await store.readMark(db)
  const mark: store.StandingMark = held && held.night === night ? held : { changesUntil: held?.changesUntil ?? now.toISOString(), night, walkAfterId: null, isWalking: true, limits: classLimits(await store.allValues(db)) }
  const changed = await store.changedSince(db, new Date(Date.parse(mark.changesUntil) - overlapMs), now, batch)
  await workOut(context, changed, mark.limits, now)
  const walked = mark.isWalking ? await store.customersAfter(db, mark.walkAfterId, batch) : []
  await workOut(context, walked, mark.limits, now)
  const isWalking = mark.isWalking && walked.length === batch
  await store.writeMark(db, { ...mark, changesUntil: changed.length === batch ? mark.changesUntil : now.toISOString(), isWalking, walkAfterId: walked.at(-1) ?? mark.walkAfterId }, now)
  if (isWalking) context.jobs.wake('reports', 'standings')
}

async function workOut({ db, jobs }: Pick<StandingContext, 'db' | 'jobs'>, customerIds: readonly string[], limits: ClassLimits | null, now: Date): Promise<void> {
  if (customerIds.length === 0) return
  const givesValue = await store.givesValue(db)
  const standings = (await store.loadFacts(db, customerIds, now)).map((facts): store.ComputedStanding => ({
    customerId: facts.customerId, before: facts.before?.stage ?? null, ...stageOf(facts, givesValue, now), valueClass: classOf(facts.value, limits), frequency: facts.frequency, lastActiveAt: facts.lastActiveAt,
  }))
  const moved = await db.tx(async (tx) => {
    await store.holdWhoMoves(tx, standings)
    await store.saveStandings(tx, standings, now)
    return rankAgain(tx, { standingOf: customerIds })
  })
  if (moved > 0) jobs.wake('route', 'all')
}

export async function readStanding({ db }: Pick<StandingContext, 'db'>, actor: StaffSession, customerId: string): Promise<Standing> {
  if (!(await maySeeCustomer(db, actor, customerId))) throw notFound()
  const standing = await store.findStanding(db, actor, customerId)
  if (!standing) throw notYetStanding()
  return standing
}

/** What a customer brings, told by whoever may see them; their stage follows at once. */
export async function giveValue(context: StandingContext, actor: StaffSession, customerId: string, given: store.GivenValue): Promise<Standing> {
  const { db, clock } = context
  const now = clock.now()
  if (!(await maySeeCustomer(db, actor, customerId))) throw notFound()
  await db.tx(async (tx) => {
    if (!(await store.giveValue(tx, customerId, given))) throw notFound()
    await recordAudit(tx, { actorId: actor.staffId, action: 'customer.value-given', target: { kind: 'customers', id: customerId }, at: now })
  })
  await workOut(context, [customerId], await limitsNow(context), now)
  return readStanding(context, actor, customerId)
}

/** Up to a thousand at once. `unknown`: the places in the list that name nobody. */
export async function importValues(context: StandingContext, actor: StaffSession, items: z.output<typeof valueImport>['items']): Promise<{ changed: number; unknown: number[] }> {
  const { db, clock } = context
  const now = clock.now()
  const changed = new Set<string>()
  const unknown: number[] = []
  await db.tx(async (tx) => {
    changed.clear()
    unknown.length = 0
    for (const [at, { customerId, identity, ...given }] of items.entries()) {
      const id = customerId ?? (identity && (await store.customerOfIdentity(tx, identity)))
      if (id && (await store.giveValue(tx, id, given))) changed.add(id)
      else unknown.push(at)
    }
    await recordAudit(tx, { actorId: actor.staffId, action: 'customer.values-imported', target: { kind: 'customers', id: null }, facts: { changed: changed.size, unknown: unknown.length }, at: now })
  })
  await workOut(context, [...changed], await limitsNow(context), now)
  return { changed: changed.size, unknown }
}

/** Given values move the classes of all: the night's walk puts everybody in order, these at once. */
async function limitsNow({ db }: Pick<StandingContext, 'db'>): Promise<ClassLimits | null> {
  return classLimits(await store.allValues(db))
}
