/** The customers of the routing model: their telephones and the windows of their browsers, as the hub hears them. */
import { expect } from 'vitest'
import { leaveChat } from '#server/features/webchat/webchat.presence.ts'
import { sendFromVisitor } from '#server/features/webchat/webchat.usecases.ts'
import { admitVisitor, type Visitor } from '#server/features/webchat/webchat.visitors.ts'
import { companyNumber, credentials, type TestHub } from '../../support/hub.ts'
import { newNumber, newSid, twilioPost } from '../../support/factories.ts'

const customersMax = 6

interface Line {
  sessionId: string
  sid: string
  state: string
  agentLegId: string | null
  commandId: string | null
  inRoom: boolean
  round: number
}

export class Customers {
  readonly #hub: TestHub
  #numbers: string[] = []
  readonly #calls = new Map<number, string>()
  readonly #visitors = new Map<number, Visitor>()
  #said = 0

  constructor(hub: TestHub) {
    this.#hub = hub
  }

  /** Six whom nobody knows yet. */
  renew(): void {
    this.#numbers = Array.from({ length: customersMax }, () => newNumber())
    this.#calls.clear()
    this.#visitors.clear()
  }

  numberOf(customer: number): string {
    return this.#numbers[customer]!
  }

  async call(customer: number): Promise<void> {
    if (this.#calls.has(customer)) return
    const sid = newSid('CA')
    this.#calls.set(customer, sid)
    await this.#post('/webhooks/twilio/voice', sid, this.numberOf(customer), { CallStatus: 'ringing' })
  }

  /** Their telephone is put down; the provider says so, and of a talk that it ended. */
  async hangUp(customer: number): Promise<void> {
    const sid = this.#calls.get(customer)
    if (!sid) return
    this.#calls.delete(customer)
    await this.#ended(sid, this.numberOf(customer))
  }

  async hangUpAll(): Promise<void> {
    for (const customer of this.#calls.keys()) await this.hangUp(customer)
  }

  async #ended(sid: string, from: string): Promise<void> {
    await this.#post('/webhooks/twilio/status', sid, from, { CallStatus: 'completed' })
  }

  /** The telephone of an agent for one of the calls: is picked up and fetches the caller, rings out, or is put down after talk. */
  async agentTelephone(nth: number, does: 'answers' | 'rings-out' | 'hangs-up'): Promise<void> {
    const open = await this.#lines(does === 'hangs-up' ? 'bridged' : 'connecting')
    const found = open[nth % open.length]
    if (!found) return
    const { line, customer } = found
    const [sid, from] = [line.sid, this.numberOf(customer)]
    const query = { session: line.sessionId, command: line.commandId ?? '' }
    if (does === 'hangs-up' && line.state === 'bridged') {
      if (line.inRoom) await this.#post('/webhooks/twilio/voice/room-left', sid, from, { CallStatus: 'in-progress' }, { session: line.sessionId, round: String(line.round) })
      else await this.#post('/webhooks/twilio/voice/queue-left', sid, from, { CallStatus: 'in-progress', QueueResult: 'bridged' }, { session: line.sessionId, round: String(line.round) })
      // They hear goodbye and the line is closed.
      return this.hangUp(customer)
    }
    if (line.state !== 'connecting' || !line.commandId) return
    const leg = newSid('CA')
    if (does === 'rings-out') return this.#post('/webhooks/twilio/voice/agent-status', leg, companyNumber, { CallStatus: 'no-answer', To: 'client:agent', Direction: 'outbound-api' }, query)
    await this.#post('/webhooks/twilio/voice/agent-leg', leg, companyNumber, { CallStatus: 'in-progress', To: 'client:agent', Direction: 'outbound-api' }, query)
    await this.#post('/webhooks/twilio/voice/about-to-connect', sid, from, { CallStatus: 'in-progress', DequeingCallSid: leg }, { session: line.sessionId })
  }

  /** The telephones of all who were asked to help on the calls: they answer and all meet in the room, or are put down. */
  async helperTelephones(do_: 'answer' | 'hang-up'): Promise<void> {
    for (const { line, customer } of await this.#lines('bridged')) await this.#helpersOf(line, this.numberOf(customer), do_)
  }

  async #helpersOf(line: Line, from: string, do_: 'answer' | 'hang-up'): Promise<void> {
    const legs = await this.#hub.db.query<{ commandId: string; externalId: string; state: string }>(
      `select data->>'commandId' as "commandId", external_id as "externalId", state from session where kind = 'call' and contact_id is null and ended_at is null and data->>'callId' = $1`, [line.sessionId])
    for (const { commandId, externalId, state } of legs) {
      const query = { session: line.sessionId, command: commandId }
      const leg = externalId.startsWith('CA') ? externalId : newSid('CA')
      if (do_ === 'hang-up') await this.#post('/webhooks/twilio/voice/helper-status', leg, companyNumber, { CallStatus: state === 'bridged' ? 'completed' : 'busy', To: 'client:agent', Direction: 'outbound-api' }, query)
      else if (state === 'connecting') {
        await this.#post('/webhooks/twilio/voice/helper-leg', leg, companyNumber, { CallStatus: 'in-progress', To: 'client:agent', Direction: 'outbound-api' }, query)
        if (!line.inRoom) await this.#post('/webhooks/twilio/voice/queue-left', line.sid, from, { CallStatus: 'in-progress', QueueResult: 'bridged' }, { session: line.sessionId, round: String(line.round) })
      }
    }
  }

  async chat(customer: number): Promise<void> {
    const { db, context } = this.#hub
    let visitor = this.#visitors.get(customer)
    if (!visitor) {
      const site = await db.one<{ id: string }>(`select id from channel_account where channel = 'webchat' limit 1`)
      visitor = await admitVisitor(context, { accountId: site.id }, () => true)
      this.#visitors.set(customer, visitor)
    }
    await sendFromVisitor(context, visitor, { clientId: `said-${String(++this.#said).padStart(8, '0')}`, text: 'Is anybody there?', attachmentIds: [] })
  }

  async leaveChat(customer: number): Promise<void> {
    const visitor = this.#visitors.get(customer)
    if (visitor) await leaveChat(this.#hub.context, visitor.id)
  }

  async leaveAllChats(): Promise<void> {
    for (const customer of this.#visitors.keys()) await this.leaveChat(customer)
  }

  async #lines(state: 'connecting' | 'bridged'): Promise<{ line: Line; customer: number }[]> {
    const lines = await this.#hub.db.query<Line>(
      `select id as "sessionId", external_id as sid, state, agent_leg_id as "agentLegId", data->>'commandId' as "commandId", coalesce((data->>'inRoom')::boolean, false) as "inRoom", coalesce((data->>'round')::int, 1) as round
       from session where state = $1 and external_id = any($2) and ended_at is null order by started_at, id`, [state, [...this.#calls.values()]])
    const customers = new Map([...this.#calls].map(([customer, sid]) => [sid, customer]))
    return lines.map((line) => ({ line, customer: customers.get(line.sid)! }))
  }

  async #post(path: string, sid: string, from: string, params: Record<string, string>, query?: Record<string, string>): Promise<void> {
    const status = await twilioPost(this.#hub.config, query ? `${path}?${new URLSearchParams(query).toString()}` : path, {
      CallSid: sid, From: from, To: companyNumber, AccountSid: credentials.accountSid, Direction: 'inbound', ApiVersion: '2010-04-01', StirVerstat: 'TN-Validation-Passed-A', ...params,
    })
    expect(status, path).toBe(200)
  }
}

const broken: Record<string, string> = {
  'an agent on two calls at once': `select agent_id, jsonb_agg(jsonb_build_object('contact', contact_id, 'state', state, 'data', data)) as calls from session where kind = 'call' and state in ('connecting', 'bridged') and ended_at is null and agent_id is not null group by 1 having count(*) > 1`,
  'a call that is over with somebody helping on it': `
    select s.id from session s join session c on c.id = (s.data->>'callId')::uuid where s.kind = 'call' and s.contact_id is null and s.ended_at is null and c.ended_at is not null`,
  'somebody on the line who helps no longer': `select k.id from consult k join session s on s.id = k.session_id where k.left_at is not null and s.ended_at is null`,
  'the owner helps themselves': `select k.id from consult k join offer o on o.id = k.offer_id join assignment a on a.contact_id = o.contact_id and a.released_at is null and a.agent_id = k.agent_id where k.left_at is null`,
  'somebody helps with what is closed': `select k.id from consult k join offer o on o.id = k.offer_id join contact c on c.id = o.contact_id where k.left_at is null and c.state = 'closed'`,
  // Handed to a queue it waits again, whoever is still on the line for a moment.
  'a talk whose agent holds less than a call': `
    select s.id from session s join assignment a on a.contact_id = s.contact_id and a.agent_id = s.agent_id and a.released_at is null
    where s.kind = 'call' and s.state = 'bridged' and s.ended_at is null and a.live_units < 100
      and not exists (select 1 from queue_entry e where e.contact_id = s.contact_id and e.demand = 'call' and e.ended_at is null)`,
  'on hold with nobody to talk apart': `
    select s.id from session s where s.data->>'heldSince' is not null and s.ended_at is null and not exists (select 1 from session h where h.contact_id is null and h.ended_at is null and h.data->>'callId' = s.id::text)`,
}

/** What must hold of calls and help at every moment. */
export async function expectCallsInOrder({ db }: Pick<TestHub, 'db'>): Promise<void> {
  for (const [what, sql] of Object.entries(broken)) expect(await db.query(sql), what).toEqual([])
}
