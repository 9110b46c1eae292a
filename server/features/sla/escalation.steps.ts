/**
 * The actions of a policy's steps. Each is a row that is unique by clock, share and position, written in the transaction that
 * fires: what acts on our own rows is done in it, what leaves the house leaves by outbound rows and retried webhooks. A kill
 * anywhere undoes all of it or nothing.
 */
import type { SlaAction } from '#contract/api/sla.ts'
import type { Locale } from '#contract/words.ts'
import { staffNoticeTexts } from '#contract/i18n/staff-notices.ts'
import type { Context } from '../../context.ts'
import type { Firing } from '../../domain/sla.ts'
import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import { newId } from '../../platform/ids.ts'
import { loadContact } from '../contacts/contacts.store.ts'
import { moveToQueue } from '../contacts/moving.steps.ts'
import { addSystemFact, lockConversation } from '../conversations/conversations.steps.ts'
import { notify } from '../notifications/notifications.steps.ts'
import { queueNotice } from '../outbound/outbound.steps.ts'
import { rankAgain } from '../queues/entries.steps.ts'
import { withdrawOffers } from '../routing/offers.steps.ts'
import type { DueClock, TouchedContact } from './firing.store.ts'
import { slaOnPromiseChanged } from './sla.steps.ts'

type EscalationContext = Pick<Context, 'secrets' | 'config'>

export interface Escalating {
  clock: DueClock
  contact: TouchedContact
  /** Told of everything that fires on this contact. */
  watcherIds: readonly string[]
  steps: readonly { firing: Firing; actions: readonly SlaAction[] }[]
}

/** Who watches these contacts, or one that was folded into them. */
export async function loadWatchers(tx: Pick<Tx, 'query'>, contactIds: readonly string[]): Promise<Map<string, string[]>> {
  const rows = await tx.query<{ contactId: string; agentIds: string[] }>(
    `select coalesce(c.merged_into_id, c.id) as "contactId", array_agg(distinct w.agent_id) as "agentIds" from contact_watcher w join contact c on c.id = w.contact_id
     where c.id = any($1::uuid[]) or c.merged_into_id = any($1::uuid[]) group by 1`, [contactIds])
  return new Map(rows.map((row) => [row.contactId, row.agentIds]))
}

export async function escalate(tx: Tx, context: EscalationContext, escalating: Escalating, now: Date, effects: Effects): Promise<void> {
  for (const { firing, actions } of escalating.steps) {
    await notify(tx, escalating.watcherIds, noticeOf(escalating, firing), now, effects)
    for (const [position, action] of actions.entries()) {
      const id = newId(now)
      const isFirst = await tx.execute(
        `insert into sla_escalation (id, clock_id, contact_id, policy_id, share, position, action, state, at) values ($1, $2, $3, $4, $5, $6, $7, 'pending', $8) on conflict (clock_id, share, position) do nothing`,
        [id, escalating.clock.id, escalating.contact.id, escalating.clock.policyId, firing.share, position, JSON.stringify(action), now])
      if (isFirst === 0) continue
      const done = await take(tx, context, { ...escalating, id, firing }, action, now, effects)
      await tx.execute(`update sla_escalation set state = $2, reason = $3, outbound_id = $4, next_attempt_at = $5, done_at = $6 where id = $1`,
        [id, done.state, done.reason ?? null, done.outboundId ?? null, done.state === 'pending' ? now : null, done.state === 'pending' ? null : now])
    }
  }
}

type Taking = Escalating & { id: string; firing: Firing }
interface Taken {
  state: 'pending' | 'done' | 'skipped'
  reason?: string
  outboundId?: string
}

async function take(tx: Tx, context: EscalationContext, taking: Taking, action: SlaAction, now: Date, effects: Effects): Promise<Taken> {
  switch (action.kind) {
    case 'notify':
      return notifyPeople(tx, taking, action, now, effects)
    case 'raise-priority':
      return raisePriority(tx, taking, action.by, now, effects)
    case 'move-queue':
      return moveQueue(tx, taking, action.queueId, now, effects)
    case 'add-supervisor':
      return addSupervisor(tx, taking, action.agentId, now, effects)
    case 'slack':
      return postToSlack(tx, context, taking, action, now, effects)
    case 'webhook':
      effects.wake('timers', 'webhooks')
      return { state: 'pending' }
  }
}

async function notifyPeople(tx: Tx, taking: Taking, action: Extract<SlaAction, { kind: 'notify' }>, now: Date, effects: Effects): Promise<Taken> {
  const people = await tx.query<{ id: string }>(
    `select a.id from agent a where a.retired_at is null and (a.id = any($1::uuid[]) or ($3 and a.role in ('supervisor', 'admin')) or exists (select 1 from team_member m where m.agent_id = a.id and m.team_id = any($2::uuid[])))
     union select $4::uuid where $4 is not null`,
    [action.agentIds, action.teamIds, action.supervisors, action.owner ? taking.contact.ownerId : null])
  const fresh = people.map((person) => person.id).filter((id) => !taking.watcherIds.includes(id))
  await notify(tx, fresh, noticeOf(taking, taking.firing), now, effects)
  return people.length > 0 ? { state: 'done' } : { state: 'skipped', reason: 'nobody' }
}

const priorityMax = 9

/** Its place in the line follows, and what it is promised where that hangs on priority. */
async function raisePriority(tx: Tx, { contact }: Taking, by: number, now: Date, effects: Effects): Promise<Taken> {
  const raised = await tx.execute(`update contact set priority = least(priority + $2, ${priorityMax}) where id = $1 and priority < ${priorityMax}`, [contact.id, by])
  if (raised === 0) return { state: 'skipped', reason: 'highest-already' }
  await slaOnPromiseChanged(tx, contact.id, now, effects)
  await rankAgain(tx, { contactId: contact.id })
  effects.wake('route', 'all')
  return { state: 'done' }
}

async function moveQueue(tx: Tx, { contact }: Taking, queueId: string, now: Date, effects: Effects): Promise<Taken> {
  const held = await loadContact(tx, contact.id)
  if (!held || held.state === 'closed') return { state: 'skipped', reason: 'closed' }
  if (held.queueId === queueId) return { state: 'skipped', reason: 'there-already' }
  // Nobody is pulled out of a call or a chat.
  if (held.liveSessions > 0 && held.ownerId) return { state: 'skipped', reason: 'in-session' }
  if (!(await tx.maybe('select 1 from queue where id = $1 and retired_at is null', [queueId]))) return { state: 'skipped', reason: 'queue-retired' }
  const conversation = await lockConversation(tx, contact.conversationId, now)
  await withdrawOffers(tx, conversation, contact.id, 'escalated', now, effects)
  await moveToQueue({ tx, effects, conversation, contact: held, now }, queueId, null)
  return { state: 'done' }
}

/** They are told of everything that fires on this contact from here on; the conversation says so. */
async function addSupervisor(tx: Tx, taking: Taking, agentId: string, now: Date, effects: Effects): Promise<Taken> {
  const { contact } = taking
  const person = await tx.maybe<{ name: string }>(`select name from agent where id = $1 and retired_at is null and role in ('supervisor', 'admin')`, [agentId])
  if (!person) return { state: 'skipped', reason: 'nobody' }
  const isNew = await tx.execute('insert into contact_watcher (contact_id, agent_id, at) values ($1, $2, $3) on conflict do nothing', [contact.id, agentId, now])
  if (isNew === 0) return { state: 'skipped', reason: 'there-already' }
  const conversation = await lockConversation(tx, contact.conversationId, now)
  const fact = await addSystemFact(tx, conversation, contact.id, contact.channel, { code: 'supervisor-added', facts: { agentId } }, now)
  effects.tell({ type: 'message.added', conversationId: conversation.id, contactId: contact.id, refs: { messageIds: [fact.id] }, rooms: [`conversation:${conversation.id}`, `conversation:${conversation.id}:full`] })
  await notify(tx, [agentId], noticeOf(taking, taking.firing), now, effects)
  return { state: 'done' }
}

async function postToSlack(tx: Tx, context: EscalationContext, { id, clock, contact, firing }: Taking, action: Extract<SlaAction, { kind: 'slack' }>, now: Date, effects: Effects): Promise<Taken> {
  const account = await tx.maybe<{ locale: Locale | null }>(`select settings->>'locale' as locale from channel_account where id = $1 and retired_at is null and channel = 'slack' and staff_only`, [action.accountId])
  if (!account) return { state: 'skipped', reason: 'account-retired' }
  const { queue } = await tx.one<{ queue: string }>('select q.name as queue from contact c join queue q on q.id = c.queue_id where c.id = $1', [contact.id])
  const t = staffNoticeTexts(account.locale ?? 'en')
  const text = t(firing.isBreach ? 'breached' : 'warned', {
    target: t(`sla.${clock.kind}`), percent: Math.round(firing.share * 100), queue, channel: t(`channel.${clock.channel}`), link: `${context.config.publicUrl}/inbox/all/${contact.conversationId}`,
  })
  const outboundId = queueNotice(tx, { lane: `sla:${id}`, channel: 'slack', accountId: action.accountId, address: action.channelId, sealed: context.secrets.sealSecret(JSON.stringify({ subject: null, text })) }, now, effects)
  return { state: 'done', outboundId }
}

function noticeOf({ clock, contact }: Escalating, firing: Firing): Parameters<typeof notify>[2] {
  return { kind: firing.isBreach ? 'sla-breached' : 'sla-warned', contactId: contact.id, facts: { target: clock.kind, percent: Math.round(firing.share * 100), queueId: clock.queueId, channel: clock.channel } }
}
