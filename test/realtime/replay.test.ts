/** R11: for every use case and every viewer, the state before and the events received make the state a window opened now would show. */
import { afterAll, beforeAll, test } from 'vitest'
import { twilioStatus } from '../support/factories.ts'
import { startWorld, type World } from './world.ts'

let world: World
beforeAll(async () => { world = await startWorld() }, 60_000)
afterAll(() => world.stop())

type UseCase = [name: string, run: (w: World) => Promise<unknown>]

const later = (ms: number): string => new Date(Date.now() + ms).toISOString()

const clearDesk: UseCase = ['everything open is spam', async (w) => {
  for (const { id } of await w.hub.db.query<{ id: string }>(`select id from contact where state <> 'closed'`)) await w.as('sam').must('POST', `/contacts/${id}/spam`)
}]

/** In this order; each begins where the one before ended. */
const useCases: UseCase[] = [
  ['presence: available', (w) => w.presence('lena', 'available')],
  ['a newcomer writes; the contact is offered', async (w) => { await w.newcomer('Do you repair lamps?'); await w.offer('lena') }],
  ['the customer writes while somebody is being asked', (w) => w.text('It is a brass one.')],
  ['the offer is declined', async (w) => w.as('lena').must('POST', `/offers/${await w.offer('lena')}/decline`, { reason: 'busy' })],
  ['a colleague comes and is offered it', async (w) => { await w.presence('wei', 'available'); await w.offer('wei') }],
  ['the offer runs out; presence: break (missed)', async (w) => {
    await w.hub.db.execute(`update offer set expires_at = clock_timestamp() - interval '1 second' where id = $1`, [await w.offer('wei')])
    await w.hub.runTimers()
  }],
  ['a waiting contact is taken', (w) => w.act('lena', 'accept')],
  ['a known customer writes again', (w) => w.text('And how long does it take?')],
  ['a reply, sent and delivered', async (w) => w.status(await w.reply('lena', 'A week.'), 'delivered')],
  ['a note', (w) => w.note('lena', 'Sounds like the brass one.')],
  ['a note by a colleague', (w) => w.note('wei', 'It is.')],
  ['read', async (w) => {
    const last = await w.hub.db.one<{ id: string }>('select id from message where conversation_id = $1 order by seq desc limit 1', [w.who.conversationId])
    await w.as('lena').must('POST', `/conversations/${w.who.conversationId}/read`, { messageId: last.id })
  }],
  ['no reply needed', async (w) => { await w.text('Thanks!'); await w.act('lena', 'settle') }],
  ['pending', (w) => w.act('lena', 'pend')],
  ['resumed', (w) => w.act('lena', 'resume')],
  ['snoozed', (w) => w.act('lena', 'snooze', { untilAt: later(3_600_000) })],
  ['the snooze ends', async (w) => {
    await w.hub.db.execute(`update contact set snoozed_until = clock_timestamp() - interval '1 second' where id = $1`, [w.who.contactId])
    await w.hub.runTimers()
  }],
  ['a colleague of another team is asked to help', async (w) => { await w.presence('priya', 'available'); await w.act('lena', 'consult', { agentId: w.as('priya').id, note: 'Which fuse?' }) }],
  ['the colleague helps', (w) => w.accept('priya')],
  ['the colleague has helped, and a supervisor asks them again', async (w) => { await w.act('priya', 'leave-consult', {}); await w.act('sam', 'consult', { agentId: w.as('priya').id, note: 'And the flex?' }) }],
  ['the colleague helps who did not ask', (w) => w.accept('priya')],
  ['the colleague has helped', async (w) => { await w.act('priya', 'leave-consult', {}); await w.presence('priya', 'offline') }],
  ['it becomes urgent', (w) => w.act('lena', 'needs', { urgent: true, priority: 1 })],
  ['given back to its queue', (w) => w.act('lena', 'return', {})],
  ['a supervisor gives it to somebody', (w) => w.act('sam', 'assign', { agentId: w.as('lena').id })],
  ['transferred to a colleague, who is asked', async (w) => { await w.presence('jonas', 'available'); await w.act('lena', 'transfer', { agentId: w.as('jonas').id, note: 'Yours?' }) }],
  ['the colleague accepts', (w) => w.accept('jonas')],
  ['the colleague wants to leave, with work open', (w) => w.presence('jonas', 'break')],
  ['moved to another queue of the same team', async (w) => w.act('jonas', 'transfer', { queueId: await w.queue('Sales') })],
  ['offered and accepted', async (w) => { await w.accept('lena') }],
  ['a clock warns and breaches', async (w) => {
    await w.text('Still there?')
    await w.hub.db.execute(`update sla_clock set warn_at = clock_timestamp() - interval '2 seconds', due_at = clock_timestamp() - interval '1 second' where contact_id = $1 and state = 'running'`, [w.who.contactId])
    await w.hub.runTimers()
  }],
  ['a reply fails, and is sent once more', async (w) => {
    await w.hub.simulator!.customers.faults.set({ twilio: { undeliverable: { [w.who.number]: 30_005 } } })
    const id = await w.reply('lena', 'Yes, here.')
    await w.status(id, 'failed')
    await w.hub.simulator!.customers.faults.clear()
    await w.as('lena').must('POST', `/messages/${id}/retry`)
    await w.status(id, 'delivered')
  }],
  ['a status that comes late changes nothing', async (w) => {
    const { sid } = await w.hub.db.one<{ sid: string }>('select external_id as sid from outbound where contact_id = $1 order by position desc limit 1', [w.who.contactId])
    await twilioStatus(w.hub.config, { sid, to: w.who.number, status: 'sent' })
  }],
  ['the customer is changed', async (w) => {
    const { version } = await w.as('lena').must('GET', `/customers/${w.who.customerId}`)
    await w.as('lena').must('PATCH', `/customers/${w.who.customerId}`, { version, name: 'Ada Quist', tier: 'gold' })
  }],
  ['closed with how it ended', (w) => w.close('lena')],
  ['re-opened by the customer', (w) => w.text('One more thing.')],
  ['taken again and closed', async (w) => { await w.accept('lena'); await w.close('lena') }],
  ['opted out', (w) => w.text('STOP')],
  ['opted in', (w) => w.text('START')],
  ['a customer with closed contacts gets another name', async (w) => {
    const { version } = await w.as('lena').must('GET', `/customers/${w.who.customerId}`)
    await w.as('lena').must('PATCH', `/customers/${w.who.customerId}`, { version, name: 'Ada Lovelace Quist' })
  }],
  ['spam', async (w) => { await w.newcomer('Cheap watches'); await w.offer('lena'); await w.act('sam', 'spam') }],
  ['an outbound contact', async (w) => {
    await w.newcomer('Hello'); await w.accept('lena'); await w.close('lena')
    await w.hub.db.execute(`update contact set reopen_until = null where id = $1`, [w.who.contactId])
    await w.reply('lena', 'We have news for you.')
    await w.about(w.who.number)
    await w.close('lena')
  }],
  ['a contact of another team: to Service it is hidden', async (w) => {
    await w.presence('priya', 'available')
    await w.newcomer('For the workshop'); await w.accept('lena')
    await w.act('lena', 'transfer', { queueId: await w.queue('Repairs') })
  }],
  ['the other team works on it', async (w) => { await w.accept('priya'); await w.reply('priya', 'Bring it in.'); await w.close('priya') }],
  ['a visitor says something', async (w) => { await w.visitor.say('Hi, is anybody there?'); await aboutVisitor(w) }],
  ['a visitor is answered', async (w) => { await w.accept('lena'); await w.reply('lena', 'Yes!', 'webchat') }],
  ['a visitor says who they are', async (w) => w.visitor.ask('introduce', { name: 'Bea', email: 'bea@example.org', phone: w.hub.db ? '+14155559001' : '' })],
  ['another visitor says something', async (w) => { await w.otherVisitor.say('Hello from the other one'); await aboutVisitor(w, w.otherVisitor) }],
  ['another visitor leaves', (w) => w.otherVisitor.ask('leave')],
  ['presence: the agent is gone, work returns', async (w) => {
    await aboutVisitor(w)
    w.viewers.lena.stop()
    await w.hub.db.execute(`update agent_state set away_at = clock_timestamp() - interval '10 minutes' where agent_id = $1`, [w.as('lena').id])
    await w.hub.runTimers()
    w.viewers.lena.socket.connect()
    await w.viewers.lena.start()
  }],
  ['presence: back again', async (w) => { await w.presence('lena', 'available'); await w.accept('lena'); await w.presence('jonas', 'offline'); await w.presence('wei', 'offline') }],
  clearDesk,
  ['a text of many words', async (w) => { await w.newcomer('长'.repeat(1_500)); await w.text('长'.repeat(1_500)); await w.act('sam', 'spam') }],
  ['WhatsApp: written, answered, read', async (w) => {
    await w.whatsapp('Hi by WhatsApp'); await w.everybodyLooks(); await w.accept('lena')
    const id = await w.reply('lena', 'Hi!', 'whatsapp')
    await w.status(id, 'delivered')
    await w.hub.simulator!.customers.readWhatsapp(w.who.number)
    await w.status(id, 'read'); await w.close('lena')
  }],
  ['mail: written and answered', async (w) => {
    await w.hub.simulator!.customers.mail('tom@becker.example', { fromName: 'Tom Becker', subject: 'A lamp', text: 'Which bulb does it take?' })
    await w.about('tom@becker.example'); await w.everybodyLooks(); await w.accept('lena')
    await w.status(await w.reply('lena', 'E27.', 'email'), 'sent')
  }],
  ['a mail comes back: the message fails, the address is marked', async (w) => {
    await w.hub.simulator!.customers.faults.set({ mail: { bouncing: ['tom@becker.example'] } })
    await w.status(await w.reply('lena', 'Or E14.', 'email'), 'failed')
    await w.hub.simulator!.customers.faults.clear()
    await w.close('lena')
  }],
  ['Slack: written', async (w) => { await w.slack('Hello from Slack'); await w.accept('lena') }],
  ['Slack: edited', async (w) => w.hub.simulator!.customers.slackEdit(await w.lastExternalId(), 'Hello again from Slack')],
  ['Slack: a reaction', async (w) => w.hub.simulator!.customers.slackReact(await w.lastExternalId(), 'U0MEICHEN', 'thumbsup')],
  ['Slack: deleted', async (w) => { await w.hub.simulator!.customers.slackDelete(await w.lastExternalId()); await w.close('lena') }],
  ['a suggestion is dismissed', async (w) => { await w.claims('+14155550101'); await decide(w, 'dismiss') }],
  ['a suggestion is accepted', async (w) => { await w.claims('tom@becker.example'); await decide(w, 'accept') }],
  ['the merge is undone', async (w) => {
    const { id } = await w.hub.db.one<{ id: string }>('select id from merge where undone_at is null order by at desc limit 1')
    await w.as('sam').must('POST', `/merges/${id}/undo`, {})
  }],
  ['two with open contacts are merged by hand, and taken apart', async (w) => {
    await w.newcomer('I am the first'); const first = w.who
    await w.newcomer('I am the second'); await w.everybodyLooks()
    const { mergeId } = await w.as('sam').must('POST', '/merges', { survivorId: first.customerId, foldedId: w.who.customerId })
    await w.check()
    await w.as('sam').must('POST', `/merges/${mergeId}/undo`, {})
  }],
  clearDesk,
  ['two with many contacts are merged', async (w) => {
    await w.newcomer('Once'); const first = w.who
    await w.act('sam', 'spam')
    for (let i = 0; i < 5; i++) { await w.text(`Again ${i}`); await w.act('sam', 'spam') }
    await w.newcomer('Another')
    await w.as('sam').must('POST', '/merges', { survivorId: w.who.customerId, foldedId: first.customerId })
  }],
  clearDesk,
  ['a contact moves to another team, with an older one behind it', async (w) => {
    await w.newcomer('First nonsense'); await w.act('sam', 'spam') // of all that is closed only spam is never opened again
    await w.text('Now a repair'); await w.act('lena', 'accept')
    await w.act('lena', 'transfer', { queueId: await w.queue('Repairs') })
  }],
  clearDesk,
  ['a contact is offered to somebody outside the team, who declines', async (w) => {
    await w.newcomer('For Service only'); await w.act('lena', 'accept')
    await w.act('lena', 'transfer', { agentId: w.as('priya').id, note: null })
    await w.everybodyLooks()
    await w.check()
    await w.as('priya').must('POST', `/offers/${await w.offer('priya')}/decline`, {})
  }],
  ['somebody outside the team takes it and closes it', async (w) => {
    await w.act('lena', 'transfer', { agentId: w.as('priya').id, note: null })
    await w.accept('priya'); await w.everybodyLooks(); await w.check()
    await w.close('priya')
  }],
  clearDesk,
  ['a contact moves to a restricted queue and is written to there', async (w) => {
    await w.newcomer('Something private'); await w.act('lena', 'accept'); await w.everybodyLooks()
    await w.check()
    await w.act('lena', 'transfer', { queueId: await w.queue('Confidential') })
    await w.check()
    await w.text('Only for the workshop')
    await w.check()
    await w.act('priya', 'accept')
    await w.check()
    await w.reply('priya', 'Nobody else reads this.')
  }],
  ['and back to a queue that everybody of the team reads', async (w) => w.act('priya', 'transfer', { queueId: await w.queue('Service') })],
  clearDesk,
  ['a contact of a team whose other teams look on', async (w) => {
    await w.newcomer('Is this private?'); await w.act('lena', 'accept')
    await w.act('lena', 'transfer', { queueId: await w.queue('Repairs') })
    await w.act('priya', 'accept')
  }],
  ['its queue becomes restricted', async (w) => { await w.check(); await w.changeQueue('Repairs', { restricted: true }) }],
  ['what is said there now is grey to the others', (w) => w.text('For the workshop only')],
  ['its queue is open to all again', (w) => w.changeQueue('Repairs', { restricted: false })],
  ['its queue goes to another team', async (w) => w.changeQueue('Repairs', { restricted: true, teamId: (await w.hub.db.one<{ id: string }>(`select id from team where name = 'Accounts'`)).id })],
  ['and back', async (w) => { await w.check(); await w.changeQueue('Repairs', { restricted: false, teamId: (await w.hub.db.one<{ id: string }>(`select id from team where name = 'Workshop'`)).id }) }],
  ['members of a queue change', async (w) => { const { memberIds } = await w.as('robin').must('GET', `/queues/${await w.queue('Sales')}`); await w.changeQueue('Sales', { memberIds: [...memberIds, w.as('priya').id] }) }],
  ['somebody leaves a team, with its conversation on screen', async (w) => { await w.check(); await w.changeTeam('Workshop', (ids) => ids.filter((id) => id !== w.as('jonas').id)) }],
  ['what is said then is not told to them', async (w) => { await w.newcomer('To the service'); await w.everybodyLooks(); await w.check(); await w.changeTeam('Service', (ids) => ids.filter((id) => id !== w.as('jonas').id)); await w.text('Not for them') }],
  ['somebody comes into two teams at once', async (w) => {
    const member = await w.as('robin').must('GET', `/staff/${w.as('jonas').id}`)
    const teams = await w.hub.db.query<{ id: string }>(`select id from team where name in ('Service', 'Workshop')`)
    await w.as('robin').must('PATCH', `/staff/${member.id}`, { teamIds: teams.map((team) => team.id) })
  }],
  ['what is said then is told to them', (w) => w.text('For them too')],
  ['of two restricted queues in one conversation each team reads its own', async (w) => {
    await w.act('sam', 'spam')
    await w.text('An old secret'); await w.act('lena', 'accept'); await w.check()
    await w.act('lena', 'transfer', { queueId: await w.queue('Confidential') })
    await w.act('priya', 'accept'); await w.check(); await w.act('sam', 'spam')
    await w.text('A new matter'); await w.act('lena', 'accept'); await w.everybodyLooks(); await w.check()
    await w.act('lena', 'transfer', { queueId: await w.queue('Private') })
    await w.check()
    await w.presence('wei', 'available'); await w.accept('wei')
  }],
  ['and is told of it live', async (w) => { await w.text('For the service team alone'); await w.check(); await w.reply('wei', 'I read you.') }],
  ['after a gap, too', async (w) => {
    w.viewers.wei.stop()
    await w.text('While one was away')
    w.viewers.wei.socket.connect()
    await w.viewers.wei.start()
  }],
  ['somebody outside both teams owns it and reads what is theirs', async (w) => {
    await w.act('wei', 'transfer', { agentId: w.as('priya').id, note: null })
    await w.accept('priya'); await w.everybodyLooks(); await w.check()
    await w.text('To whoever owns it')
    await w.check()
    await w.close('priya'); await w.presence('wei', 'offline')
  }],
  clearDesk,
  ['a suggestion goes with the sight of its customer', async (w) => {
    await w.newcomer('I am of the service'); const { number } = w.who
    await w.act('sam', 'spam')
    await w.visitor.say('I am of the service, too'); await aboutVisitor(w); await w.claims(number); await w.act('lena', 'accept')
    await w.check()
    await w.presence('wei', 'available')
    await w.changeTeam('Service', (ids) => ids.filter((id) => id !== w.as('wei').id))
    await w.check()
    await w.act('lena', 'transfer', { agentId: w.as('wei').id, note: null })
    await w.check()
    await w.as('wei').must('POST', `/offers/${await w.offer('wei')}/decline`, {})
    await w.check()
    await w.changeTeam('Service', (ids) => [...ids, w.as('wei').id])
  }],
  ['presence: nobody', (w) => w.presence('wei', 'offline')],
]

async function aboutVisitor(w: World, visitor = w.visitor): Promise<void> {
  const row = await w.hub.db.one<{ number: string }>('select i.value as number from visitor v join identity i on i.id = v.identity_id where v.id = $1', [visitor.id])
  await w.about(row.number)
}

async function decide(w: World, how: 'accept' | 'dismiss'): Promise<void> {
  await w.check()
  const { id } = await w.hub.db.one<{ id: string }>(`select id from merge_suggestion where state = 'open' order by at desc limit 1`)
  await w.as('lena').must('POST', `/merge-suggestions/${id}/${how}`, ...(how === 'accept' ? [{}] : []))
}

test.each(useCases)('%s', async (_name, run) => {
  await run(world)
  await world.check()
  await world.everybodyLooks()
  await world.check()
})

