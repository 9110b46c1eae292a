/** The company with all who look on, and what the table of use cases does in it. */
import { expect } from 'vitest'
import type { Role } from '#contract/words.ts'
import { maySeeConversation } from '#server/features/customers/customers.visibility.ts'
import { newId } from '#server/platform/ids.ts'
import { until } from '../support/deadline.ts'
import { newNumber, twilioText } from '../support/factories.ts'
import { startTestHub, type PersonName, type Staff, type TestHub } from '../support/hub.ts'
import { shownBy, shownToVisitor, StaffViewer, VisitorViewer } from '../support/viewers.ts'

const convergesWithinMs = 2_000
const roles: Record<PersonName, Role> = { robin: 'admin', sam: 'supervisor', lena: 'agent', jonas: 'agent', wei: 'agent', priya: 'agent' }

export interface Customer {
  number: string
  customerId: string
  conversationId: string
  contactId: string
}

export class World {
  readonly hub: TestHub
  readonly staff: Record<PersonName, Staff>
  readonly viewers: Record<PersonName, StaffViewer>
  readonly visitor: VisitorViewer
  readonly otherVisitor: VisitorViewer
  /** Whom the use cases are about; some begin a new one. */
  who: Customer = { number: '', customerId: '', conversationId: '', contactId: '' }
  #clientIds = 0

  constructor(hub: TestHub, staff: World['staff'], viewers: World['viewers'], visitor: VisitorViewer, otherVisitor: VisitorViewer) {
    this.hub = hub
    this.staff = staff
    this.viewers = viewers
    this.visitor = visitor
    this.otherVisitor = otherVisitor
  }

  /** A text by SMS; the world is about its sender from now on. */
  async text(words: string, number = this.who.number): Promise<void> {
    expect((await twilioText(this.hub.door(), { from: number, text: words })).status).toBe(200)
    await this.about(number)
  }

  /** A text by WhatsApp from Mei Chen, through the stand-in: only it reports what was read. */
  async whatsapp(words: string): Promise<void> {
    await this.hub.simulator!.customers.whatsapp('+14155550101', words)
    await this.about('+14155550101')
  }

  async slack(words: string): Promise<void> {
    await this.hub.simulator!.customers.slackDm('U0MEICHEN', words)
    await this.about('U0MEICHEN')
  }

  /** The provider's id of what the customer wrote last. */
  async lastExternalId(): Promise<string> {
    return (await this.hub.db.one<{ id: string }>(`select external_id as id from message where conversation_id = $1 and direction = 'inbound' order by seq desc limit 1`, [this.who.conversationId])).id.split(':').at(-1) ?? ''
  }

  /** The visitor types an address that is somebody else's. */
  async claims(value: string): Promise<void> {
    await this.visitor.ask('introduce', value.includes('@') ? { email: value } : { phone: value })
    await until('a suggestion', () => this.hub.db.maybe(`select 1 from merge_suggestion where state = 'open' and evidence->0->>'value' = $1`, [value]))
  }

  newcomer(words: string): Promise<void> {
    return this.text(words, newNumber())
  }

  async about(number: string): Promise<void> {
    this.who = { number, ...(await this.hub.db.one<Omit<Customer, 'number'>>(
      `select co.customer_id as "customerId", co.id as "conversationId", (select c.id from contact c where c.conversation_id = co.id order by c.opened_at desc limit 1) as "contactId"
       from identity i join conversation co on co.customer_id = i.customer_id where i.value = $1 order by i.created_at limit 1`, [number])) }
  }

  as(name: PersonName): Staff {
    return this.staff[name]
  }

  presence(name: PersonName, presence: 'available' | 'break' | 'offline'): Promise<unknown> {
    return this.as(name).must('POST', '/presence', { presence, reason: presence === 'break' ? 'lunch' : null })
  }

  /** The open offer of the contact, once it is this agent's. */
  async offer(name: PersonName): Promise<string> {
    const row = await until(`an offer to ${name}`, () => this.hub.db.maybe<{ id: string }>('select id from offer where contact_id = $1 and agent_id = $2 and ended_at is null', [this.who.contactId, this.as(name).id]))
    return row.id
  }

  async accept(name: PersonName): Promise<void> {
    await this.as(name).must('POST', `/offers/${await this.offer(name)}/accept`)
  }

  act(name: PersonName, what: string, body?: object): Promise<unknown> {
    return this.as(name).must('POST', `/contacts/${this.who.contactId}/${what}`, body)
  }

  async reply(name: PersonName, text: string, channel = 'sms'): Promise<string> {
    const reach = await this.as(name).must('GET', `/conversations/${this.who.conversationId}/reachability`)
    const way = reach.options.find((option: { channel: string; reachable: boolean }) => option.channel === channel && option.reachable)
    const message = await this.as(name).must('POST', `/conversations/${this.who.conversationId}/messages`, {
      kind: 'reply', clientId: this.clientId(), text, channel, identityId: way?.identityId, accountId: way?.accountId, ...(channel === 'email' ? { subject: 'Your lamp' } : {}),
    })
    return message.id
  }

  async note(name: PersonName, text: string): Promise<void> {
    await this.as(name).must('POST', `/conversations/${this.who.conversationId}/messages`, { kind: 'note', clientId: this.clientId(), text })
  }

  clientId(): string {
    return `client-${String(this.#clientIds++).padStart(6, '0')}`
  }

  async close(name: PersonName): Promise<void> {
    const disposition = await this.hub.db.one<{ id: string }>(`select id from disposition where name = 'Answered'`)
    await this.act(name, 'close', { dispositionId: disposition.id, settle: true })
  }

  async queue(name: string): Promise<string> {
    return (await this.hub.db.one<{ id: string }>('select id from queue where name = $1', [name])).id
  }

  async changeQueue(name: string, change: object): Promise<void> {
    await this.as('robin').must('PATCH', `/queues/${await this.queue(name)}`, change)
  }

  /** Who of the team's members stays or comes; `change` gets the ids. */
  async changeTeam(name: string, change: (memberIds: string[]) => string[]): Promise<void> {
    const { items } = await this.as('robin').must('GET', '/teams')
    const team = (items as { id: string; name: string; memberIds: string[] }[]).find((one) => one.name === name)
    await this.as('robin').must('PATCH', `/teams/${team?.id}`, { memberIds: change(team?.memberIds ?? []) })
  }

  async status(messageId: string, status: string): Promise<void> {
    let is = ''
    await until(`the message to be ${status}`, async () => {
      is = (await this.hub.db.one<{ status: string }>('select status from message where id = $1', [messageId])).status
      return is === status
    }).catch((error: unknown) => { throw new Error(`it is ${is}`, { cause: error }) })
  }

  /** Everybody who may opens the conversation the world is about. */
  async everybodyLooks(): Promise<void> {
    if (this.who.conversationId === '') return
    for (const [name, viewer] of this.#windows()) {
      const sees = await maySeeConversation(this.hub.db, { staffId: viewer.staff.id, role: roles[name] }, this.who.conversationId)
      if (sees && viewer.openId !== this.who.conversationId) await viewer.open(this.who.conversationId)
    }
  }

  /** R11: what each saw and was told since is what a window opened now would show, and nobody was told of what is not theirs. */
  async check(): Promise<void> {
    await this.hub.quiet()
    for (const [name, viewer] of this.#windows()) {
      await this.#sameAsFresh(viewer)
      await this.#toldNothingHidden(name, viewer)
      expect(viewer.problems).toEqual([])
    }
    for (const visitor of [this.visitor, this.otherVisitor]) {
      await this.#visitorSameAsFresh(visitor)
      expect(visitor.problems).toEqual([])
    }
    await this.#roomsAreGapless()
  }

  async #sameAsFresh(viewer: StaffViewer): Promise<void> {
    const end = performance.now() + convergesWithinMs
    for (;;) {
      await viewer.refreshStale()
      const fresh = await viewer.fresh()
      const [held, wanted] = [shownBy(viewer.state, viewer.openId), shownBy(fresh, viewer.openId)]
      if (JSON.stringify(held) === JSON.stringify(wanted)) return
      if (performance.now() > end) expect({ who: viewer.name, ...held }).toEqual({ who: viewer.name, ...wanted })
      if (performance.now() > end) return
      await new Promise((resolve) => { setTimeout(resolve, 50) })
    }
  }

  async #toldNothingHidden(name: PersonName, viewer: StaffViewer): Promise<void> {
    // Ids of what left their sight, and the end of an offer that was theirs, they may know.
    const told = viewer.received.splice(0).map(({ removed: _removed, upsert: { offers, ...upsert }, ...envelope }) => JSON.stringify({ ...envelope, upsert: { ...upsert, offers: offers?.filter((offer) => !offer.ended || offer.agentId !== viewer.staff.id) } }))
    if (roles[name] !== 'agent' || told.length === 0) return
    const hidden: { id: string }[] = []
    for (const row of await this.hub.db.query<{ id: string; customerId: string }>('select id, customer_id as "customerId" from conversation where folded_into_id is null')) {
      if (!(await maySeeConversation(this.hub.db, { staffId: viewer.staff.id, role: 'agent' }, row.id))) hidden.push({ id: row.id }, { id: row.customerId })
    }
    const restricted = await this.hub.db.query<{ id: string }>(
      `select c.id from contact c join queue q on q.id = c.queue_id where q.restricted and c.owner_id is distinct from $1
         and not exists (select 1 from team_member t where t.team_id = q.team_id and t.agent_id = $1)`, [viewer.staff.id])
    for (const envelope of told) {
      for (const { id } of hidden) expect(envelope.includes(id), `${viewer.name} was told of what is hidden from them: ${envelope}`).toBe(false)
      const { upsert } = JSON.parse(envelope) as { upsert: { contacts?: { id: string }[]; messages?: { contactId: string | null; text: string }[] } }
      for (const { id } of restricted) {
        expect(upsert.contacts?.some((contact) => contact.id === id) ?? false, `${viewer.name} was told of a restricted contact: ${envelope}`).toBe(false)
        expect(upsert.messages?.some((message) => message.contactId === id && message.text !== '') ?? false, `${viewer.name} was told words of a restricted contact: ${envelope}`).toBe(false)
      }
    }
  }

  async #visitorSameAsFresh(visitor: VisitorViewer): Promise<void> {
    const end = performance.now() + convergesWithinMs
    for (;;) {
      const fresh = await visitor.fresh()
      const [held, wanted] = [shownToVisitor([...visitor.messages.values()], visitor.chat), shownToVisitor(fresh.messages, fresh.chat)]
      if (JSON.stringify(held) === JSON.stringify(wanted)) {
        const theirs = new Set(fresh.messages.map((message) => message.id))
        for (const envelope of visitor.received.splice(0)) for (const message of envelope.messages) expect(theirs.has(message.id), `${visitor.name} was told of another's message`).toBe(true)
        return
      }
      if (performance.now() > end) expect({ who: visitor.name, ...held }).toEqual({ who: visitor.name, ...wanted })
      await new Promise((resolve) => { setTimeout(resolve, 200) })
    }
  }

  async #roomsAreGapless(): Promise<void> {
    expect(await this.hub.db.query(`select room, count(*)::int, max(seq)::int from room_event group by room having count(*) <> max(seq) or min(seq) <> 1`)).toEqual([])
  }

  #windows(): [PersonName, StaffViewer][] {
    return Object.entries(this.viewers) as [PersonName, StaffViewer][] // keys of a record of names
  }

  async stop(): Promise<void> {
    for (const viewer of Object.values(this.viewers)) viewer.stop()
    this.visitor.stop()
    this.otherVisitor.stop()
    await this.hub.stop()
  }
}

/** A hub with everybody signed in and looking. */
export async function startWorld(): Promise<World> {
  const hub = await startTestHub()
  const names = Object.keys(roles) as PersonName[]
  const signedIn: [PersonName, Staff][] = []
  // Where there are two servers, half of them sit at each.
  const at = (i: number): string => (i % 2 === 0 ? hub.url : hub.otherUrl)
  for (const [i, name] of names.entries()) signedIn.push([name, await hub.signIn(name, at(i))]) // one by one: hashing passwords takes all of a small machine
  const staff = Object.fromEntries(signedIn) as World['staff']
  for (const [queue, like, member] of [['Confidential', 'Repairs', 'priya'], ['Private', 'Service', 'wei']] as const) {
    await hub.db.execute(
      `with made as (insert into queue (id, name, team_id, restricted, sla_policy_id, created_at) select $1, $2, team_id, true, sla_policy_id, created_at from queue where name = $3 returning id)
       insert into queue_member (queue_id, agent_id) select made.id, $4 from made`, [newId(), queue, like, hub.staffId(member)])
  }
  const viewers = Object.fromEntries(await Promise.all(names.map(async (name, i) => [name, await new StaffViewer(at(i), staff[name]).start()] as const))) as World['viewers']
  const site = await hub.db.one<{ id: string }>(`select id from channel_account where channel = 'webchat'`)
  const visitor = await new VisitorViewer(hub.url, 'the visitor', { accountId: site.id }).start()
  const otherVisitor = await new VisitorViewer(hub.otherUrl, 'another visitor', { accountId: site.id }).start()
  return new World(hub, staff, viewers, visitor, otherVisitor)
}
