/** Presence: what an agent chose, what a lost connection makes of it, and what becomes of their work. */
import type { BreakReason, Channel, Presence } from '#contract/words.ts'
import type { Context } from '../../context.ts'
import { choosePresence, presenceGraceMs, whenOwnerGone } from '../../domain/presence.ts'
import { commit } from '../../platform/effects.ts'
import { notFound, refusal } from '../../platform/errors.ts'
import { lockAgent, refreshAgent, setPresence } from './agents.steps.ts'
import { withdrawOffersOf } from '../routing/withdraw-offers.usecases.ts'
import { requeue } from './work.steps.ts'

export type AgentContext = Pick<Context, 'db' | 'clock' | 'jobs' | 'relay'>

/** An agent says that they are there, on a break, or leaving. With open work a break or sign-out begins as draining. */
export async function changePresence(context: AgentContext, agentId: string, wish: { presence: Presence; reason: BreakReason | null }): Promise<void> {
  const now = context.clock.now()
  const isThere = await commit(context, now, async (tx, effects) => {
    const agent = await lockAgent(tx, agentId, now)
    if (!agent) throw notFound()
    const change = choosePresence(
      { presence: agent.presence, reason: agent.reason, isDraining: agent.draining }, wish,
      { activeContacts: agent.load === 'on-contact' ? Math.max(1, agent.openAssignments) : 0, wrapUps: agent.load === 'wrap-up' ? 1 : 0 })
    if (!change.ok) {
      if (change.reason === 'unchanged') return agent.presence === 'available' && !agent.draining
      throw refusal('presence.reason-missing', 400, 'Say what kind of break it is.')
    }
    await setPresence(tx, agentId, change.to.presence, change.to.reason, change.to.isDraining, now)
    await tx.execute('update agent_state set away_at = null, seen_at = $2 where agent_id = $1', [agentId, now])
    effects.tell(await refreshAgent(tx, agentId, now))
    effects.wake('route', 'all')
    return change.to.presence === 'available'
  })
  if (!isThere) await withdrawOffersOf(context, agentId, { unlessBack: true })
}

/** A console of the agent is connected. The first ever makes their state, which everybody is told. */
export async function agentSeen(context: AgentContext, agentId: string): Promise<void> {
  const now = context.clock.now()
  await commit(context, now, async (tx, effects) => {
    const made = await tx.execute(
      `insert into agent_state (agent_id, since, load_since, idle_since, seen_at, lease_until) select $1, $2, $2, $2, $2, $3 where not exists (select 1 from agent_state where agent_id = $1) on conflict do nothing`, [agentId, now, leaseFrom(now)])
    if (made > 0) effects.tell(await refreshAgent(tx, agentId, now))
    else await tx.execute('update agent_state set seen_at = $2, away_at = null, lease_until = $3 where agent_id = $1', [agentId, now, leaseFrom(now)])
  })
}

/** A process that holds consoles says so this often; who is not named for three times as long has lost theirs with it. */
export const leaseEveryMs = 30_000
const leaseMs = 3 * leaseEveryMs
const leaseFrom = (now: Date): Date => new Date(now.getTime() + leaseMs)

/** The consoles of these agents are connected here. */
export async function renewLeases(context: Pick<AgentContext, 'db' | 'clock'>, agentIds: readonly string[]): Promise<void> {
  if (agentIds.length > 0) await context.db.execute('update agent_state set lease_until = $2, away_at = null where agent_id = any($1::uuid[])', [agentIds, leaseFrom(context.clock.now())])
}

/** Agents whose consoles were held by a process that died: away from now on, with the grace time to come back. For the sweeper. */
export async function sweepLeases(context: AgentContext): Promise<number> {
  const now = context.clock.now()
  const lost = await context.db.execute(`update agent_state set away_at = $1, lease_until = null where lease_until <= $1 and away_at is null`, [now])
  if (lost > 0) context.jobs.wake('timers', 'all', { at: new Date(now.getTime() + presenceGraceMs) })
  return lost
}

/** The agent's last console went away: after the grace time they count as gone. */
export async function agentAway(context: AgentContext, agentId: string): Promise<void> {
  const now = context.clock.now()
  const changed = await context.db.execute('update agent_state set away_at = $2, lease_until = null where agent_id = $1 and away_at is null', [agentId, now])
  if (changed > 0) context.jobs.wake('timers', 'all', { at: new Date(now.getTime() + presenceGraceMs) })
}

/** Agents gone past their grace: offline, and their work goes back by the rule of its channel. */
export async function sweepAway(context: AgentContext): Promise<{ gone: number; nextAt: Date | null }> {
  const now = context.clock.now()
  const gone = await context.db.query<{ id: string }>(`select agent_id as id from agent_state where away_at <= $1 and presence <> 'offline' limit 100`, [new Date(now.getTime() - presenceGraceMs)])
  for (const { id } of gone) {
    await commit(context, now, async (tx, effects) => {
      const still = await tx.maybe(`select 1 from agent_state where agent_id = $1 and away_at <= $2 and presence <> 'offline'`, [id, new Date(now.getTime() - presenceGraceMs)])
      if (!still) return
      await setPresence(tx, id, 'offline', null, false, now)
      effects.tell(await refreshAgent(tx, id, now))
    })
    await withdrawOffersOf(context, id, { unlessBack: true })
  }
  await returnWorkOfAbsent(context, now)
  const next = await context.db.one<{ at: Date | null }>(`select min(away_at) as at from agent_state where away_at is not null and presence <> 'offline'`)
  return { gone: gone.length, nextAt: next.at ? new Date(next.at.getTime() + presenceGraceMs) : null }
}

/** Contacts whose owner is offline go back to the front of their line: a call or chat at once, messages after a while, mail never. */
async function returnWorkOfAbsent(context: AgentContext, now: Date): Promise<void> {
  const contacts = await context.db.query<{ contactId: string; state: 'active'; channel: Channel; hasLiveSession: boolean; since: Date }>(
    `select a.contact_id as "contactId", c.state, c.channel, exists (select 1 from session s where s.contact_id = c.id and s.ended_at is null) as "hasLiveSession", st.since
     from assignment a join contact c on c.id = a.contact_id join agent_state st on st.agent_id = a.agent_id
     where a.released_at is null and st.presence = 'offline' and st.away_at is not null and c.state = 'active' limit 200`)
  for (const contact of contacts) {
    const rule = whenOwnerGone(contact)
    if (rule.do !== 'requeue') continue
    const dueAt = new Date(contact.since.getTime() + rule.afterMs)
    if (dueAt > now) {
      context.jobs.wake('timers', 'all', { at: dueAt })
      continue
    }
    await commit(context, now, (tx, effects) => requeue(tx, contact.contactId, 'owner-gone', now, effects))
  }
}
