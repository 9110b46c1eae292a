import type { Queue } from '#contract/api/settings.ts'
import type { Channel } from '#contract/words.ts'
import { isOpen, nextOpening, type Calendar } from '#server/domain/calendar.ts'
import { checkQueue } from '#server/domain/queue-check.ts'
import type { Tx } from '#server/platform/db.ts'

interface Member {
  agentId: string
  priority: number
  units: Partial<Record<Channel, number>>
  live: number
  deferred: number
  skills: Record<string, number>
}

type QueueRow = Omit<Queue, 'createdAt' | 'retiredAt' | 'isOpen' | 'memberIds' | 'members' | 'units' | 'warnings'> & {
  createdAt: Date; retiredAt: Date | null; calendar: Calendar | null; units: Partial<Record<Channel, number>>; members: Member[]; channels: Channel[]; longestTargetMs: number | null
}

const select = `
  select q.id, q.name, q.team_id as "teamId", q.restricted, q.calendar_id as "calendarId", q.sla_policy_id as "slaPolicyId", q.survey_id as "surveyId",
    (select count(distinct e.contact_id)::int from queue_entry e where e.queue_id = q.id and e.ended_at is null) as waiting,
    coalesce((select jsonb_agg(jsonb_build_object('agentId', m.agent_id, 'priority', m.priority, 'units', m.units, 'live', a.live_units, 'deferred', a.deferred_units,
        'skills', coalesce((select jsonb_object_agg(k.skill_id, k.level) from agent_skill k where k.agent_id = a.id), '{}')) order by m.agent_id)
      from queue_member m join agent a on a.id = m.agent_id where m.queue_id = q.id), '[]') as members,
    coalesce((select jsonb_agg(jsonb_build_object('skillId', s.skill_id, 'level', s.level) order by s.skill_id) from queue_skill s where s.queue_id = q.id), '[]') as skills,
    q.rings, q.head_start as "headStart", q.sla_margin_ms as "slaMarginMs", q.offer_timeout_ms as "offerTimeoutMs", q.units, q.reopen_ms as "reopenMs", q.wrap_up_limit_ms as "wrapUpLimitMs",
    q.pending_limit_ms as "pendingLimitMs", q.owner_hold_ms as "ownerHoldMs", q.last_agent_days as "lastAgentDays", q.last_agent_hold_ms as "lastAgentHoldMs", q.account_owner_hold_ms as "accountOwnerHoldMs",
    q.auto_accept as "autoAccept", q.pull, q.keep_idle as "keepIdle", q.greeting, q.overflow, q.created_at as "createdAt", q.retired_at as "retiredAt", q.version,
    case when ca.id is not null then jsonb_build_object('timeZone', ca.time_zone, 'periods', ca.periods, 'exceptions', ca.exceptions) end as calendar,
    array(select distinct c.channel from channel_account c where c.queue_id = q.id and c.retired_at is null order by 1) as channels,
    (select max((t->>'targetMs')::float8) from sla_policy p, jsonb_array_elements(p.targets) t where p.id = q.sla_policy_id and t->>'kind' in ('time-to-answer', 'first-response')) as "longestTargetMs"
  from queue q left join calendar ca on ca.id = q.calendar_id`

export async function queueViews(db: Pick<Tx, 'query'>, isRetired: boolean, now: Date): Promise<Queue[]> {
  return (await db.query<QueueRow>(`${select} where (q.retired_at is not null) = $1 order by q.name limit 500`, [isRetired])).map((row) => queueView(row, now))
}

export async function findQueueView(db: Pick<Tx, 'maybe'>, id: string, now: Date): Promise<Queue | undefined> {
  const row = await db.maybe<QueueRow>(`${select} where q.id = $1`, [id])
  return row && queueView(row, now)
}

function queueView({ calendar, createdAt, retiredAt, channels, longestTargetMs, members, ...row }: QueueRow, now: Date): Queue {
  const warnings = retiredAt ? [] : checkQueue({
    skills: row.skills, rings: row.rings, units: row.units, channels, slaMarginMs: row.slaMarginMs, longestTargetMs, opensAgain: calendar === null || isOpen(calendar, now) || nextOpening(calendar, now) !== null,
    members: members.map((member) => ({ id: member.agentId, skills: new Map(Object.entries(member.skills)), capacity: { live: member.live, deferred: member.deferred }, units: member.units })),
  })
  return {
    ...row, warnings, memberIds: members.map(({ agentId }) => agentId), members: members.map(({ agentId, priority, units }) => ({ agentId, priority, units })),
    isOpen: retiredAt === null && isOpen(calendar, now), createdAt: createdAt.toISOString(), retiredAt: retiredAt?.toISOString() ?? null,
  }
}
