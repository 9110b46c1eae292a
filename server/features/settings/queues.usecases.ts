import type { Queue, QueueChange } from '#contract/api/settings.ts'
import type { Channel, Demand } from '#contract/words.ts'
import { refuseQueue } from '#server/domain/queue-check.ts'
import type { Tx } from '#server/platform/db.ts'
import { commit } from '#server/platform/effects.ts'
import { notFound } from '#server/platform/errors.ts'
import type { StaffSession } from '#server/platform/http.ts'
import { newId } from '#server/platform/ids.ts'
import { contactEvent, restrictionChange, settleContact, shareWithTeam } from '../contacts/contacts.steps.ts'
import { loadContact } from '../contacts/contacts.store.ts'
import { lockConversationOfContact } from '../conversations/conversations.steps.ts'
import { tellOpenSuggestions } from '../customers/customers.steps.ts'
import { endEntries, enterQueue, rankAgain } from '../queues/entries.steps.ts'
import { slaOnPromiseChanged, slaOnSettingsChanged } from '../sla/sla.steps.ts'
import { changing, type SettingsContext } from './settings.change.ts'
import { factsOfChange } from '../audit/audit.facts.ts'
import { findQueueView, queueViews } from './queues.views.ts'
import { badQueue, badTarget, nameTaken, queueHasWork, unknownReference } from './settings.errors.ts'
import { areKnown, insertRow, isNameTaken, lockRow, updateRow } from './settings.store.ts'

export async function listQueues({ db, clock }: SettingsContext, isRetired: boolean): Promise<Queue[]> {
  return queueViews(db, isRetired, clock.now())
}

export async function readQueue({ db, clock }: SettingsContext, id: string): Promise<Queue> {
  const queue = await findQueueView(db, id, clock.now())
  if (queue === undefined) throw notFound()
  return queue
}

export async function saveQueue(context: SettingsContext, actor: StaffSession, id: string | null, change: QueueChange): Promise<Queue> {
  let facts: Record<string, string> = {}
  const saved = await changing(context, { actor, kind: 'queues', action: id === null ? 'created' : 'changed', facts: () => facts }, async (tx, now, effects) => {
    if (id !== null && !(await lockRow(tx, 'queue', id))) throw notFound()
    const before = id === null ? undefined : await findQueueView(tx, id, now)
    facts = before === undefined ? {} : factsOfChange(before, change)
    if (change.name !== undefined && (await isNameTaken(tx, 'queue', change.name, id))) throw nameTaken()
    await assertReferences(tx, change)
    const columns = {
      name: change.name, team_id: change.teamId, restricted: change.restricted, calendar_id: change.calendarId, sla_policy_id: change.slaPolicyId, survey_id: change.surveyId, head_start: change.headStart,
      sla_margin_ms: change.slaMarginMs, offer_timeout_ms: change.offerTimeoutMs, units: change.units, reopen_ms: change.reopenMs, wrap_up_limit_ms: change.wrapUpLimitMs,
      pending_limit_ms: change.pendingLimitMs, owner_hold_ms: change.ownerHoldMs, last_agent_days: change.lastAgentDays, last_agent_hold_ms: change.lastAgentHoldMs,
      account_owner_hold_ms: change.accountOwnerHoldMs, auto_accept: change.autoAccept, pull: change.pull, keep_idle: change.keepIdle, rings: change.rings, greeting: change.greeting, overflow: change.overflow,
    }
    const queueId = id ?? newId(now)
    await assertPossible(tx, queueId, change)
    if (id === null) await insertRow(tx, 'queue', { id: queueId, created_at: now, ...columns })
    else await updateRow(tx, 'queue', id, columns)
    if (id !== null && change.teamId !== undefined) await shareOpenWork(tx, id)
    if (change.members !== undefined) await replaceMembers(tx, queueId, change.members)
    else if (change.memberIds !== undefined) await keepMembers(tx, queueId, change.memberIds)
    if (change.skills !== undefined) await replaceQueueSkills(tx, queueId, change.skills)
    if (id !== null && (change.slaPolicyId !== undefined || change.calendarId !== undefined)) await slaOnSettingsChanged(tx, now, effects)
    if (id !== null && (change.headStart !== undefined || change.slaMarginMs !== undefined)) {
      await rankAgain(tx, { queueId: id })
      // What came in at this moment may have been ranked by what held before: it is caught by the second look.
      effects.wake('timers', `rank ${id}`, new Date(now.getTime() + overlapMs))
    }
    return queueId
  })
  return readQueue(context, saved)
}

const overlapMs = 2_000

/** The second look at a queue whose head starts changed. Returns how many moved. */
export async function rankQueueAgain({ db, jobs }: Pick<SettingsContext, 'db' | 'jobs'>, queueId: string): Promise<number> {
  const moved = await db.tx((tx) => rankAgain(tx, { queueId }))
  if (moved > 0) jobs.wake('route', 'all')
  return moved
}

/** Another team works the queue: it sees whoever has an open contact there. */
async function shareOpenWork(tx: Tx, queueId: string): Promise<void> {
  await tx.execute(
    `insert into conversation_team (conversation_id, team_id)
     select c.conversation_id, q.team_id from contact c join queue q on q.id = c.queue_id where c.queue_id = $1 and c.state <> 'closed' on conflict do nothing`, [queueId])
}

const movedPerTransaction = 25
const movesMax = 400

/**
 * Retires a queue. Its open contacts and its channel accounts go to the target first, each contact keeping its place in the
 * line; without a target a queue that has either is refused, with how many.
 */
export async function retireQueue(context: SettingsContext, actor: StaffSession, id: string, targetQueueId: string | undefined): Promise<Queue> {
  if (targetQueueId !== undefined) await moveAll(context, id, targetQueueId)
  await changing(context, { actor, kind: 'queues', action: 'retired' }, async (tx, now) => {
    if (!(await lockRow(tx, 'queue', id))) throw notFound()
    const { contacts, accounts } = await tx.one<{ contacts: number; accounts: number }>(
      `select (select count(*)::int from contact where queue_id = $1 and state <> 'closed') as contacts, (select count(*)::int from channel_account where queue_id = $1 and retired_at is null) as accounts`, [id])
    if (contacts + accounts > 0) throw queueHasWork(contacts, accounts)
    await updateRow(tx, 'queue', id, { retired_at: now })
    await tx.execute('delete from queue_member where queue_id = $1', [id])
    await tx.execute(
      `update queue set overflow = jsonb_set(overflow, '{rules}', coalesce((select jsonb_agg(r.rule order by r.n) from jsonb_array_elements(overflow->'rules') with ordinality r(rule, n) where r.rule->'then'->>'queueId' is distinct from $1), '[]')), version = version + 1
       where overflow @> jsonb_build_object('rules', jsonb_build_array(jsonb_build_object('then', jsonb_build_object('queueId', $1::text))))`, [id])
    return id
  })
  return readQueue(context, id)
}

/** New arrivals first, so that no more come; then what is there, some at a time, each under its conversation's lock. */
async function moveAll(context: SettingsContext, id: string, targetQueueId: string): Promise<void> {
  const { db, clock } = context
  await db.tx(async (tx) => {
    if (!(await areKnown(tx, 'queue', [id]))) throw notFound()
    if (targetQueueId === id || !(await areKnown(tx, 'queue', [targetQueueId]))) throw badTarget()
    await tx.execute('update channel_account set queue_id = $2, version = version + 1 where queue_id = $1 and retired_at is null', [id, targetQueueId])
  })
  for (let run = 0; run < movesMax; run++) {
    const contacts = await db.query<{ id: string }>("select id from contact where queue_id = $1 and state <> 'closed' order by conversation_id limit $2", [id, movedPerTransaction])
    if (contacts.length === 0) return
    for (const contact of contacts) await moveContact(context, contact.id, id, targetQueueId, clock.now())
  }
}

async function moveContact(context: SettingsContext, contactId: string, fromQueueId: string, toQueueId: string, now: Date): Promise<void> {
  await commit(context, now, async (tx, effects) => {
    const conversation = await lockConversationOfContact(tx, contactId, now)
    const isStillThere = await tx.maybe("select 1 from contact where id = $1 and queue_id = $2 and state <> 'closed'", [contactId, fromQueueId])
    if (isStillThere === undefined) return
    const waiting = await tx.query<{ demand: Demand; channel: Channel; workableAt: Date; rankAt: Date }>(
      'select demand, channel, workable_at as "workableAt", rank_at as "rankAt" from queue_entry where contact_id = $1 and ended_at is null', [contactId])
    endEntries(tx, contactId, 'moved', 'all', null, now)
    for (const entry of waiting) await enterQueue(tx, { contactId, conversationId: conversation.id, queueId: toQueueId, ...entry }, now)
    const { teamId } = await tx.one<{ teamId: string }>('select team_id as "teamId" from queue where id = $1', [toQueueId])
    await shareWithTeam(tx, conversation, contactId, teamId, effects)
    await tellOpenSuggestions(tx, conversation.customerId, effects)
    const before = await loadContact(tx, contactId)
    const contact = await settleContact(tx, contactId, { queueId: toQueueId }, now)
    await slaOnPromiseChanged(tx, contactId, now, effects)
    effects.tell(contactEvent('contact.changed', conversation, contact, await restrictionChange(tx, conversation, before ?? contact, contact)))
    effects.wake('route', 'all')
  })
}

async function assertReferences(tx: Tx, change: QueueChange): Promise<void> {
  const named = [
    ['team', change.teamId], ['calendar', change.calendarId], ['sla_policy', change.slaPolicyId], ['survey', change.surveyId],
  ] as const
  for (const [table, reference] of named) {
    if (reference !== undefined && reference !== null && !(await areKnown(tx, table, [reference]))) throw unknownReference(table)
  }
  if (change.overflow !== undefined && !(await areKnown(tx, 'queue', overflowTargets(change.overflow)))) throw unknownReference('queue')
  const memberIds = change.members?.map(({ agentId }) => agentId) ?? change.memberIds ?? []
  if (!(await areKnown(tx, 'agent', memberIds))) throw unknownReference('members')
  if (!(await areKnown(tx, 'skill', (change.rings ?? []).flatMap(({ dropSkillIds }) => dropSkillIds)))) throw unknownReference('skills')
  if (change.skills !== undefined && !(await areKnown(tx, 'skill', change.skills.map(({ skillId }) => skillId)))) throw unknownReference('skills')
}

/** Refuses what could never do what it says; what only lacks people or hours is saved, and warned of. */
async function assertPossible(tx: Tx, queueId: string, change: QueueChange): Promise<void> {
  if (change.rings === undefined && change.overflow === undefined) return
  // All are locked, so that two changes at once cannot close a circle between them.
  const rows = await tx.query<{ id: string; overflow: Queue['overflow'] }>('select id, overflow from queue where retired_at is null order by id for no key update')
  const ways = new Map(rows.map(({ id, overflow }) => [id, overflowTargets(overflow)]))
  if (change.overflow !== undefined) ways.set(queueId, overflowTargets(change.overflow))
  const refused = refuseQueue({ id: queueId, rings: change.rings ?? [] }, ways)
  if (refused.length > 0) throw badQueue(refused)
}

function overflowTargets(overflow: Queue['overflow']): string[] {
  return overflow.rules?.flatMap(({ then }) => (then.do === 'queue' ? [then.queueId] : [])) ?? []
}

async function replaceMembers(tx: Tx, queueId: string, members: Queue['members']): Promise<void> {
  await tx.execute('delete from queue_member where queue_id = $1', [queueId])
  await tx.execute(
    `insert into queue_member (queue_id, agent_id, priority, units)
     select distinct on (m."agentId") $1, m."agentId", m.priority, m.units from jsonb_to_recordset($2::jsonb) as m("agentId" uuid, priority int, units jsonb)`,
    [queueId, JSON.stringify(members)])
}

/** Who stays keeps their priority and units. */
async function keepMembers(tx: Tx, queueId: string, memberIds: readonly string[]): Promise<void> {
  await tx.execute('delete from queue_member where queue_id = $1 and not agent_id = any($2::uuid[])', [queueId, memberIds])
  await tx.execute('insert into queue_member (queue_id, agent_id) select $1, m from unnest($2::uuid[]) m on conflict do nothing', [queueId, memberIds])
}

async function replaceQueueSkills(tx: Tx, queueId: string, skills: readonly { skillId: string; level: number }[]): Promise<void> {
  await tx.execute('delete from queue_skill where queue_id = $1', [queueId])
  await tx.execute(
    `insert into queue_skill (queue_id, skill_id, level) select $1, s."skillId", max(s.level) from jsonb_to_recordset($2::jsonb) as s("skillId" uuid, level int) group by s."skillId"`,
    [queueId, JSON.stringify(skills)],
  )
}
