import type { BreakReason, Load, Presence } from '#contract/words.ts'
import { roomOf } from '#contract/rooms.ts'
import type { Tx } from '../../platform/db.ts'
import { newId } from '../../platform/ids.ts'
import type { NewEvent } from '../../platform/relay/append.ts'

export interface AgentNow {
  id: string
  name: string
  presence: Presence
  reason: BreakReason | null
  draining: boolean
  load: Load
  liveUnits: number
  deferredUnits: number
  liveUsed: number
  deferredUsed: number
  openAssignments: number
  isOnCall: boolean
}

/** Locks an agent's row of state (made when missing) and reads what holds their units. Last in the lock order. */
export async function lockAgent(tx: Tx, agentId: string, now: Date): Promise<AgentNow | undefined> {
  const locked = await lockState(tx, agentId)
  if (locked) return locked
  tx.send(`insert into agent_state (agent_id, since, load_since, idle_since) select id, $2, $2, $2 from agent where id = $1 and retired_at is null on conflict do nothing`, [agentId, now])
  return lockState(tx, agentId)
}

/** What holds their units is read by a statement of its own, after the lock: only then is it what others have committed. */
async function lockState(tx: Tx, agentId: string): Promise<AgentNow | undefined> {
  tx.send('select 1 from agent_state where agent_id = $1 for update', [agentId])
  return tx.maybe<AgentNow>(
    `select a.id, a.name, s.presence, s.reason, s.draining, s.load, a.live_units as "liveUnits", a.deferred_units as "deferredUnits",
       coalesce((select sum(live_units) from assignment where agent_id = a.id and ended_at is null), 0)::int + coalesce((select sum(live_units) from offer where agent_id = a.id and ended_at is null), 0)::int as "liveUsed",
       coalesce((select sum(deferred_units) from assignment where agent_id = a.id and ended_at is null), 0)::int + coalesce((select sum(deferred_units) from offer where agent_id = a.id and ended_at is null), 0)::int as "deferredUsed",
       (select count(*)::int from assignment where agent_id = a.id and released_at is null) as "openAssignments",
       exists (select 1 from session where agent_id = a.id and kind = 'call' and ended_at is null) as "isOnCall"
     from agent a join agent_state s on s.agent_id = a.id where a.id = $1 and a.retired_at is null`, [agentId])
}

/** Whether the agent `a` is on the line, or rung, for a call that is a colleague's: it holds none of their units. */
export const isHelpingSql = `exists (select 1 from session x where x.agent_id = a.id and x.kind = 'call' and x.state in ('connecting', 'bridged') and x.contact_id is null and x.ended_at is null)`

/**
 * Derives the agent's load from what they hold, and since when they have had no live work (who is idle longest gets the next; mail in
 * hand makes nobody less idle, helping on a call does), keeps the interval, raises the version and returns the event that tells it.
 * Called after every change of an agent's offers, assignments or presence.
 */
export async function refreshAgent(tx: Tx, agentId: string, now: Date): Promise<NewEvent> {
  tx.send(
    `with held as (
       select a.id, s.load as before, coalesce(s.draining, false) as draining, coalesce(w.live, 0) + h.is_helping::int as live,
         case when w.has_contact or h.is_helping then 'on-contact' when w.has_contact is not null then 'wrap-up' else 'idle' end as load
       from agent a left join agent_state s on s.agent_id = a.id cross join lateral (select ${isHelpingSql} as is_helping) h left join lateral (
         select bool_or(released_at is null) as has_contact, sum(live_units)::int as live from assignment where agent_id = a.id and ended_at is null and (live_units > 0 or deferred_units > 0)
       ) w on true where a.id = $1
     ), stated as (
       insert into agent_state (agent_id, since, load_since, idle_since, load, live_held) select id, $2, $2, $2, load, live from held
       on conflict (agent_id) do update set load = excluded.load, load_since = case when agent_state.load = excluded.load then agent_state.load_since else $2 end,
         live_held = excluded.live_held, idle_since = case when excluded.live_held = 0 and agent_state.live_held > 0 then $2 else agent_state.idle_since end,
         draining = agent_state.draining and excluded.load <> 'idle', version = agent_state.version + 1
     ), ended as (
       update load_interval i set ended_at = $2 from held where i.agent_id = held.id and i.ended_at is null and held.load <> coalesce(held.before, 'idle')
     ), chosen as (
       -- The last work is done: what was chosen goes on, without draining.
       select s.agent_id, s.presence, s.reason from held join agent_state s on s.agent_id = held.id where held.draining and held.load = 'idle'
     ), drained as (
       update presence_interval i set ended_at = $2 from chosen where i.agent_id = chosen.agent_id and i.ended_at is null
     ), free as (
       insert into presence_interval (id, agent_id, presence, reason, draining, started_at) select $4, agent_id, presence, reason, false, $2 from chosen
     )
     insert into load_interval (id, agent_id, load, started_at) select $3, id, load, $2 from held where load <> coalesce(before, 'idle')`, [agentId, now, newId(now), newId(now)])
  return agentChanged(agentId)
}

/** The same where nothing but units reserved by an offer have changed: those are no load. The agent is locked. */
export function touchAgent(tx: Tx, agentId: string): NewEvent {
  tx.send('update agent_state set version = version + 1 where agent_id = $1', [agentId])
  return agentChanged(agentId)
}

function agentChanged(agentId: string): NewEvent {
  return { type: 'agent.changed', agentId, refs: { agentIds: [agentId] }, rooms: [roomOf.staff] }
}

/** Writes a chosen presence as an interval and as the state now. */
export async function setPresence(tx: Tx, agentId: string, presence: Presence, reason: string | null, draining: boolean, now: Date): Promise<void> {
  const changed = await tx.execute(
    `insert into agent_state (agent_id, presence, reason, since, draining, load_since, idle_since) values ($1, $2, $3, $4, $5, $4, $4)
     on conflict (agent_id) do update set presence = $2, reason = $3, draining = $5, since = $4, missed_offers = 0,
       idle_since = case when $2 = 'available' then $4 else agent_state.idle_since end, version = agent_state.version + 1
     where (agent_state.presence, agent_state.reason, agent_state.draining) is distinct from ($2, $3, $5)`,
    [agentId, presence, reason, now, draining])
  if (changed === 0) return
  tx.send('update presence_interval set ended_at = $2 where agent_id = $1 and ended_at is null', [agentId, now])
  tx.send('insert into presence_interval (id, agent_id, presence, reason, draining, started_at) values ($1, $2, $3, $4, $5, $6)', [newId(now), agentId, presence, reason, draining, now])
}
