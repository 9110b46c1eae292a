/**
 * What each figure of the board counts, as SQL over one table: the tally and the list of rows are made from the same words, so a
 * number always opens exactly the rows it counts. The formulas are those of `server/domain/figures.ts`; a property test holds the
 * two together. `$1` is now, `$2` the site's midnight.
 */
import type { FigureName } from '#contract/board.ts'
import { channels, type Channel } from '#contract/words.ts'
import { shortAbandonMs } from '../../domain/figures.ts'

export const sources = ['entry', 'contact', 'turn', 'response'] as const
export type Source = (typeof sources)[number]

export interface Definition {
  source: Source
  /** Which rows it rests on (`n`). */
  counts: string
  /** `count`: how many; `part`: how many of them are `hit`; `share`: the part of them that is; `mean`, `max`: of `of`. */
  value: 'count' | 'part' | 'share' | 'mean' | 'max'
  hit?: string
  of?: string
}

const cases = (values: Record<Channel, number>): string => `case e.channel ${channels.map((channel) => `when '${channel}' then ${values[channel]}`).join(' ')} end`
const isLive = `e.channel in ('voice', 'webchat')`
const isLate = 'e.wait_ms > e.limit_ms'
const isRealAbandon = `(e.result = 'abandoned' and e.wait_ms >= ${cases(shortAbandonMs)})`
const isClosedToday = `(c.state = 'closed' and c.closed_at >= $2)`
const breachedClock = `exists (select 1 from sla_clock s where s.contact_id = c.id and s.state in ('running', 'paused') and s.breached_at is not null)`

export const definitions: Record<FigureName, Definition> = {
  waiting: { source: 'entry', counts: 'e.result is null', value: 'count' },
  'longest-wait': { source: 'entry', counts: 'e.result is null', value: 'max', of: 'e.wait_ms' },
  'service-level': {
    source: 'entry', value: 'share', hit: `e.result = 'answered' and not ${isLate}`,
    counts: `(e.result = 'answered' or ${isRealAbandon} or (e.result in ('overflowed', 'voicemail', 'callback') and ${isLate}) or (e.result is null and ${isLate}))`,
  },
  asa: { source: 'entry', counts: `e.result = 'answered' and ${isLive}`, value: 'mean', of: 'e.wait_ms' },
  abandonment: { source: 'entry', counts: `${isLive} and (e.result = 'answered' or ${isRealAbandon})`, value: 'share', hit: `e.result = 'abandoned'` },
  active: { source: 'contact', counts: `c.state = 'active'`, value: 'count' },
  'at-risk': {
    source: 'contact', value: 'count',
    counts: `(c.state <> 'closed' and not ${breachedClock} and exists (select 1 from sla_clock s where s.contact_id = c.id and s.state = 'running' and s.warned_at is not null))`,
  },
  breached: { source: 'contact', counts: `(c.state <> 'closed' and ${breachedClock})`, value: 'count' },
  handled: { source: 'contact', counts: `${isClosedToday} and c.outcome = 'handled'`, value: 'count' },
  csat: { source: 'response', counts: 'true', value: 'share', hit: 'r.score >= 4' },
  omission: {
    source: 'turn', counts: 'true', value: 'share',
    hit: `(t.ended_at is null and (c.state = 'closed' or exists (select 1 from sla_clock s where s.turn_id = t.id and s.breached_at is not null)))`,
  },
  // A contact folded into another is no contact of its own.
  complaints: { source: 'contact', counts: `${isClosedToday} and c.outcome not in ('spam', 'merged')`, value: 'part', hit: 'c.complaint' },
  'complaint-rate': { source: 'contact', counts: `${isClosedToday} and c.outcome not in ('spam', 'merged')`, value: 'share', hit: 'c.complaint' },
  dissatisfaction: { source: 'response', counts: 'true', value: 'share', hit: 'r.score <= 2' },
}

/** A call is answered in 20 seconds, unless the queue's policy promises something else as its time to answer. */
export const usualAnswerMs: Record<Channel, number> = { voice: 20_000, webchat: 60_000, sms: 900_000, whatsapp: 900_000, slack: 900_000, email: 14_400_000 }

const promisedMs = (channel: string) => `(select (t->>'targetMs')::bigint from jsonb_array_elements(case jsonb_typeof(p.targets) when 'array' then p.targets else '[]' end) t
    where t->>'kind' = 'time-to-answer' and t->>'channel' ${channel} limit 1)`

/** The rows a source has today, with what is still open; each names its line by queue and channel. */
export const fromSql: Record<Source, string> = {
  // `offset 0`: the wait is worked out once for each entry, not once for each figure.
  entry: `from (
    select q.id, q.contact_id, q.queue_id, q.channel, q.result, coalesce(q.ended_at, q.enqueued_at) as at,
      greatest(0, extract(epoch from coalesce(q.ended_at, $1::timestamptz) - greatest(q.enqueued_at, q.workable_at)) * 1000)::float8 as wait_ms, l.limit_ms
    from queue_entry q join (
      select u.id as queue_id, ch.channel, coalesce(${promisedMs('= ch.channel')}, ${promisedMs('is null')}, ch.usual_ms) as limit_ms
      from queue u left join sla_policy p on p.id = u.sla_policy_id cross join (values ${channels.map((channel) => `('${channel}', ${usualAnswerMs[channel]}::bigint)`).join(', ')}) ch(channel, usual_ms)
    ) l on l.queue_id = q.queue_id and l.channel = q.channel
    where q.ended_at is null or q.ended_at >= $2::timestamptz
    offset 0) e where true`,
  contact: `from contact c where (c.closed_at is null or c.closed_at >= $2::timestamptz) and $1::timestamptz is not null`,
  // A turn on a contact that closed on an earlier day was counted then.
  turn: `from turn t join contact c on c.id = t.contact_id
    where (t.started_at >= $2::timestamptz or (t.ended_at is null and (c.closed_at is null or c.closed_at >= $2::timestamptz))) and $1::timestamptz is not null`,
  response: `from survey_response r join survey s on s.id = r.survey_id where s.kind = 'csat' and s.purpose = 'contact' and r.at >= $2::timestamptz and $1::timestamptz is not null`,
}

/** What a line and a listed row need of each source. */
export const columnsOf: Record<Source, { queueId: string; channel: string; id: string; contactId: string; at: string; waitMs: string; result: string; score: string }> = {
  entry: { queueId: 'e.queue_id', channel: 'e.channel', id: 'e.id', contactId: 'e.contact_id', at: 'e.at', waitMs: 'e.wait_ms', result: 'e.result', score: 'null::int' },
  contact: { queueId: 'c.queue_id', channel: 'c.channel', id: 'c.id', contactId: 'c.id', at: 'coalesce(c.closed_at, c.opened_at)', waitMs: 'null::float8', result: 'c.outcome', score: 'null::int' },
  turn: { queueId: 'c.queue_id', channel: 'c.channel', id: 't.id', contactId: 't.contact_id', at: 't.started_at', waitMs: 'null::float8', result: 't."end"', score: 'null::int' },
  response: { queueId: 'r.queue_id', channel: 'r.channel', id: 'r.id', contactId: 'r.contact_id', at: 'r.at', waitMs: 'null::float8', result: 'null::text', score: 'r.score' },
}

/** A total over all channels would compare a call with a mail: its longest wait is that of calls and chats. */
export function totalCounts(figure: FigureName, channel: Channel): boolean {
  return figure !== 'longest-wait' || channel === 'voice' || channel === 'webchat'
}
