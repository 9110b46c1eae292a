/** "Why is this waiting?", "why this agent?", "who would get one like this?": the pure functions of routing, run now. */
import type * as z from 'zod'
import type { Why } from '#contract/api/contacts.ts'
import type { QueuePreview, queuePreviewBody } from '#contract/api/settings.ts'
import type { OverflowRule } from '#contract/overflow.ts'
import type { Channel, CustomerStage, CustomerTier, ValueClass } from '#contract/words.ts'
import type { Context } from '../../context.ts'
import { isOpen, nextOpening, type Calendar } from '../../domain/calendar.ts'
import { exclusionReasons, ringOpensAt, skillsNow, type Preference, type Ring, type RoutableAgent, type RoutableEntry } from '../../domain/eligibility.ts'
import { demandOf } from '../../domain/inbound.ts'
import { decideOverflow } from '../../domain/overflow.ts'
import { headStartsOf, positionOf, rankAt, workableAt, type HeadStarts } from '../../domain/queueing.ts'
import { chooseAgent, matchQueues, type ExcludedByReason } from '../../domain/routing.ts'
import { unitsFor } from '../../domain/units.ts'
import { notFound } from '../../platform/errors.ts'
import { newId } from '../../platform/ids.ts'
import { ownerAsked } from './owner-first.usecases.ts'
import { aheadOf, expectedWaitOf } from '../queues/waiting.views.ts'
import { loadAgents, loadLine, loadQueues, withMemberships, type LoadedEntry } from './routing.store.ts'

type ExplainContext = Pick<Context, 'db' | 'clock'>

/** Why a contact waits or who would get it, what was tried, and why it waited before. Its queue may have been retired meanwhile: then only the past is told. */
export async function whyContact(context: ExplainContext, contactId: string): Promise<z.input<typeof Why>> {
  const { db } = context
  const now = context.clock.now()
  const entry = (await loadLine(db, now, { contactId }))[0]
  const [agents, queues, offers, history] = await Promise.all([loadAgents(db, true), loadQueues(db), offersOf(context, contactId), historyOf(context, contactId)])
  const queue = entry && queues.get(entry.queueId)
  const members = withMemberships(agents, queues)
  const choice = queue ? ((await ownerAsked(db, entry, members, now)) ?? chooseAgent(entry, members, queue, now)) : undefined
  return {
    waiting: choice !== undefined,
    reason: choice?.reason ?? null,
    agentId: choice?.kind === 'offer' ? choice.agentId : null,
    nextThree: choice?.kind === 'offer' ? choice.nextThree : [],
    excluded: inOrder(choice?.excludedByReason ?? {}),
    nextChangeAt: choice?.kind === 'wait' ? (choice.nextChangeAt?.toISOString() ?? null) : null,
    ...(await standing(db, queue ? entry : undefined, now)),
    nextRingAt: queue ? nextRing(entry, queue.rings, now) : null,
    skills: queue ? skillsNow(entry, queue.rings, now) : [],
    offers, history,
  }
}

/** Where it stands in the line, and what of the wait is left. */
async function standing(db: ExplainContext['db'], entry: LoadedEntry | undefined, now: Date): Promise<Pick<z.input<typeof Why>, 'ahead' | 'expected'>> {
  if (!entry || entry.workableAt > now) return { ahead: null, expected: null }
  const { queueId, demand, workableAt } = entry
  const [ahead, expected] = await Promise.all([aheadOf(db, entry.contactId, demand, now), demand === 'messages' ? null : expectedWaitOf(db, { queueId, demand, workableAt }, now)])
  return { ahead, expected }
}

async function offersOf({ db }: ExplainContext, contactId: string): Promise<z.input<typeof Why>['offers']> {
  const rows = await db.query<{ id: string; agentId: string; kind: string; decision: { reason?: string; nextThree?: string[]; excludedByReason?: ExcludedByReason; snapshot?: NonNullable<z.input<typeof Why>['offers'][number]['snapshot']> }; offeredAt: Date; result: string | null; endedAt: Date | null }>(
    `select id, agent_id as "agentId", kind, decision, offered_at as "offeredAt", result, ended_at as "endedAt" from offer where contact_id = $1 order by offered_at desc, id desc limit 20`, [contactId])
  return rows.map(({ decision, ...offer }) => ({
    ...offer, reason: decision.reason ?? '', snapshot: decision.snapshot ?? null, nextThree: decision.nextThree ?? [], excluded: inOrder(decision.excludedByReason ?? {}), offeredAt: offer.offeredAt.toISOString(), endedAt: offer.endedAt?.toISOString() ?? null,
  }))
}

async function historyOf({ db }: ExplainContext, contactId: string): Promise<z.input<typeof Why>['history']> {
  const rows = await db.query<{ at: Date; reason: string; excluded: ExcludedByReason; nextChangeAt: Date | null }>(
    `select w.at, w.reason, w.excluded, w.next_change_at as "nextChangeAt" from wait_reason w join queue_entry e on e.id = w.entry_id where e.contact_id = $1 order by w.at desc limit 20`, [contactId])
  return rows.map((row) => ({ at: row.at.toISOString(), reason: row.reason, excluded: inOrder(row.excluded), nextChangeAt: row.nextChangeAt?.toISOString() ?? null }))
}

/** The reason hardest to change first, as everywhere. */
function inOrder(excluded: ExcludedByReason): Record<string, { count: number; agentIds: string[] }> {
  return Object.fromEntries(exclusionReasons.flatMap((reason) => (excluded[reason] ? [[reason, excluded[reason]] as const] : [])))
}

function nextRing(entry: RoutableEntry, rings: readonly Ring[], now: Date): string | null {
  const next = rings.map((ring) => ringOpensAt(entry, ring)).filter((at) => at > now.getTime()).sort((a, b) => a - b)[0]
  return next === undefined ? null : new Date(next).toISOString()
}

/**
 * Who would get a contact like this, joining the line now behind those who wait; `waitedMs`: after so much waiting. Nothing is
 * written. The same plan that routing makes, with one contact more in the line.
 */
export async function previewContact(context: ExplainContext, queueId: string, like: z.output<typeof queuePreviewBody>): Promise<QueuePreview> {
  const { db } = context
  const now = context.clock.now()
  const facts = await db.maybe<QueueFacts>(queueFactsSql, [queueId, like.customerId])
  if (!facts) throw notFound()
  const [line, agents, queues] = await Promise.all([loadLine(db, now), loadAgents(db, true), loadQueues(db)])
  const queue = queues.get(queueId)
  if (!queue) throw notFound()
  const entry = imagined(facts, { ...like, tier: facts.tier ?? like.tier, stage: facts.stage ?? like.stage, valueClass: facts.stage === null ? like.valueClass : facts.valueClass }, queueId, now)
  const members = withMemberships(agents, queues)
  const choice = entry.workableAt > now ? chooseAgent(entry, members, queue, now) : matchQueues([...line, entry], members, queues, now).find((match) => match.entry.id === entry.id) ?? chooseAgent(entry, members, queue, now)
  const whoCan = (one: RoutableEntry): ReadonlySet<string> => new Set(members.filter((agent) => isAble(agent, one, queues.get(one.queueId)?.rings ?? [], now)).map(({ id }) => id))
  return {
    agentId: choice.kind === 'offer' ? choice.agentId : null, reason: choice.reason, nextThree: choice.kind === 'offer' ? choice.nextThree : [], excluded: inOrder(choice.excludedByReason),
    nextChangeAt: choice.kind === 'wait' ? (choice.nextChangeAt?.toISOString() ?? null) : null,
    overflow: choice.kind === 'wait' ? overflowOf(facts, entry, like.waitedMs === 0, members, line, now) : null, workableAt: entry.workableAt.toISOString(), headStartMs: entry.enqueuedAt.getTime() - entry.rankAt.getTime(),
    ahead: positionOf({ ...entry, agentIds: whoCan(entry) }, line.map((one) => ({ ...one, agentIds: whoCan(one) }))), skills: skillsNow(entry, queue.rings, now),
  }
}

/** What the rules of its queue make of one that waits. */
function overflowOf(facts: QueueFacts, entry: RoutableEntry, isEntering: boolean, members: readonly RoutableAgent[], line: readonly RoutableEntry[], now: Date): QueuePreview['overflow'] {
  const decision = decideOverflow(facts.rules ?? [], {
    demand: entry.demand, isEntering, workableAt: entry.workableAt, length: new Set(line.filter((one) => one.queueId === entry.queueId).map((one) => one.contactId)).size, isOpen: isOpen(facts.calendar, now),
    isStaffed: members.some((agent) => agent.queueIds.has(entry.queueId) && agent.presence !== 'offline' && !agent.isDraining), calendar: facts.calendar,
    queueIds: new Set((facts.targets ?? []).filter((target) => isOpen(target.calendar, now)).map(({ id }) => id)), canCallBack: true, told: new Set(),
  }, now)
  if (decision.do === 'wait') return null
  return { do: decision.do, because: decision.because, queueId: decision.do === 'queue' ? decision.queueId : null, promisedAt: decision.do === 'message' ? decision.promisedAt.toISOString() : null }
}

interface QueueFacts {
  rules: OverflowRule[] | null
  targets: { id: string; calendar: Calendar | null }[] | null
  skills: { skillId: string; level: number }[]
  units: Partial<Record<Channel, number>>
  headStart: Partial<HeadStarts>
  slaMarginMs: number
  calendar: Calendar | null
  tier: CustomerTier | null
  stage: CustomerStage | null
  valueClass: ValueClass | null
  lastAgentId: string | null
  lastAgentHoldMs: number
  accountOwnerId: string | null
  accountOwnerHoldMs: number
}

const queueFactsSql = `
  select q.overflow->'rules' as rules,
    (select jsonb_agg(jsonb_build_object('id', t.id, 'calendar', case when tc.id is not null then jsonb_build_object('timeZone', tc.time_zone, 'periods', tc.periods, 'exceptions', tc.exceptions) end))
     from queue t left join calendar tc on tc.id = t.calendar_id where t.retired_at is null and t.id in (select (r.rule->'then'->>'queueId')::uuid from jsonb_array_elements(q.overflow->'rules') r(rule))) as targets,
    coalesce((select jsonb_agg(jsonb_build_object('skillId', s.skill_id, 'level', s.level)) from queue_skill s where s.queue_id = q.id), '[]') as skills, q.units, q.head_start as "headStart",
    q.sla_margin_ms as "slaMarginMs", q.last_agent_hold_ms as "lastAgentHoldMs", q.account_owner_hold_ms as "accountOwnerHoldMs", cu.tier, cs.stage, cs.value_class as "valueClass", cu.account_owner_id as "accountOwnerId",
    case when ca.id is not null then jsonb_build_object('timeZone', ca.time_zone, 'periods', ca.periods, 'exceptions', ca.exceptions) end as calendar,
    (select a.agent_id from assignment a join conversation co on co.id = a.conversation_id where co.customer_id = cu.id and a.accepted_at > now() - make_interval(days => q.last_agent_days) order by a.accepted_at desc limit 1) as "lastAgentId"
  from queue q left join calendar ca on ca.id = q.calendar_id left join customer cu on cu.id = $2 left join customer_standing cs on cs.customer_id = cu.id where q.id = $1 and q.retired_at is null`

function imagined(facts: QueueFacts, like: z.output<typeof queuePreviewBody>, queueId: string, now: Date): RoutableEntry {
  const enqueuedAt = new Date(now.getTime() - like.waitedMs)
  const levels = new Map(facts.skills.map(({ skillId, level }) => [skillId, level]))
  for (const { skillId, level } of like.skills) levels.set(skillId, Math.max(level, levels.get(skillId) ?? 0))
  const open = isOpen(facts.calendar, now)
  const preferred: { agentId: string | null; as: Preference; holdMs: number }[] = [
    { agentId: facts.lastAgentId, as: 'last-agent', holdMs: facts.lastAgentHoldMs }, { agentId: facts.accountOwnerId, as: 'account-owner', holdMs: facts.accountOwnerHoldMs },
  ]
  return {
    id: newId(now), contactId: newId(now), queueId, demand: demandOf(like.channel), channel: like.channel, ...unitsFor(like.channel, facts.units), enqueuedAt,
    rankAt: rankAt({ enqueuedAt, priority: like.priority, tier: like.tier, isUrgent: like.urgent, slaDueAt: null, standing: { stage: like.stage, valueClass: like.valueClass } }, headStartsOf(facts)),
    workableAt: workableAt(enqueuedAt, open ? { isOpen: true } : { isOpen: false, opensAt: nextOpening(facts.calendar, now) }), skills: [...levels].map(([skillId, level]) => ({ skillId, level })),
    refusedBy: new Map(), preferred: preferred.filter((one): one is { agentId: string; as: Preference; holdMs: number } => one.agentId !== null), only: null,
  }
}

/** Could take it when free: whoever is at work in the queue with the skills. */
function isAble(agent: RoutableAgent, entry: RoutableEntry, rings: readonly Ring[], now: Date): boolean {
  return agent.presence === 'available' && agent.queueIds.has(entry.queueId) && skillsNow(entry, rings, now).every((skill) => (agent.skills.get(skill.skillId) ?? 0) >= skill.level)
}
