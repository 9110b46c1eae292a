/** Too much, too late, and the question at the end, with telephones at both ends. Slow by nature: people hear words and press keys (about 10 s). */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { OverflowRule } from '#contract/overflow.ts'
import { hangUp } from '#server/features/voice/voice.usecases.ts'
import { declineOffer } from '#server/features/routing/routing.usecases.ts'
import { newId } from '#server/platform/ids.ts'
import { makePerson, openContactOf, say } from './support/customer-world.ts'
import { hubNumber, startVoiceHub, type CallNow, type VoiceHub } from './support/voice-hub.ts'

let hub: VoiceHub
let serial = 0
const nextNumber = () => `+1415556${String(1000 + ++serial)}`
beforeAll(async () => { hub = await startVoiceHub({ phone: true }) })
afterAll(async () => { await hub.stop() })
beforeEach(async () => {
  await hub.customers.faults.clear()
  await hub.db.execute(`update queue_entry set ended_at = now(), result = 'moved' where ended_at is null`)
  await hub.db.execute(`update offer set ended_at = now(), result = 'withdrawn' where ended_at is null`)
  await hub.db.execute(`update assignment set released_at = now(), ended_at = now() where ended_at is null`)
  await hub.db.execute(`update session set ended_at = now(), state = 'ended' where ended_at is null`)
  await hub.db.execute(`update queue set overflow = '{}', survey_id = null, sla_policy_id = null`)
  await hub.calendar('always')
  await presence('break')
})

/** On a break everybody is at work and nobody is asked. */
async function presence(now: 'available' | 'break' | 'offline'): Promise<void> {
  await hub.db.execute(`update agent_state set presence = $1, load = 'idle', reason = case when $1 = 'break' then 'lunch' end`, [now])
  hub.context.jobs.wake('route', 'all')
}
const rules = (...all: OverflowRule[]) => hub.db.execute('update queue set overflow = $2 where id = $1', [hub.world.queueIds[0], JSON.stringify({ rules: all })])
const soon = { is: 'wait', ms: 100 } as const
/** Who calls from here on is promised to talk to somebody within ten minutes. */
async function promiseAnswer(): Promise<void> {
  const { id } = await hub.one<{ id: string }>(`insert into sla_policy (id, name, targets, steps) values ($1, 'Answered', $2, '[]') returning id`, [newId(), JSON.stringify([{ kind: 'time-to-answer', channel: null, targetMs: 600_000 }])])
  await hub.db.execute('update queue set sla_policy_id = $2 where id = $1', [hub.world.queueIds[0], id])
}
const until = (sid: string, isSo: (call: CallNow) => boolean) => hub.customers.waitFor(async () => {
  const call = await hub.call(sid).catch(() => null)
  return call !== null && isSo(call) ? call : null
}, 8000)
interface Entry { id: string; queueId: string; result: string | null; rankAt: Date; workableAt: Date; tries: number | null; told: string[]; answeredBy: string | null }
const entriesOf = (contactId: string, demand = 'call') => hub.db.query<Entry>(
  `select id, queue_id as "queueId", result, rank_at as "rankAt", workable_at as "workableAt", (callback->>'tries')::int as tries, overflow_told as told, answered_by as "answeredBy" from queue_entry where contact_id = $1 and demand = $2 order by enqueued_at, id`, [contactId, demand])
const followUps = (customerId: string) => hub.db.query<{ kind: string; dueAt: Date }>('select kind, due_at as "dueAt" from follow_up where customer_id = $1', [customerId])

/** Their place may be served now, and everybody is there. */
async function now(contactId: string): Promise<void> {
  await hub.db.execute('update queue_entry set workable_at = now() where contact_id = $1 and ended_at is null', [contactId])
  await presence('available')
}
const offerOn = (contactId: string) => hub.customers.waitFor(() => hub.db.maybe<{ id: string; agentId: string }>('select id, agent_id as "agentId" from offer where contact_id = $1 and ended_at is null', [contactId]).then((offer) => offer ?? null), 8000)

/** A caller who was asked and pressed 1. */
async function askedToBeCalledBack() {
  await rules({ when: soon, then: { do: 'callback' } })
  const number = nextNumber()
  const call = await hub.customers.call(number, { to: hubNumber })
  await call.hears('Press 1, and we call you back')
  await call.press('1')
  await call.hears('You keep your place in line')
  await call.until((one) => one.state === 'ended')
  const left = await until(call.sid, (one) => one.state === 'ended')
  return { number, left }
}

describe('a callback', () => {
  it('keeps the place in line, rings the customer when an agent accepts, and is answered when they talk', async () => {
    await promiseAnswer()
    const { number, left } = await askedToBeCalledBack()
    const [place] = await entriesOf(left.contactId)
    expect(left).toMatchObject({ contactState: 'waiting', endReason: 'callback-wanted', turns: [{ end: null }] })
    expect(place).toMatchObject({ result: null, tries: 0 })
    await now(left.contactId)
    const offer = await offerOn(left.contactId)
    await hub.acceptOffer(offer)
    const answerClock = () => hub.db.query(`select state from sla_clock where contact_id = $1 and kind = 'time-to-answer'`, [left.contactId])
    expect(await answerClock()).toEqual([{ state: 'running' }])
    const back = await hub.customers.incomingCall(number)
    await back.answer()
    await back.hears('calling you back')
    const talking = await until(back.sid, (one) => one.state === 'bridged')
    expect(talking).toMatchObject({ contactId: left.contactId, agentId: offer.agentId, ownerId: offer.agentId, contactState: 'active', turns: [{ end: 'answered' }] })
    expect(await answerClock()).toEqual([{ state: 'met' }])
    expect(await entriesOf(left.contactId)).toMatchObject([{ id: place!.id, result: 'callback', answeredBy: offer.agentId, rankAt: place!.rankAt, tries: 1 }])
    expect(await hub.db.query(`select direction from message where contact_id = $1 and kind = 'call' order by seq`, [left.contactId])).toEqual([{ direction: 'inbound' }, { direction: 'outbound' }])
    await back.hangup()
    expect(await until(back.sid, (one) => one.state === 'ended')).toMatchObject({ contactState: 'wrap-up' })
    expect(await followUps(left.customerId)).toEqual([])
  })

  it('that nobody answers is tried three times, the agent free each time, then it is somebody’s task', async () => {
    const { number, left } = await askedToBeCalledBack()
    await hub.customers.faults.set({ twilio: { answering: { [number]: 'busy' } } })
    for (const tries of [1, 2, 3]) {
      await now(left.contactId)
      await hub.acceptOffer(await offerOn(left.contactId))
      await presence('break')
      await hub.customers.waitFor(async () => (await hub.one<{ n: number }>(`select count(*)::int as n from session where contact_id = $1 and end_reason = 'not-reached'`, [left.contactId])).n === tries)
      expect(await hub.one<{ n: number }>('select count(*)::int as n from assignment where contact_id = $1 and ended_at is null', [left.contactId])).toEqual({ n: 0 })
    }
    expect(await entriesOf(left.contactId)).toMatchObject([{ result: 'callback', tries: 3, answeredBy: null }])
    expect(await hub.one('select state, outcome from contact where id = $1', [left.contactId])).toEqual({ state: 'closed', outcome: 'abandoned' })
    expect(await followUps(left.customerId)).toMatchObject([{ kind: 'call-back' }])
  })

  it('is not offered to a number we rang often today, nor to one of our own: a caller can say any number', async () => {
    const often = nextNumber()
    const before = await hub.customers.call(often, { to: hubNumber })
    const { contactId } = await until(before.sid, (one) => one.state === 'queued')
    await before.hangup()
    await until(before.sid, (one) => one.state === 'ended')
    await hub.db.execute(
      `insert into session (id, contact_id, conversation_id, kind, state, account_id, identity_id, external_id, started_at, ended_at, data)
       select gen_random_uuid(), contact_id, conversation_id, kind, 'ended', account_id, identity_id, 'rung-' || n, now(), now(), jsonb_build_object('dialId', gen_random_uuid()) from session, generate_series(1, 9) n where contact_id = $1`, [contactId])
    await rules({ when: soon, then: { do: 'callback' } }, { when: soon, then: { do: 'voicemail' } })
    for (const number of [often, hubNumber]) {
      const call = await hub.customers.call(number, { to: hubNumber })
      await call.hears('leave a message')
      expect(call.heard.filter((text) => text.includes('Press 1'))).toEqual([])
      await call.hangup()
      await until(call.sid, (one) => one.state === 'ended')
    }
  })

  it('is asked for once: who presses nothing waits on', async () => {
    await rules({ when: soon, then: { do: 'callback' } })
    const call = await hub.customers.call(nextNumber(), { to: hubNumber })
    await call.hears('Press 1')
    await call.hears('Please stay with us')
    const waiting = await until(call.sid, (one) => one.state === 'queued')
    await call.until((one) => one.lines.filter(({ text }) => text.includes('You are next in line')).length > 2)
    expect(call.heard.filter((text) => text.includes('Press 1'))).toHaveLength(1)
    expect(await entriesOf(waiting.contactId)).toMatchObject([{ result: null, tries: null, told: expect.arrayContaining(['callback']) }])
    await call.hangup()
    await until(call.sid, (one) => one.state === 'ended')
  })

  it('ends when they call again themselves: they stand at their old place', async () => {
    const { number, left } = await askedToBeCalledBack()
    const [place] = await entriesOf(left.contactId)
    const again = await hub.customers.call(number, { to: hubNumber })
    const waiting = await until(again.sid, (one) => one.state === 'queued')
    expect(waiting.contactId).toBe(left.contactId)
    expect(await entriesOf(left.contactId)).toMatchObject([{ id: place!.id, tries: null, result: null, rankAt: place!.rankAt }])
    await again.hangup()
    await until(again.sid, (one) => one.state === 'ended')
  })

  it('meets the customer’s own call in the same moment: one customer, one place', async () => {
    const { number, left } = await askedToBeCalledBack()
    await now(left.contactId)
    await hub.acceptOffer(await offerOn(left.contactId))
    await hub.customers.incomingCall(number)
    const own = await hub.customers.call(number, { to: hubNumber })
    expect(await until(own.sid, (one) => one.state === 'queued')).toMatchObject({ contactId: left.contactId, customerId: left.customerId })
    const dialled = await hub.one<{ id: string; contactId: string; agentId: string }>(`select s.id, s.contact_id as "contactId", s.agent_id as "agentId" from session s where s.contact_id = $1 and s.data ? 'dialId'`, [left.contactId])
    await hangUp(hub.context, dialled.contactId, { staffId: dialled.agentId, role: 'supervisor' }).catch(() => undefined)
    await own.hangup()
    await until(own.sid, (one) => one.state === 'ended')
  })

  it('is given up by the agent before anybody answers: the place stays for the next try', async () => {
    const { number, left } = await askedToBeCalledBack()
    await now(left.contactId)
    const offer = await offerOn(left.contactId)
    await hub.acceptOffer(offer)
    const ringing = await hub.customers.incomingCall(number)
    await presence('break')
    await hangUp(hub.context, left.contactId, { staffId: offer.agentId, role: 'agent' })
    await ringing.until((one) => one.state === 'ended')
    expect(await entriesOf(left.contactId)).toMatchObject([{ result: null, tries: 1 }])
    expect(await hub.one('select state, owner_id as "ownerId" from contact where id = $1', [left.contactId])).toEqual({ state: 'waiting', ownerId: null })
  })

  it('outside the hours is promised for the opening', async () => {
    await hub.calendar('never')
    await hub.db.execute(`update calendar set periods = $1 where name = 'never'`, [JSON.stringify([(new Date().getUTCDay() + 2) % 7 || 7].map((weekday) => ({ weekday, from: '09:00', to: '17:00' })))])
    await rules({ when: { is: 'closed' }, then: { do: 'callback' } })
    const call = await hub.customers.call(nextNumber(), { to: hubNumber })
    await call.hears('when we are open again')
    await call.press('1')
    await call.until((one) => one.state === 'ended')
    const left = await until(call.sid, (one) => one.state === 'ended')
    const [place] = await entriesOf(left.contactId)
    expect(place!.workableAt.getTime()).toBeGreaterThan(Date.now() + 3_600_000)
    expect(place!.workableAt.getUTCHours()).toBe(9)
    await hub.db.execute(`update calendar set periods = '[]' where name = 'never'`)
  })
})

describe('another way out', () => {
  it('is another queue, at the rank they had, offered to its agents', async () => {
    const [from, to] = hub.world.queueIds
    const agentId = hub.world.agentIds[2]!
    await hub.db.execute('insert into queue_member (queue_id, agent_id) values ($1, $2) on conflict do nothing', [to, agentId])
    await rules({ when: soon, then: { do: 'queue', queueId: to } })
    await hub.db.execute(`update agent_state set presence = 'available' where agent_id = $1`, [agentId])
    const call = await hub.customers.call(nextNumber(), { to: hubNumber })
    const { contactId } = await until(call.sid, (one) => one.state === 'queued')
    const offer = await offerOn(contactId)
    const entries = await entriesOf(contactId)
    expect(offer.agentId).toBe(agentId)
    expect(entries).toMatchObject([{ queueId: from, result: 'overflowed' }, { queueId: to, result: null }])
    expect(entries[1]!.rankAt).toEqual(entries[0]!.rankAt)
    expect(await hub.one('select queue_id as "queueId" from contact where id = $1', [contactId])).toEqual({ queueId: to })
    await declineOffer(hub.context, offer.id, agentId, 'busy')
    await call.hangup()
    await until(call.sid, (one) => one.state === 'ended')
  })

  it('never goes round in a circle', async () => {
    const [first, second] = hub.world.queueIds
    await rules({ when: soon, then: { do: 'queue', queueId: second } })
    await hub.db.execute('update queue set overflow = $2 where id = $1', [second, JSON.stringify({ rules: [{ when: soon, then: { do: 'queue', queueId: first } }] })])
    const call = await hub.customers.call(nextNumber(), { to: hubNumber })
    const { contactId } = await until(call.sid, (one) => (one.entries?.length ?? 0) === 2)
    await hub.customers.waitFor(async () => (await hub.one<{ at: Date | null }>('select overflow_at as at from queue_entry where contact_id = $1 and ended_at is null', [contactId])).at === null)
    await hub.route()
    expect((await entriesOf(contactId)).map(({ result }) => result)).toEqual(['overflowed', null])
    await call.hangup()
    await until(call.sid, (one) => one.state === 'ended')
  })

  it('is a promised time where nobody is at work, kept as a task due by then', async () => {
    await presence('offline')
    await rules({ when: { is: 'nobody-staffed' }, then: { do: 'message', withinMs: 7_200_000 } })
    const call = await hub.customers.call(nextNumber(), { to: hubNumber })
    await call.hears('We will call you back by')
    await call.until((one) => one.state === 'ended')
    const left = await until(call.sid, (one) => one.state === 'ended' && one.contactState === 'closed')
    expect(left).toMatchObject({ outcome: 'abandoned', turns: [{ end: null }], entries: [{ result: 'overflowed' }] })
    const [task] = await followUps(left.customerId)
    expect(task!.kind).toBe('call-back')
    expect(Math.abs(task!.dueAt.getTime() - Date.now() - 7_200_000)).toBeLessThan(60_000)
  })

  it('is told in writing to who wrote, once, and they wait on', async () => {
    const person = await makePerson(hub.db, { address: { kind: 'phone', realm: '', value: nextNumber() } })
    const at = new Date()
    const { contactId } = await openContactOf(hub.db, hub.world, person, { at, queueId: hub.world.queueIds[0], unanswered: true })
    await hub.db.execute(`update message set channel = 'sms', account_id = $2 where id = $1`, [await say(hub.db, person.conversationId, { contactId, identityId: person.identityIds[0]!, channel: 'sms' }, at), hub.world.accountIds.sms])
    await hub.db.execute(
      `insert into queue_entry (id, contact_id, conversation_id, queue_id, demand, channel, enqueued_at, workable_at, rank_at, overflow_at) values ($1, $2, $3, $4, 'messages', 'sms', $5, $5, $5, $5)`, [newId(at), contactId, person.conversationId, hub.world.queueIds[0], at])
    await rules({ when: soon, then: { do: 'message', withinMs: 3_600_000 } })
    hub.context.jobs.wake('route', 'all')
    const told = () => hub.db.query<{ text: string }>(`select text from message where contact_id = $1 and data->>'automatic' = 'overflow-promise'`, [contactId])
    await hub.customers.waitFor(async () => (await told()).length > 0)
    await hub.route()
    expect(await told()).toMatchObject([{ text: expect.stringContaining('We will answer you by') }])
    expect(await entriesOf(contactId, 'messages')).toMatchObject([{ result: null, told: expect.arrayContaining(['message']) }])
  })
})

describe('what is heard in the line', () => {
  it('is the place and, from ten samples on, the wait that is to be expected', async () => {
    const person = await makePerson(hub.db)
    const { contactId } = await openContactOf(hub.db, hub.world, person, { at: new Date(), queueId: hub.world.queueIds[0] })
    await hub.db.execute(
      `insert into queue_entry (id, contact_id, conversation_id, queue_id, demand, channel, enqueued_at, workable_at, rank_at, ended_at, result)
       select gen_random_uuid(), $1, $2, $3, 'call', 'voice', now() - n * interval '30 seconds', now() - n * interval '30 seconds', now(), now(), 'answered' from generate_series(4, 13) n`, [contactId, person.conversationId, hub.world.queueIds[0]])
    const call = await hub.customers.call(nextNumber(), { to: hubNumber })
    await call.hears('You are next in line')
    await call.hears('The wait is about 2 to 6 minutes')
    await call.hangup()
    await until(call.sid, (one) => one.state === 'ended')
  })
})

describe('the question at the end', () => {
  async function talked(number: string) {
    const surveyId = newId(new Date())
    await hub.db.execute(`insert into survey (id, name, kind, questions) values ($1, $2, 'csat', '[]')`, [surveyId, `after the call ${surveyId}`])
    await hub.db.execute('update queue set survey_id = $2 where id = $1', [hub.world.queueIds[0], surveyId])
    await presence('available')
    const call = await hub.customers.call(number, { to: hubNumber, attestation: 'A' })
    const { contactId } = await until(call.sid, (one) => one.state === 'queued')
    await hub.acceptOffer(await offerOn(contactId))
    await call.until((one) => one.state === 'bridged')
    await until(call.sid, (one) => one.state === 'bridged')
    return { call, contactId }
  }
  const invitations = (contactId: string) => hub.db.query<{ state: string; channel: string }>('select state, channel from survey_invitation where contact_id = $1', [contactId])

  it('is put to who stays on the line, answered by a key, and stored once', async () => {
    const { call, contactId } = await talked(nextNumber())
    await call.otherHangsUp()
    await call.hears('Please press the number on your telephone')
    expect(await until(call.sid, (one) => one.state === 'ended')).toMatchObject({ contactState: 'wrap-up' })
    await call.press('9')
    await call.hears('That was not one of the numbers')
    await call.press('4')
    await call.hears('Thank you for your answer')
    await call.until((one) => one.state === 'ended')
    expect(await hub.db.query('select score from survey_response where contact_id = $1', [contactId])).toEqual([{ score: 4 }])
    expect(await invitations(contactId)).toEqual([{ state: 'answered', channel: 'voice' }])
  })

  it('was delivered to who heard it and pressed nothing; nobody who hung up hears one', async () => {
    const silent = await talked(nextNumber())
    await silent.call.otherHangsUp()
    await silent.call.hears('Please press the number')
    await silent.call.hears('Goodbye')
    expect(await invitations(silent.contactId)).toEqual([{ state: 'delivered', channel: 'voice' }])
    const gone = await talked(nextNumber())
    await gone.call.hangup()
    await until(gone.call.sid, (one) => one.state === 'ended')
    expect(await invitations(gone.contactId)).toEqual([])
  })
})
