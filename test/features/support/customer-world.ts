import { settleContact } from '#server/features/contacts/contacts.steps.ts'
import { insertCustomerWithIdentity } from '#server/features/customers/customers.steps.ts'
import { addMessage, lockConversation } from '#server/features/conversations/conversations.steps.ts'
import { fixedClock } from '#server/platform/clock.ts'
import type { Db, Statements } from '#server/platform/db.ts'
import { newId } from '#server/platform/ids.ts'
import type { Address } from '#server/domain/identity.ts'
import type { Channel, Direction } from '#contract/words.ts'
import type { Context } from '#server/context.ts'

const minuteMs = 60_000
export const start = new Date('2026-03-02T09:00:00Z')
export const minute = (n: number): Date => new Date(start.getTime() + n * minuteMs)

/** A context without workers: use cases write, nothing is sent. */
export function quietContext(db: Db, at: Date = start) {
  const clock = fixedClock(at)
  const jobs: Context['jobs'] = { wake() {}, flush: async () => {}, idle: async () => {}, work: async () => {}, every: async () => {}, close: async () => {} }
  const relay: Context['relay'] = { wake() {}, hold: () => () => {}, flush: async () => {}, isHolder: false, close: async () => {} }
  return { db, clock, jobs, relay }
}

export interface World {
  teamIds: [string, string]
  /** The last queue is restricted, of the second team. */
  queueIds: [string, string, string]
  agentIds: string[]
  supervisorId: string
  accountIds: Record<Channel, string>
  policyId: string
}

/** A company: two teams, an open and another queue, a restricted one, four agents (two per team), one account per channel. */
export async function makeWorld(db: Statements): Promise<World> {
  const id = () => newId(start)
  const teamIds: World['teamIds'] = [id(), id()]
  for (const [i, team] of teamIds.entries()) await db.execute('insert into team (id, name) values ($1, $2)', [team, `team ${i} ${team}`])
  const policyId = id()
  await db.execute(`insert into sla_policy (id, name, targets) values ($1, $2, '{}')`, [policyId, `policy ${policyId}`])
  const queueIds: World['queueIds'] = [id(), id(), id()]
  for (const [i, queue] of queueIds.entries()) {
    await db.execute('insert into queue (id, name, team_id, restricted, created_at) values ($1, $2, $3, $4, $5)', [queue, `queue ${i} ${queue}`, teamIds[i === 0 ? 0 : 1], i === 2, start])
  }
  const agentIds = [id(), id(), id(), id()]
  for (const [i, agent] of agentIds.entries()) {
    await db.execute('insert into agent (id, name, email, created_at, updated_at) values ($1, $2, $3, $4, $4)', [agent, `Agent ${i}`, `${agent}@example.com`, start])
    await db.execute('insert into agent_state (agent_id, presence, since, load_since, idle_since) values ($1, $2, $3, $3, $3)', [agent, 'available', start])
    await db.execute('insert into team_member (team_id, agent_id) values ($1, $2)', [teamIds[i < 2 ? 0 : 1], agent])
  }
  const supervisorId = id()
  await db.execute(`insert into agent (id, name, email, role, created_at, updated_at) values ($1, 'Supervisor', $2, 'supervisor', $3, $3)`, [supervisorId, `${supervisorId}@example.com`, start])
  const accountIds = {} as World['accountIds']
  for (const channel of ['voice', 'webchat', 'email', 'sms', 'whatsapp', 'slack'] as const) {
    accountIds[channel] = id()
    await db.execute('insert into channel_account (id, channel, address, name, queue_id, created_at) values ($1, $2, $3, $4, $5, $6)', [accountIds[channel], channel, accountIds[channel], channel, queueIds[0], start])
  }
  return { teamIds, queueIds, agentIds, supervisorId, accountIds, policyId }
}

export interface Person {
  customerId: string
  conversationId: string
  /** The first is the one they were made with. */
  identityIds: string[]
  addresses: Address[]
}

let serial = 0
export const freshEmail = (): Address => ({ kind: 'email', realm: '', value: `person${++serial}@example.com` })
export const freshPhone = (): Address => ({ kind: 'phone', realm: '', value: `+4930${String(++serial).padStart(7, '0')}` })

export async function makePerson(db: Db, options: { name?: string | null; address?: Address | null; evidence?: 'proved' | 'claimed'; at?: Date } = {}): Promise<Person> {
  const address = options.address === undefined ? freshEmail() : options.address
  const made = await db.tx(async (tx) => insertCustomerWithIdentity(tx, { name: options.name ?? null, address, evidence: options.evidence ?? 'proved', proof: 'carrier' }, options.at ?? start))
  return { customerId: made.customerId, conversationId: made.conversationId, identityIds: [made.identityId], addresses: [address ?? { kind: 'call', realm: '', value: made.identityId }] }
}

export async function addAddress(db: Db, person: Person, address: Address, at = start): Promise<string> {
  const id = newId(at)
  await db.execute(
    `insert into identity (id, customer_id, kind, realm, value, evidence, proof, proved_at, created_at, last_seen_at) values ($1, $2, $3, $4, $5, 'proved', 'carrier', $6, $6, $6)`,
    [id, person.customerId, address.kind, address.realm, address.value, at])
  person.identityIds.push(id)
  person.addresses.push(address)
  return id
}

export interface Said {
  contactId?: string | null
  turnId?: string | null
  direction?: Direction
  identityId?: string | null
  channel?: Channel
  agentId?: string | null
  text?: string
}

/** One item at the end of the person's conversation (or of the one they are part of now). */
export async function say(db: Db, conversationId: string, said: Said, at: Date): Promise<string> {
  return db.tx(async (tx) => {
    const conversation = await lockConversation(tx, conversationId, at)
    const direction = said.direction ?? 'inbound'
    const message = await addMessage(tx, conversation, {
      contactId: said.contactId ?? null, turnId: said.turnId ?? null, identityId: said.identityId ?? null, kind: direction === 'internal' ? 'note' : 'text', channel: said.channel ?? 'email',
      direction, status: direction === 'outbound' ? 'sent' : 'received', text: said.text ?? `text ${++serial}`, agentId: said.agentId ?? null, ...(said.contactId ? {} : {}),
    }, at)
    return message.id
  })
}

export interface OpenContact {
  at: Date
  queueId: string
  /** The agent who has it. */
  ownerId?: string | null
  offeredTo?: string | null
  entries?: readonly ('call' | 'chat' | 'messages')[]
  session?: 'call' | 'chat' | null
  /** An unanswered turn. */
  unanswered?: boolean
  pending?: boolean
  clocks?: readonly ('time-to-answer' | 'first-response' | 'next-response' | 'resolution')[]
}

/** An open contact with rows as the use cases leave them, its state derived by the one function. */
export async function openContactOf(db: Db, world: World, person: Person, open: OpenContact): Promise<{ contactId: string; turnId: string | null; sessionId: string | null; entryIds: string[]; offerId: string | null }> {
  return db.tx(async (tx) => {
    const { at } = open
    const contactId = newId(at)
    const conversationId = person.conversationId
    await tx.execute(
      `insert into contact (id, conversation_id, queue_id, state, channel, opened_at, workable_at, last_inbound_at, last_message_at, snippet, updated_at, pending_until)
       values ($1, $2, $3, 'arriving', 'email', $4, $4, $4, $4, 'hello', $4, $5)`,
      [contactId, conversationId, open.queueId, at, open.pending ? new Date(at.getTime() + 72 * 3_600_000) : null])
    await tx.execute('insert into conversation_team (conversation_id, team_id) select $1, team_id from queue where id = $2 on conflict do nothing', [conversationId, open.queueId])
    const conversation = await lockConversation(tx, conversationId, at)
    const turnId = open.unanswered ? newId(at) : null
    const message = await addMessage(tx, conversation, { contactId, turnId, identityId: person.identityIds[0] ?? null, kind: 'text', channel: 'email', direction: 'inbound', status: 'received', text: 'hello' }, at)
    if (turnId) await tx.execute('insert into turn (id, conversation_id, contact_id, started_at, first_message_id) values ($1, $2, $3, $4, $5)', [turnId, conversationId, contactId, at, message.id])
    const entryIds: string[] = []
    for (const demand of open.entries ?? []) {
      const entryId = newId(at)
      await tx.execute(
        `insert into queue_entry (id, contact_id, conversation_id, queue_id, demand, channel, enqueued_at, workable_at, rank_at) values ($1, $2, $3, $4, $5, $6, $7, $7, $7)`,
        [entryId, contactId, conversationId, open.queueId, demand, demand === 'call' ? 'voice' : demand === 'chat' ? 'webchat' : 'email', at])
      entryIds.push(entryId)
    }
    let sessionId: string | null = null
    if (open.session) {
      sessionId = newId(at)
      await tx.execute(
        `insert into session (id, contact_id, conversation_id, kind, state, account_id, identity_id, started_at) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
        [sessionId, contactId, conversationId, open.session, open.session === 'call' ? 'queued' : 'live', world.accountIds[open.session === 'call' ? 'voice' : 'webchat'], person.identityIds[0], at])
    }
    if (open.ownerId) {
      await tx.execute(
        `insert into assignment (id, contact_id, conversation_id, agent_id, channel, live_units, deferred_units, accepted_at) values ($1, $2, $3, $4, 'email', 0, $5, $6)`,
        [newId(at), contactId, conversationId, open.ownerId, open.pending ? 0 : 20, at])
    }
    let offerId: string | null = null
    if (open.offeredTo) {
      offerId = newId(at)
      await tx.execute(
        `insert into offer (id, contact_id, conversation_id, entry_id, agent_id, kind, channel, live_units, deferred_units, offered_at, expires_at) values ($1, $2, $3, $4, $5, 'contact', 'email', 0, 20, $6, $7)`,
        [offerId, contactId, conversationId, entryIds[0] ?? null, open.offeredTo, at, new Date(at.getTime() + 24 * 3_600_000)])
    }
    for (const kind of open.clocks ?? []) {
      await tx.execute(
        `insert into sla_clock (id, contact_id, conversation_id, turn_id, kind, policy_id, queue_id, channel, target_ms, state, started_at, intervals, warn_at, due_at)
         values ($1, $2, $3, $4, $5, $6, $7, 'email', 3600000, 'running', $8, '[]', $9, $10)`,
        [newId(at), contactId, conversationId, kind === 'next-response' ? turnId : null, kind, world.policyId, open.queueId, at, new Date(at.getTime() + 48 * minuteMs), new Date(at.getTime() + 60 * minuteMs)])
    }
    await settleContact(tx, contactId, {}, at)
    return { contactId, turnId, sessionId, entryIds, offerId }
  })
}

/** A contact that ended before, with its messages. */
export async function closedContactOf(db: Db, person: Person, queueId: string, at: Date, messages = 2): Promise<string> {
  const contactId = newId(at)
  await db.execute(
    `insert into contact (id, conversation_id, queue_id, state, outcome, channel, opened_at, closed_at, updated_at) values ($1, $2, $3, 'closed', 'handled', 'email', $4, $5, $5)`,
    [contactId, person.conversationId, queueId, at, new Date(at.getTime() + minuteMs)])
  await db.execute('insert into conversation_team (conversation_id, team_id) select $1, team_id from queue where id = $2 on conflict do nothing', [person.conversationId, queueId])
  for (let i = 0; i < messages; i++) {
    await say(db, person.conversationId, { contactId, identityId: person.identityIds[0] ?? null, direction: i % 2 === 0 ? 'inbound' : 'outbound' }, new Date(at.getTime() + i * 1000))
  }
  return contactId
}
