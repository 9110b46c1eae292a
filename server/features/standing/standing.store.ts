import type { Standing } from '#contract/api/standing.ts'
import type { CustomerStage, ValueClass } from '#contract/words.ts'
import type { ClassLimits, StageReason, StandingFacts } from '../../domain/customer-value.ts'
import type { Tx } from '../../platform/db.ts'
import { newId } from '../../platform/ids.ts'
import { customerLabelSql } from '../customers/customer-label.ts'
import { mayListSql, type Viewer } from '../customers/customers.visibility.ts'

/** Customers whose contacts closed, whose follow-ups or answers changed, or whose value was given since then. */
export async function changedSince(db: Pick<Tx, 'query'>, since: Date, until: Date, limit: number): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    `select distinct id from (
       select co.customer_id as id from contact c join conversation co on co.id = c.conversation_id where c.closed_at >= $1 and c.closed_at < $2
       union all select r.customer_id from survey_response r where r.at >= $1 and r.at < $2
       union all select f.customer_id from follow_up f where f.created_at >= $1 and f.created_at < $2
       union all select f.customer_id from follow_up_step st join follow_up f on f.id = st.follow_up_id where st.at >= $1 and st.at < $2) changed limit $3`, [since, until, limit])
  return rows.map((row) => row.id)
}

/** Customers in the order of their ids, for the walk over all. */
export async function customersAfter(db: Pick<Tx, 'query'>, afterId: string | null, limit: number): Promise<string[]> {
  const rows = await db.query<{ id: string }>('select id from customer where merged_into_id is null and erased_at is null and ($1::uuid is null or id > $1) order by id limit $2', [afterId, limit])
  return rows.map((row) => row.id)
}

export interface LoadedFacts extends StandingFacts {
  customerId: string
}

type FactsRow = Omit<LoadedFacts, 'openLoops' | 'lastAnswer' | 'before'> & {
  openLoops: { kind: 'complaint' | 'low-answer' | 'late'; at: string }[] | null
  lastAnswer: { isLow: boolean; score: number; at: string } | null
  stage: CustomerStage | null
  since: Date | null
  silentDays: number | null
}

/** What the stage of these customers follows from, in one statement. */
export async function loadFacts(db: Pick<Tx, 'query'>, customerIds: readonly string[], now: Date): Promise<LoadedFacts[]> {
  const rows = await db.query<FactsRow>(
    `select cu.id as "customerId", cu.value::float8 as value, cu.orders, least(cu.created_at, k."firstAt") as "firstSeenAt", greatest(k."lastAt", cu.last_order_at) as "lastActiveAt",
       coalesce(k.handled, 0)::int as "handledContacts", coalesce(k.frequency, 0)::int as frequency, case when k.n >= 3 then k."spanMs" / (k.n - 1) end::float8 as "usualGapMs",
       (select jsonb_build_object('isLow', r.score <= s.low_at_most, 'score', r.score, 'at', r.at) from survey_response r join survey s on s.id = r.survey_id where r.customer_id = cu.id order by r.at desc limit 1) as "lastAnswer",
       (select jsonb_agg(jsonb_build_object('kind', f.kind, 'at', f.created_at) order by f.created_at) from follow_up f where f.customer_id = cu.id and f.state = 'open' and f.handled_at is null and f.kind in ('complaint', 'low-answer', 'late')) as "openLoops",
       st.stage, st.since, (select (reason->'facts'->>'days')::int from jsonb_array_elements(st.reasons) reason where reason->>'code' in ('silent', 'came-back') limit 1) as "silentDays"
     from customer cu left join customer_standing st on st.customer_id = cu.id
     left join lateral (
       select min(c.opened_at) as "firstAt", max(greatest(c.opened_at, c.last_inbound_at)) as "lastAt", count(*) as n, count(*) filter (where c.outcome = 'handled') as handled, count(*) filter (where c.opened_at >= $2::timestamptz - interval '365 days') as frequency,
         extract(epoch from max(c.opened_at) - min(c.opened_at)) * 1000 as "spanMs"
       from conversation co join contact c on c.conversation_id = co.id
       where co.customer_id = cu.id and c.direction = 'inbound' and coalesce(c.outcome, '') not in ('spam', 'merged')) k on true
     where cu.id = any($1::uuid[]) and cu.merged_into_id is null and cu.erased_at is null`, [customerIds, now])
  return rows.map(({ openLoops, lastAnswer, stage, since, silentDays, ...row }) => ({
    ...row, openLoops: (openLoops ?? []).map(({ kind, at }) => ({ kind, at: new Date(at) })), lastAnswer: lastAnswer && { ...lastAnswer, at: new Date(lastAnswer.at) },
    before: stage && since ? { stage, since, silentDays } : null,
  }))
}

export interface ComputedStanding {
  customerId: string
  before: CustomerStage | null
  stage: CustomerStage
  reasons: StageReason[]
  valueClass: ValueClass | null
  frequency: number
  lastActiveAt: Date | null
}

/**
 * Holds the conversations of those whose stage or class is another now, where any line looks at it: a contact that arrives in this very
 * moment is in the line before, and ranked with the others, or reads the new standing after.
 */
export async function holdWhoMoves(tx: Pick<Tx, 'execute'>, standings: readonly ComputedStanding[]): Promise<void> {
  await tx.execute(
    `select 1 from conversation co where co.customer_id in (
       select (row->>'customerId')::uuid from jsonb_array_elements($1::jsonb) row left join customer_standing st on st.customer_id = (row->>'customerId')::uuid
       where (st.stage, st.value_class) is distinct from (row->>'stage', row->>'valueClass'))
     and exists (select 1 from queue where retired_at is null and head_start ?| array['stageMs', 'classMs']) order by co.id for update`, [JSON.stringify(standings)])
}

/** Writes standings and, where the stage is another, that it changed. */
export async function saveStandings(tx: Tx, standings: readonly ComputedStanding[], now: Date): Promise<void> {
  if (standings.length === 0) return
  await tx.execute(
    `insert into customer_standing as held (customer_id, stage, value_class, reasons, frequency, last_active_at, since, computed_at)
     select (row->>'customerId')::uuid, row->>'stage', row->>'valueClass', row->'reasons', (row->>'frequency')::int, (row->>'lastActiveAt')::timestamptz, $2, $2 from jsonb_array_elements($1::jsonb) row
     on conflict (customer_id) do update set stage = excluded.stage, value_class = excluded.value_class, reasons = excluded.reasons, frequency = excluded.frequency, last_active_at = excluded.last_active_at,
       since = case when held.stage = excluded.stage then held.since else excluded.since end, computed_at = excluded.computed_at`, [JSON.stringify(standings), now])
  const moved = standings.filter((one) => one.before !== one.stage).map((one) => ({ id: newId(now), ...one }))
  if (moved.length === 0) return
  await tx.execute(
    `insert into stage_change (id, customer_id, from_stage, to_stage, reasons, at)
     select (row->>'id')::uuid, (row->>'customerId')::uuid, row->>'before', row->>'stage', row->'reasons', $2 from jsonb_array_elements($1::jsonb) row`, [JSON.stringify(moved), now])
}

/** The values of all customers who brought something, for the classes. */
export async function allValues(db: Pick<Tx, 'query'>): Promise<number[]> {
  return (await db.query<{ value: number }>('select value::float8 as value from customer where value > 0 and merged_into_id is null and erased_at is null')).map((row) => row.value)
}

export async function givesValue(db: Pick<Tx, 'one'>): Promise<boolean> {
  return (await db.one<{ gives: boolean }>('select exists (select 1 from customer where value > 0 or orders > 0) as gives')).gives
}

export interface StandingMark {
  /** Changes before this are worked in. */
  changesUntil: string
  /** The night whose walk over all customers began last, and where it is; null when it is done. */
  night: string
  walkAfterId: string | null
  isWalking: boolean
  limits: ClassLimits | null
}

export async function readMark(db: Pick<Tx, 'maybe'>): Promise<StandingMark | undefined> {
  return (await db.maybe<{ value: StandingMark }>(`select value from setting where key = 'standings'`))?.value
}

export async function writeMark(db: Pick<Tx, 'execute'>, mark: StandingMark, now: Date): Promise<void> {
  await db.execute(`insert into setting (key, value, updated_at) values ('standings', $1, $2) on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at`, [JSON.stringify(mark), now])
}

const standingSelect = (viewer: Viewer): string => `
  select st.customer_id as "customerId", ${customerLabelSql('cu')} as "customerLabel", co.id as "conversationId", st.stage, st.since, st.reasons, st.value_class as "valueClass", cu.value::float8 as value, cu.orders,
    cu.last_order_at as "lastOrderAt", st.frequency, st.last_active_at as "lastActiveAt", st.computed_at as "computedAt",
    (select f.id from follow_up f where f.customer_id = st.customer_id and f.kind = 'at-risk' and f.state = 'open' order by f.created_at limit 1) as "followUpId"
  from customer_standing st join customer cu on cu.id = st.customer_id join conversation co on co.customer_id = cu.id and co.folded_into_id is null
  where cu.merged_into_id is null and cu.erased_at is null and ${mayListSql(viewer, 'co.id', '$1::uuid')}`

type StandingRow = Omit<Standing, 'since' | 'lastOrderAt' | 'lastActiveAt' | 'computedAt'> & { since: Date; lastOrderAt: Date | null; lastActiveAt: Date | null; computedAt: Date }
const toStanding = (row: StandingRow): Standing => ({ ...row, since: row.since.toISOString(), lastOrderAt: row.lastOrderAt?.toISOString() ?? null, lastActiveAt: row.lastActiveAt?.toISOString() ?? null, computedAt: row.computedAt.toISOString() })

export interface StandingFilter {
  stage: CustomerStage | null
  valueClass: ValueClass | null
  isWorkedOn: boolean | null
  customerId: string | null
  /** Value and id of the last row of the page before. */
  after: { value: number; id: string } | null
}

/** Who brings most comes first. */
export async function listStandings(db: Pick<Tx, 'query'>, viewer: Viewer, filter: StandingFilter, limit: number): Promise<Standing[]> {
  const rows = await db.query<StandingRow>(
    `${standingSelect(viewer)} and ($2::text is null or st.stage = $2) and ($3::text is null or st.value_class = $3)
       and ($4::boolean is null or $4 = exists (select 1 from follow_up f where f.customer_id = st.customer_id and f.kind = 'at-risk' and f.state = 'open'))
       and ($5::float8 is null or (coalesce(cu.value, -1)::float8, st.customer_id) < ($5, $6::uuid))
       and ($8::uuid is null or st.customer_id = $8)
     order by coalesce(cu.value, -1)::float8 desc, st.customer_id desc limit $7`,
    [viewer.staffId, filter.stage, filter.valueClass, filter.isWorkedOn, filter.after?.value ?? null, filter.after?.id ?? null, limit, filter.customerId])
  return rows.map(toStanding)
}

export async function findStanding(db: Pick<Tx, 'maybe'>, viewer: Viewer, customerId: string): Promise<Standing | undefined> {
  const row = await db.maybe<StandingRow>(`${standingSelect(viewer)} and st.customer_id = $2`, [viewer.staffId, customerId])
  return row && toStanding(row)
}

export interface GivenValue {
  value?: number | null | undefined
  orders?: number | null | undefined
  lastOrderAt?: string | null | undefined
}

/** What is not named stays as it is. */
export async function giveValue(tx: Tx, customerId: string, given: GivenValue): Promise<boolean> {
  const has = (key: keyof GivenValue): boolean => given[key] !== undefined
  return (await tx.execute(
    `update customer set value = case when $2 then $3::numeric else value end, orders = case when $4 then $5::int else orders end, last_order_at = case when $6 then $7::timestamptz else last_order_at end
     where id = $1 and merged_into_id is null and erased_at is null`,
    [customerId, has('value'), given.value ?? null, has('orders'), given.orders ?? null, has('lastOrderAt'), given.lastOrderAt ?? null])) === 1
}

export async function customerOfIdentity(tx: Tx, identity: { kind: string; realm: string; value: string }): Promise<string | undefined> {
  return (await tx.maybe<{ id: string }>('select customer_id as id from identity where kind = $1 and realm = $2 and value = $3', [identity.kind, identity.realm, identity.value]))?.id
}
