import type { AgentView } from '#contract/views.ts'
import type { Tx } from '../../platform/db.ts'
import { isHelpingSql } from './agents.steps.ts'

/**
 * Units in use are summed from what holds them (open assignments, open offers), never counted beside it.
 * `where` names the alias `a`.
 */
export const agentSelect = `
  select a.id, a.name, a.role, coalesce(s.presence, 'offline') as presence, s.reason, coalesce(s.since, a.created_at) as since, coalesce(s.draining, false) as draining,
    coalesce(s.load, 'idle') as load, coalesce(u.live, 0)::int as "liveUsed", a.live_units as "liveUnits", coalesce(u.deferred, 0)::int as "deferredUsed",
    a.deferred_units as "deferredUnits", coalesce(u.contacts, 0)::int as contacts, ${isHelpingSql} as "isHelping",
    coalesce((select array_agg(tm.team_id order by tm.team_id) from team_member tm where tm.agent_id = a.id), '{}') as "teamIds",
    coalesce((select array_agg(qm.queue_id order by qm.queue_id) from queue_member qm where qm.agent_id = a.id), '{}') as "queueIds",
    a.retired_at is not null as retired, a.version + coalesce(s.version, 0) as version
  from agent a left join agent_state s on s.agent_id = a.id
  left join lateral (
    select sum(h.live) as live, sum(h.deferred) as deferred, sum(h.contacts) as contacts from (
      select live_units as live, deferred_units as deferred, 1 as contacts from assignment where agent_id = a.id and ended_at is null
      union all
      select live_units, deferred_units, 0 from offer where agent_id = a.id and ended_at is null
    ) h
  ) u on true`

type AgentRow = Omit<AgentView, 'since'> & { since: Date }

export async function agentViews(db: Pick<Tx, 'query'>, ids: readonly string[]): Promise<AgentView[]> {
  if (ids.length === 0) return []
  return (await db.query<AgentRow>(`${agentSelect} where a.id = any($1::uuid[])`, [ids])).map((row) => ({ ...row, since: row.since.toISOString() }))
}

/** All staff who are not retired. */
export async function allAgentViews(db: Pick<Tx, 'query'>): Promise<AgentView[]> {
  return (await db.query<AgentRow>(`${agentSelect} where a.retired_at is null order by a.name, a.id limit 2000`)).map((row) => ({ ...row, since: row.since.toISOString() }))
}
