import type { Channel, CustomerTier, Demand, Presence } from '#contract/words.ts'
import { channels } from '#contract/words.ts'
import type { Membership, Preference, RoutableAgent, RoutableEntry } from '../../domain/eligibility.ts'
import type { RoutableQueue } from '../../domain/routing.ts'
import type { OwnWork } from '../../domain/owner-first.ts'
import { unitsFor } from '../../domain/units.ts'
import type { Tx } from '../../platform/db.ts'

export type LoadedEntry = RoutableEntry & { conversationId: string; offers: number; tier: CustomerTier; waitReason: string | null; version: number }
export type LoadedAgent = RoutableAgent & { version: number }

/** What an offer was decided on: kept with it, so that it can be told apart from what became of both since. */
export interface Snapshot {
  at: Date
  entryVersion: number
  agentVersion: number
}

const entriesMax = 500
/** In a line longer than that, so many of each kind of work are looked at, for as many offers as one run may ever make. */
const perKindMax = 100
const entriesOfAllKindsMax = 5_000

/**
 * The front of the line: workable entries not already offered, best rank first; or those of one contact, whatever their state.
 * `first`: no more than so many. `unexplainedOnly`: those whose reason to wait nobody has said yet. A call whose agent is being rung is nobody else's.
 *
 * Of a long line the front alone may be what nobody here can take: then the front of each kind (queue, channel, own skills) is read,
 * so that a thousand waiting calls keep no mail from an agent who writes.
 */
export async function loadLine(tx: Pick<Tx, 'query'>, now: Date, which: { contactId?: string | null; unexplainedOnly?: boolean; first?: number } = {}): Promise<LoadedEntry[]> {
  const front = await readLine(tx, now, which, false)
  return front.length < entriesMax ? front : readLine(tx, now, which, true)
}

async function readLine(tx: Pick<Tx, 'query'>, now: Date, { contactId = null, unexplainedOnly = false, first = entriesMax }: { contactId?: string | null; unexplainedOnly?: boolean; first?: number }, isByKind: boolean): Promise<LoadedEntry[]> {
  const rows = await tx.query<{
    id: string; contactId: string; conversationId: string; queueId: string; demand: Demand; channel: Channel; rankAt: Date; enqueuedAt: Date; workableAt: Date; offers: number; tier: CustomerTier; version: number
    queueUnits: Partial<Record<Channel, number>>; skills: Demanded[] | null; ownSkills: Demanded[]; refusedBy: { agentId: string; at: string }[] | null
    preferredAgentId: string | null; preferredUntil: Date | null; ownerHoldMs: number; lastAgentId: string | null; lastAgentHoldMs: number
    accountOwnerId: string | null; accountOwnerHoldMs: number; waitReason: string | null
  }>(
    `select e.id, e.contact_id as "contactId", e.conversation_id as "conversationId", e.queue_id as "queueId", e.demand, e.channel, e.rank_at as "rankAt", e.enqueued_at as "enqueuedAt",
       e.workable_at as "workableAt", e.offers, e.version, cu.tier, q.units as "queueUnits", q.owner_hold_ms as "ownerHoldMs", q.last_agent_hold_ms as "lastAgentHoldMs",
       q.account_owner_hold_ms as "accountOwnerHoldMs", e.reason as "waitReason", e.skills as "ownSkills",
       (select jsonb_agg(jsonb_build_object('skillId', s.skill_id, 'level', s.level)) from queue_skill s where s.queue_id = q.id) as skills,
       (select jsonb_agg(jsonb_build_object('agentId', r.agent_id, 'at', r.at)) from (
          select o.agent_id, max(o.ended_at) as at from offer o where o.entry_id = e.id and o.result in ('declined', 'timed-out') group by o.agent_id) r) as "refusedBy",
       e.preferred_agent_id as "preferredAgentId", e.preferred_until as "preferredUntil",
       (select a.agent_id from assignment a where a.conversation_id = e.conversation_id and a.accepted_at > $1::timestamptz - make_interval(days => q.last_agent_days) and a.contact_id <> e.contact_id order by a.accepted_at desc limit 1) as "lastAgentId",
       cu.account_owner_id as "accountOwnerId"
     from queue_entry e join queue q on q.id = e.queue_id join conversation co on co.id = e.conversation_id join customer cu on cu.id = co.customer_id
     where e.ended_at is null and ${contactId ? 'e.contact_id = $2' : 'e.workable_at <= $1 and (not q.pull or e.reason is null) and not exists (select 1 from offer o where o.contact_id = e.contact_id and o.ended_at is null)'}
       and (e.demand <> 'call' or not exists (select 1 from session s where s.contact_id = e.contact_id and s.kind = 'call' and s.state = 'connecting'))
     ${unexplainedOnly ? 'and e.reason is null' : ''}
     ${isByKind ? `and e.id in (select id from (select w.id, row_number() over (partition by w.queue_id, w.channel, w.skills order by w.rank_at, w.id) as place
       from queue_entry w where w.ended_at is null and w.workable_at <= $1 ${unexplainedOnly ? 'and w.reason is null' : ''}
         and not exists (select 1 from offer o where o.contact_id = w.contact_id and o.ended_at is null)) kinds where place <= ${perKindMax})` : ''}
     order by e.rank_at, e.id limit ${isByKind ? entriesOfAllKindsMax : first}`, contactId ? [now, contactId] : [now])
  return rows.map((row) => {
    const { kind, units } = unitsFor(row.channel, row.queueUnits)
    return {
      id: row.id, contactId: row.contactId, conversationId: row.conversationId, queueId: row.queueId, demand: row.demand, channel: row.channel, kind, units, rankAt: row.rankAt,
      enqueuedAt: row.enqueuedAt, workableAt: row.workableAt, offers: row.offers, tier: row.tier, version: row.version, waitReason: row.waitReason, skills: joinDemands(row.skills ?? [], row.ownSkills),
      refusedBy: new Map((row.refusedBy ?? []).map((refusal) => [refusal.agentId, new Date(refusal.at)])),
      preferred: preferences(row), only: row.demand === 'call' && row.preferredAgentId && row.preferredUntil ? { agentId: row.preferredAgentId, until: row.preferredUntil } : null,
    }
  })
}

interface Demanded {
  skillId: string
  level: number
}

/** What the queue asks for and what this one contact needs besides; of two levels the higher. */
function joinDemands(ofQueue: readonly Demanded[], own: readonly Demanded[]): Demanded[] {
  if (own.length === 0) return [...ofQueue]
  const levels = new Map(ofQueue.map(({ skillId, level }) => [skillId, level]))
  for (const { skillId, level } of own) levels.set(skillId, Math.max(level, levels.get(skillId) ?? 0))
  return [...levels].map(([skillId, level]) => ({ skillId, level }))
}

function preferences(row: { preferredAgentId: string | null; ownerHoldMs: number; lastAgentId: string | null; lastAgentHoldMs: number; accountOwnerId: string | null; accountOwnerHoldMs: number }): { agentId: string; as: Preference; holdMs: number }[] {
  const wanted: { agentId: string | null; as: Preference; holdMs: number }[] = [
    { agentId: row.preferredAgentId, as: 'owner', holdMs: row.ownerHoldMs },
    { agentId: row.lastAgentId, as: 'last-agent', holdMs: row.lastAgentHoldMs },
    { agentId: row.accountOwnerId, as: 'account-owner', holdMs: row.accountOwnerHoldMs },
  ]
  return wanted.filter((one): one is { agentId: string; as: Preference; holdMs: number } => one.agentId !== null)
}

/** Of which kinds of work anything waits at all. */
export async function kindsWaiting(tx: Pick<Tx, 'one'>): Promise<Record<'live' | 'deferred', boolean>> {
  return tx.one(
    `select exists (select 1 from queue_entry where ended_at is null and channel = any($1)) as live, exists (select 1 from queue_entry where ended_at is null and channel = any($2)) as deferred`,
    [channelsOf('live'), channelsOf('deferred')])
}

const channelsOf = (kind: 'live' | 'deferred'): Channel[] => channels.filter((channel) => unitsFor(channel, {}).kind === kind)

/** Whether anything waits behind this entry that these agents might take with the room they have left, by queue and kind of work. */
export async function waitsBehind(tx: Pick<Tx, 'one'>, last: LoadedEntry, left: { live: readonly string[]; deferred: readonly string[] }, now: Date): Promise<boolean> {
  // Each kind by itself: only so they are found by the index of channels.
  const behind = (queues: string, kind: string): string => `exists (select 1 from queue_entry e where e.ended_at is null and e.channel = any(${kind}) and e.queue_id = any(${queues}::uuid[]) and e.workable_at <= $1 and (e.rank_at, e.id) > ($2, $3::uuid))`
  const { waits } = await tx.one<{ waits: boolean }>(
    `select ${behind('$4', '$6')} or ${behind('$5', '$7')} as waits`, [now, last.rankAt, last.id, left.live, left.deferred, channelsOf('live'), channelsOf('deferred')])
  return waits
}

/** What each of these contacts holds of its owner; those without an owner are left out. */
export async function loadOwnWork(tx: Pick<Tx, 'query'>, contactIds: readonly string[]): Promise<Map<string, OwnWork>> {
  const rows = await tx.query<OwnWork & { contactId: string }>(
    `select a.contact_id as "contactId", a.agent_id as "agentId", a.live_units as live, a.deferred_units as deferred,
       exists (select 1 from session s where s.contact_id = a.contact_id and s.agent_id = a.agent_id and s.kind = 'call' and s.ended_at is null) as "isOnItsCall"
     from assignment a where a.contact_id = any($1::uuid[]) and a.released_at is null`, [contactIds])
  return new Map(rows.map((row) => [row.contactId, row]))
}

/** Staff who are signed up for any queue, with what holds their units. Those offline are left out unless asked for ("why?"). */
export async function loadAgents(tx: Pick<Tx, 'query'>, everybody: boolean): Promise<LoadedAgent[]> {
  const rows = await tx.query<{
    id: string; presence: Presence; draining: boolean; queueIds: string[]; skills: { skillId: string; level: number }[]; liveUnits: number; deferredUnits: number
    live: number; deferred: number; isOnCall: boolean; isInCallWrapUp: boolean; openLiveOffers: number; idleSince: Date | null; version: number
  }>(
    `select a.id, coalesce(s.presence, 'offline') as presence, coalesce(s.draining, false) as draining,
       array(select qm.queue_id from queue_member qm where qm.agent_id = a.id) as "queueIds",
       coalesce((select jsonb_agg(jsonb_build_object('skillId', k.skill_id, 'level', k.level)) from agent_skill k where k.agent_id = a.id), '[]') as skills,
       a.live_units as "liveUnits", a.deferred_units as "deferredUnits",
       (coalesce(h.live, 0) + coalesce(o.live, 0))::int as live, (coalesce(h.deferred, 0) + coalesce(o.deferred, 0))::int as deferred, coalesce(o.live_offers, 0)::int as "openLiveOffers",
       exists (select 1 from session c where c.agent_id = a.id and c.kind = 'call' and c.ended_at is null) as "isOnCall",
       exists (select 1 from assignment w where w.agent_id = a.id and w.released_at is not null and w.ended_at is null and w.channel = 'voice') as "isInCallWrapUp",
       coalesce(s.idle_since, s.since) as "idleSince", coalesce(s.version, 0) as version
     from agent a left join agent_state s on s.agent_id = a.id
     left join lateral (select sum(live_units) as live, sum(deferred_units) as deferred from assignment where agent_id = a.id and ended_at is null) h on true
     left join lateral (select sum(live_units) as live, sum(deferred_units) as deferred, count(*) filter (where live_units > 0) as live_offers from offer where agent_id = a.id and ended_at is null) o on true
     where a.retired_at is null and ($1 or (s.presence = 'available' and not s.draining))`, [everybody])
  return rows.map((row) => ({
    id: row.id, presence: row.presence, isDraining: row.draining, queueIds: new Set(row.queueIds), skills: new Map(row.skills.map((skill) => [skill.skillId, skill.level])),
    channels: new Set(channels), capacity: { live: row.liveUnits, deferred: row.deferredUnits }, used: { live: row.live, deferred: row.deferred },
    isOnCall: row.isOnCall, isInCallWrapUp: row.isInCallWrapUp, openLiveOffers: row.openLiveOffers, idleSince: row.idleSince ?? new Date(0), version: row.version,
  }))
}

export type LoadedQueue = RoutableQueue & { offerTimeoutMs: Partial<Record<Channel, number>>; autoAccept: boolean; units: Partial<Record<Channel, number>>; differing: Record<string, Membership> }

/** The queues in use, with those members who differ from the rest. */
export async function loadQueues(tx: Pick<Tx, 'query'>): Promise<Map<string, LoadedQueue>> {
  const rows = await tx.query<LoadedQueue>(
    `select q.id, q.offer_timeout_ms as "offerTimeoutMs", q.auto_accept as "autoAccept", q.rings, q.pull as "isPull", q.keep_idle as "keepIdle", q.units,
       coalesce((select jsonb_object_agg(m.agent_id, jsonb_build_object('priority', m.priority, 'units', m.units)) from queue_member m where m.queue_id = q.id and (m.priority <> 1 or m.units <> '{}')), '{}') as differing
     from queue q where q.retired_at is null`)
  return new Map(rows.map((row) => [row.id, row]))
}

/** Gives agents what is different about them in their queues. */
export function withMemberships(agents: readonly LoadedAgent[], queues: ReadonlyMap<string, LoadedQueue>): LoadedAgent[] {
  const differing = [...queues.values()].filter((queue) => Object.keys(queue.differing).length > 0)
  if (differing.length === 0) return [...agents]
  return agents.map((agent) => {
    const own = differing.flatMap((queue) => (queue.differing[agent.id] ? [[queue.id, queue.differing[agent.id]!] as const] : []))
    return own.length === 0 ? agent : { ...agent, memberships: new Map(own) }
  })
}
