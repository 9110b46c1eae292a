import type { OverflowRule } from '#contract/overflow.ts'
import type { Channel, Demand } from '#contract/words.ts'
import { isOpen, type Calendar } from '../../domain/calendar.ts'
import { decideOverflow, type OverflowDecision, type OverflowFacts } from '../../domain/overflow.ts'
import type { Tx } from '../../platform/db.ts'

/** Whom to call back who asked for it, and how often they were rung. */
export interface Callback {
  accountId: string
  identityId: string
  number: string
  locale: string
  tries: number
}

/** A place in the line with what decides whether it overflows; of a call that stands in no line yet only the contact is known. */
export interface OverflowPlace {
  entryId: string | null
  contactId: string
  queueId: string
  channel: Channel
  callback: Callback | null
  rules: OverflowRule[]
  /** An agent is being asked just now. */
  isOffered: boolean
  facts: OverflowFacts
}

interface Row {
  entryId: string | null
  contactId: string
  queueId: string
  channel: Channel | null
  callback: Callback | null
  rules: OverflowRule[] | null
  workableAt: Date | null
  told: string[] | null
  length: number
  isStaffed: boolean
  isOffered: boolean
  canCallBack: boolean
  calendar: Calendar | null
  targets: { id: string; calendar: Calendar | null }[] | null
}

const calendarOf = (alias: string): string => `case when ${alias}.id is not null then jsonb_build_object('timeZone', ${alias}.time_zone, 'periods', ${alias}.periods, 'exceptions', ${alias}.exceptions) end`

/** Anybody can say any number as theirs: one is rung so often in 24 hours, with all tries, and our own never. */
const ringsPerDayMax = 9
const mayRingSql = `not exists (select 1 from channel_account own where own.channel = 'voice' and own.address = i.value)
  and (select count(*) from contact rc join session r on r.contact_id = rc.id where rc.conversation_id = c.conversation_id and r.identity_id = i.id and r.data ? 'dialId' and r.started_at > $3::timestamptz - interval '24 hours') < ${ringsPerDayMax}`

/** Undefined: no such contact. A queue without rules has nothing to decide: its facts are read all the same, by who asks. */
export async function loadOverflowPlace(db: Pick<Tx, 'maybe'>, contactId: string, demand: Demand, isEntering: boolean, now: Date): Promise<OverflowPlace | undefined> {
  const row = await db.maybe<Row>(
    `select e.id as "entryId", c.id as "contactId", q.id as "queueId", e.channel, e.callback, q.overflow->'rules' as rules, e.workable_at as "workableAt", e.overflow_told as told,
       (select count(distinct o.contact_id)::int from queue_entry o where o.queue_id = q.id and o.ended_at is null and o.contact_id <> c.id and o.workable_at <= $3) as length,
       exists (select 1 from queue_member m join agent_state s on s.agent_id = m.agent_id where m.queue_id = q.id and s.presence <> 'offline' and not s.draining) as "isStaffed",
       exists (select 1 from offer f where f.contact_id = c.id and f.ended_at is null) as "isOffered",
       exists (select 1 from session s join identity i on i.id = s.identity_id where s.contact_id = c.id and s.kind = 'call' and s.ended_at is null and i.kind = 'phone' and ${mayRingSql}) as "canCallBack",
       ${calendarOf('ca')} as calendar,
       (select jsonb_agg(jsonb_build_object('id', t.id, 'calendar', ${calendarOf('tc')})) from queue t left join calendar tc on tc.id = t.calendar_id
         where t.retired_at is null and t.id <> q.id and t.id in (select (r.rule->'then'->>'queueId')::uuid from jsonb_array_elements(q.overflow->'rules') r(rule))
           and not exists (select 1 from queue_entry o where o.contact_id = c.id and o.queue_id = t.id and o.result = 'overflowed')) as targets
     from contact c left join queue_entry e on e.contact_id = c.id and e.demand = $2 and e.ended_at is null join queue q on q.id = coalesce(e.queue_id, c.queue_id) left join calendar ca on ca.id = q.calendar_id
     where c.id = $1`, [contactId, demand, now])
  return row && placeOf(row, demand, isEntering, now)
}

function placeOf(row: Row, demand: Demand, isEntering: boolean, now: Date): OverflowPlace {
  const { entryId, contactId, queueId, callback, calendar } = row
  // Who hung up to be called back hears nothing: only another queue is open to them.
  const rules = (row.rules ?? []).filter(({ then }) => callback === null || then.do === 'queue')
  return {
    entryId, contactId, queueId, callback, rules, isOffered: row.isOffered, channel: row.channel ?? 'voice',
    facts: {
      demand, isEntering, workableAt: row.workableAt ?? now, length: row.length, isOpen: isOpen(calendar, now), isStaffed: row.isStaffed, calendar,
      queueIds: new Set((row.targets ?? []).filter((target) => isOpen(target.calendar, now)).map(({ id }) => id)), canCallBack: row.canCallBack, told: new Set(row.told ?? []),
    },
  }
}

export function decidePlace({ rules, facts }: OverflowPlace, now: Date): OverflowDecision {
  return decideOverflow(rules, facts, now)
}

export async function lookAgainAt(tx: Tx, entryId: string, at: Date | null, told: string | null = null): Promise<void> {
  await tx.execute(
    `update queue_entry set overflow_at = $2, overflow_told = case when $3::text is null or $3 = any(overflow_told) then overflow_told else overflow_told || $3::text end where id = $1`, [entryId, at, told])
}

/**
 * Places to look at: those whose time has come, and those of a queue that minds an empty desk and has one now. `nextAt`: when the next one's time comes. And whether anybody waits whom nobody is asked to take.
 */
export async function placesToLookAt(reader: Pick<Tx, 'one'>, now: Date, limit: number): Promise<{ due: { entryId: string; contactId: string; demand: Demand; isEntering: boolean }[]; nextAt: Date | null; isAnybodyWaiting: boolean }> {
  const columns = `e.id as "entryId", e.contact_id as "contactId", e.demand, not 'entered' = any(e.overflow_told) as "isEntering", e.overflow_at`
  // Two halves, each by an index of its own: this runs with every routing job, and mostly finds nothing.
  const due = `
    select ${columns} from queue_entry e where e.ended_at is null and e.overflow_at <= $1
     union all
     select ${columns} from queue q join queue_entry e on e.queue_id = q.id and e.ended_at is null and e.overflow_at is null and e.workable_at <= $1
     where q.overflow @> '{"rules": [{"when": {"is": "nobody-staffed"}}]}'
       and not exists (select 1 from queue_member m join agent_state s on s.agent_id = m.agent_id where m.queue_id = q.id and s.presence <> 'offline' and not s.draining)
     order by overflow_at nulls last limit $2`
  return reader.one(
    `select coalesce((select jsonb_agg(d) from (${due}) d), '[]') as due, (select min(overflow_at) from queue_entry where ended_at is null and overflow_at > $1) as "nextAt",
       exists (select 1 from queue_entry e where e.ended_at is null and not exists (select 1 from offer o where o.contact_id = e.contact_id and o.ended_at is null)) as "isAnybodyWaiting"`, [now, limit])
}
