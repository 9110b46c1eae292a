import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { parseTwiml } from '#simulator/twilio/twiml.ts'
import { acceptOffer, declineOffer, expireOffers, route } from '#server/features/routing/routing.usecases.ts'
import { enterQueue } from '#server/features/queues/entries.steps.ts'
import { sweepReceipts } from '#server/features/inbound/inbound.usecases.ts'
import { transfer } from '#server/features/contacts/moving.usecases.ts'
import { runContactTimers } from '#server/features/contacts/contacts.timers.ts'
import { hangUp, sweepCalls } from '#server/features/voice/voice.usecases.ts'
import { fixedClock } from '#server/platform/clock.ts'
import { dumpDifference, dumpTables } from '../support/dump.ts'
import { expectErrorLog } from '../support/logger.ts'
import { makePerson, openContactOf } from './support/customer-world.ts'
import { startVoiceHub, type VoiceHub } from './support/voice-hub.ts'
import { voiceTalk } from './support/voice-talk.ts'

let hub: VoiceHub
const { nextSid, nextNumber, lastRecording, path, freeEverybody, connecting, agentLeg, agentStatus, aboutToConnect, queueLeft, ended, bridged, helped, colleagueOf } = voiceTalk(() => hub)

beforeAll(async () => { hub = await startVoiceHub() })
afterAll(async () => { await hub.stop() })
beforeEach(freeEverybody)

describe('the first request of a call', () => {
  it('greets, puts the caller into the line of their call, and says the same to a duplicate', async () => {
    const [sid, from] = [nextSid(), nextNumber()]
    const answers = await Promise.all(Array.from({ length: 8 }, () => hub.ring(sid, from)))
    const call = await hub.call(sid)
    const first = await hub.ring(sid, from)
    const verbs = parseTwiml(first.body, 'call')
    expect(verbs).toMatchObject([
      { name: 'Say', attributes: { language: 'en-US' }, text: expect.stringContaining('Welcome to Lamps & <Co>') },
      { name: 'Enqueue', text: call.id, attributes: { waitUrl: `${hub.publicUrl}${path('wait', { session: call.id })}`, action: `${hub.publicUrl}${path('queue-left', { session: call.id, round: '1' })}` } },
    ])
    expect(await hub.ring(sid, from)).toEqual(first)
    for (const answer of answers) expect(answer.status).toBe(200)
    expect(await hub.one('select count(*)::int as n from session where external_id = $1', [sid])).toEqual({ n: 1 })
    expect(call).toMatchObject({ state: 'queued', contactState: 'waiting', entries: [{ demand: 'call', result: null }], turns: [{ end: null }], evidence: 'proved', unverified: false })
  })

  it('speaks the customer’s language', async () => {
    const address = { kind: 'phone' as const, realm: '', value: nextNumber() }
    const person = await makePerson(hub.db, { address })
    await hub.db.execute(`update customer set locale = 'zh' where id = $1`, [person.customerId])
    const { body } = await hub.ring(nextSid(), address.value)
    expect(parseTwiml(body, 'call')[0]).toMatchObject({ name: 'Say', attributes: { language: 'zh-CN' }, text: expect.stringContaining('欢迎致电') })
  })

  it('is refused without Twilio’s signature, and kept aside for a number nobody configured', async () => {
    const sid = nextSid()
    expect(await hub.post('/webhooks/twilio/voice', { CallSid: sid, From: nextNumber() }, 'wrong')).toMatchObject({ status: 403 })
    expect(await hub.post('/webhooks/twilio/voice', { CallSid: sid, From: nextNumber(), To: '+15550000999' })).toMatchObject({ status: 404 })
    expect(await hub.db.query('select state from receipt where external_id like $1', [`${sid}%`])).toEqual([{ state: 'quarantined' }])
    expect((await hub.post(path('wait', { session: 'x' }), { CallSid: sid, From: nextNumber() })).status).toBe(400)
  })

  it('hears waiting words and asks again while its handling fails, then hears the greeting', async () => {
    expectErrorLog(/sweeper tries again/)
    const [sid, from] = [nextSid(), nextNumber()]
    await hub.db.execute('alter table turn rename to turn_away')
    const { status, body } = await hub.ring(sid, from)
    await hub.db.execute('alter table turn_away rename to turn')
    expect(status).toBe(200)
    const again = parseTwiml(body, 'call')
    expect(again.map(({ name }) => name)).toEqual(['Say', 'Pause', 'Redirect'])
    await hub.db.execute(`update receipt set next_attempt_at = $2 where external_id = $1`, [`${sid}:ringing`, hub.clock.now()])
    await sweepReceipts(hub.context)
    const next = again[2]!.text.slice(hub.publicUrl.length)
    expect(parseTwiml((await hub.post(next, { CallSid: sid, From: from })).body, 'call').map(({ name }) => name)).toEqual(['Say', 'Enqueue'])
  })

  it.each(['', '*#', '9'.repeat(1000), '１２３'])('goes the usual way whatever keys were pressed (%#)', async (digits) => {
    const { status, body } = await hub.ring(nextSid(), nextNumber(), { Digits: digits })
    expect(status).toBe(200)
    expect(parseTwiml(body, 'call').at(-1)?.name).toBe('Enqueue')
  })
})

describe('who calls', () => {
  it.each(['anonymous', '', '+266696687', 'sip:x@y', 'Restricted'])('withheld as "%s" is a new person each time', async (from) => {
    const [one, two] = [nextSid(), nextSid()]
    await hub.ring(one, from)
    await hub.ring(two, from)
    const calls = [await hub.call(one), await hub.call(two)]
    expect(calls[0]!.customerId).not.toBe(calls[1]!.customerId)
    expect(calls).toMatchObject([{ identityKind: 'call', state: 'queued' }, { identityKind: 'call', state: 'queued' }])
  })

  it('a second live call from one number is another person; after the first has ended it is the same one', async () => {
    const from = nextNumber()
    const [one, two, three] = [nextSid(), nextSid(), nextSid()]
    await hub.ring(one, from)
    await hub.ring(two, from)
    const [first, second] = [await hub.call(one), await hub.call(two)]
    expect(second).toMatchObject({ identityKind: 'call' })
    expect(second.customerId).not.toBe(first.customerId)
    await ended(one, from)
    await hub.ring(three, from)
    expect((await hub.call(three)).customerId).toBe(first.customerId)
  })

  it('without the carrier’s word joins the number’s customer, unverified, and changes nothing about them', async () => {
    const address = { kind: 'phone' as const, realm: '', value: nextNumber() }
    const person = await makePerson(hub.db, { address, evidence: 'claimed' })
    const sid = nextSid()
    await hub.ring(sid, address.value, { StirVerstat: 'TN-Validation-Passed-B', CallerName: 'Somebody Else' })
    expect(await hub.call(sid)).toMatchObject({ customerId: person.customerId, unverified: true, evidence: 'claimed' })
    expect(await hub.one('select display_name as name from identity where id = $1', [person.identityIds[0]])).toEqual({ name: null })
  })

  it('on an active contact rings its owner first, for 15 seconds', async () => {
    const address = { kind: 'phone' as const, realm: '', value: nextNumber() }
    const person = await makePerson(hub.db, { address })
    const owner = hub.world.agentIds[1]!
    await openContactOf(hub.db, hub.world, person, { at: hub.clock.now(), queueId: hub.world.queueIds[0], ownerId: owner })
    const sid = nextSid()
    await hub.ring(sid, address.value)
    const entry = await hub.one<{ agentId: string; until: Date }>(`select e.preferred_agent_id as "agentId", e.preferred_until as until from queue_entry e join session s on s.contact_id = e.contact_id where s.external_id = $1 and e.demand = 'call'`, [sid])
    expect(entry.agentId).toBe(owner)
    expect(entry.until.getTime() - hub.clock.now().getTime()).toBe(15_000)
    await hub.route()
    expect((await hub.openOffer(sid))?.agentId).toBe(owner)
    expect(await hub.one(`select extract(epoch from o.expires_at - o.offered_at)::int as seconds from offer o join session s on s.contact_id = o.contact_id where s.external_id = $1`, [sid])).toEqual({ seconds: 15 })
  })
})

describe('a customer who is in a chat with an agent', () => {
  /** A live chat with the second agent, and the customer's number. */
  async function chatting() {
    const address = { kind: 'phone' as const, realm: '', value: nextNumber() }
    const person = await makePerson(hub.db, { address })
    const owner = hub.world.agentIds[1]!
    const { contactId } = await openContactOf(hub.db, hub.world, person, { at: hub.clock.now(), queueId: hub.world.queueIds[0], ownerId: owner, session: 'chat' })
    await hub.db.execute(`update assignment set live_units = 33, deferred_units = 0 where contact_id = $1`, [contactId])
    const held = () => hub.one<{ live: number; deferred: number }>(
      `select (coalesce((select sum(live_units) from assignment where agent_id = $1 and ended_at is null), 0) + coalesce((select sum(live_units) from offer where agent_id = $1 and ended_at is null), 0))::int as live,
         (coalesce((select sum(deferred_units) from assignment where agent_id = $1 and ended_at is null), 0) + coalesce((select sum(deferred_units) from offer where agent_id = $1 and ended_at is null), 0))::int as deferred`, [owner])
    return { from: address.value, person, owner, contactId, held }
  }

  it('and calls is offered to that agent: the offer reserves what the chat does not hold, the accept ends at one call', async () => {
    const { from, owner, contactId, held } = await chatting()
    const sid = nextSid()
    await hub.ring(sid, from)
    await hub.route()
    expect(await hub.openOffer(sid)).toMatchObject({ agentId: owner })
    expect(await held()).toEqual({ live: 100, deferred: 0 })
    await hub.accept(sid)
    expect(await held()).toEqual({ live: 100, deferred: 0 })
    expect(await hub.call(sid)).toMatchObject({ contactId, state: 'connecting', agentId: owner, contactState: 'active' })
  })

  it('is anybody’s call when the agent declines; the chat goes with it to whoever accepts', async () => {
    const { from, owner, held } = await chatting()
    const sid = nextSid()
    await hub.ring(sid, from)
    await hub.route()
    await declineOffer(hub.context, (await hub.openOffer(sid))!.id, owner, 'busy')
    expect(await held()).toEqual({ live: 33, deferred: 0 })
    await hub.route()
    expect((await hub.openOffer(sid))?.agentId).toBe(hub.world.agentIds[0])
    await hub.accept(sid)
    expect(await hub.call(sid)).toMatchObject({ ownerId: hub.world.agentIds[0] })
    expect(await held()).toEqual({ live: 0, deferred: 0 })
  })

  it('and hangs up while the agent is asked leaves them with the chat; after talk too', async () => {
    const { from, held } = await chatting()
    const [one, two] = [nextSid(), nextSid()]
    await hub.ring(one, from)
    await hub.route()
    await ended(one, from)
    expect(await hub.openOffer(one)).toBeUndefined()
    expect(await held()).toEqual({ live: 33, deferred: 0 })
    await hub.ring(two, from)
    await hub.route()
    await hub.accept(two)
    const call = await hub.call(two)
    const leg = nextSid()
    await agentLeg(leg, { session: call.id, command: call.commandId! })
    await aboutToConnect(two, from, call.id, leg)
    expect(await held()).toEqual({ live: 100, deferred: 0 })
    await queueLeft(two, from, call.id, 'bridged')
    expect(await hub.call(two)).toMatchObject({ contactState: 'active' })
    expect(await held()).toEqual({ live: 33, deferred: 0 })
  })

  it('is not offered to them while they chat with somebody else too', async () => {
    const { from, owner } = await chatting()
    const other = await makePerson(hub.db)
    const { contactId } = await openContactOf(hub.db, hub.world, other, { at: hub.clock.now(), queueId: hub.world.queueIds[0], ownerId: owner, session: 'chat' })
    await hub.db.execute(`update assignment set live_units = 33, deferred_units = 0 where contact_id = $1`, [contactId])
    const sid = nextSid()
    await hub.ring(sid, from)
    await hub.route()
    expect((await hub.openOffer(sid))?.agentId).not.toBe(owner)
  })

  it('the other way round: a chat that begins during their call is that agent’s alone, and costs nothing more', async () => {
    const { sid, agentId, call } = await bridged()
    await hub.db.execute(
      `insert into session (id, contact_id, conversation_id, kind, state, account_id, started_at) select gen_random_uuid(), $1, $2, 'chat', 'live', $3, $4`, [call.contactId, call.conversationId, hub.world.accountIds.webchat, hub.clock.now()])
    await hub.db.tx(async (tx) => enterQueue(tx, { contactId: call.contactId, conversationId: call.conversationId, queueId: hub.world.queueIds[0], demand: 'chat', channel: 'webchat', workableAt: hub.clock.now(), preferredAgentId: agentId }, hub.clock.now()))
    await hub.route()
    const offer = await hub.openOffer(sid)
    expect(offer).toMatchObject({ agentId })
    expect(await hub.one('select live_units as live from offer where id = $1', [offer!.id])).toEqual({ live: 0 })
    await declineOffer(hub.context, offer!.id, agentId, 'busy')
    await hub.route()
    expect(await hub.openOffer(sid)).toBeUndefined()
    await hub.db.execute(`update offer set ended_at = ended_at - interval '61 seconds' where id = $1`, [offer!.id])
    await hub.route()
    await hub.accept(sid)
    expect(await hub.call(sid)).toMatchObject({ state: 'bridged', agentId, assignments: [{ live: 100 }], entries: expect.arrayContaining([{ demand: 'call', result: 'answered' }, { demand: 'chat', result: 'answered' }]) })
  })
})

describe('waiting', () => {
  it('is told the place in line, and leaves nothing in the database', async () => {
    const [one, two, from] = [nextSid(), nextSid(), nextNumber()]
    await hub.ring(one, nextNumber())
    await hub.ring(two, from)
    const call = await hub.call(two)
    const before = await dumpTables(hub.db)
    const heard = await hub.post(path('wait', { session: call.id }), { CallSid: two, From: from, CallStatus: 'in-progress', QueuePosition: '1' })
    expect(parseTwiml(heard.body, 'wait')).toMatchObject([{ name: 'Say', text: 'About 1 person is ahead of you. Thank you for waiting.' }, { name: 'Pause' }])
    expect(dumpDifference(before, await dumpTables(hub.db))).toEqual({})
    // Agents who chat take no call: a chat that stands before them is before them. Mail is answered beside calls.
    const after = async (demand: string) => {
      await hub.db.execute('update queue_entry set demand = $2 where contact_id = $1', [(await hub.call(one)).contactId, demand])
      return parseTwiml((await hub.post(path('wait', { session: call.id }), { CallSid: two, From: from, CallStatus: 'in-progress', QueuePosition: '1' })).body, 'wait')[0]
    }
    expect([await after('messages'), await after('chat')]).toMatchObject([{ text: 'You are next in line. Thank you for waiting.' }, { text: 'About 1 person is ahead of you. Thank you for waiting.' }])
    await after('call')
  })

  it('leads to the voicemail when the queue takes messages after so long', async () => {
    const [sid, from] = [nextSid(), nextNumber()]
    await hub.db.execute(`update queue set overflow = '{"rules": [{"when": {"is": "wait", "ms": 30000}, "then": {"do": "voicemail"}}, {"when": {"is": "closed"}, "then": {"do": "voicemail"}}]}' where id = $1`, [hub.world.queueIds[0]])
    await hub.ring(sid, from)
    const { id } = await hub.call(sid)
    await hub.db.execute(`update queue_entry e set workable_at = workable_at - interval '31 seconds' from session s where s.contact_id = e.contact_id and s.id = $1`, [id])
    const wait = await hub.post(path('wait', { session: id }), { CallSid: sid, From: from, CallStatus: 'in-progress' })
    expect(parseTwiml(wait.body, 'wait')).toMatchObject([{ name: 'Leave' }])
    const left = await queueLeft(sid, from, id, 'leave', 'in-progress')
    expect(parseTwiml(left.body, 'call').map(({ name }) => name)).toEqual(['Say', 'Record'])
    await ended(sid, from)
    expect(await hub.call(sid)).toMatchObject({ state: 'ended', entries: [{ demand: 'call', result: 'voicemail' }], contactState: 'closed' })
  })

  it('ends as abandoned when the caller hangs up; mail of the same contact waits on', async () => {
    const address = { kind: 'phone' as const, realm: '', value: nextNumber() }
    const person = await makePerson(hub.db, { address })
    await openContactOf(hub.db, hub.world, person, { at: hub.clock.now(), queueId: hub.world.queueIds[0], entries: ['messages'], unanswered: true })
    const sid = nextSid()
    await hub.ring(sid, address.value)
    await hub.route()
    expect(await hub.openOffer(sid)).toBeDefined()
    await queueLeft(sid, address.value, (await hub.call(sid)).id, 'hangup')
    await ended(sid, address.value)
    expect(await hub.call(sid)).toMatchObject({ state: 'ended', contactState: 'waiting', entries: [{ demand: 'messages', result: null }, { demand: 'call', result: 'abandoned' }], turns: [{ end: null }] })
    expect(await hub.db.query(`select kind from follow_up where customer_id = $1`, [person.customerId])).toEqual([{ kind: 'call-back' }])
  })

  it('of nobody reachable opens no call-back', async () => {
    const sid = nextSid()
    await hub.ring(sid, 'anonymous')
    await ended(sid, 'anonymous')
    const call = await hub.call(sid)
    expect(call).toMatchObject({ outcome: 'abandoned' })
    expect(await hub.db.query('select 1 from follow_up where customer_id = $1', [call.customerId])).toEqual([])
  })

  it('what an abandoned call asked goes on in the contact that follows', async () => {
    const from = nextNumber()
    const [one, two] = [nextSid(), nextSid()]
    await hub.ring(one, from)
    await ended(one, from)
    await hub.ring(two, from)
    expect(await hub.call(two)).toMatchObject({ turns: [{ end: null }], contactState: 'waiting' })
    expect((await hub.call(one)).turns).toBeNull()
    // Lists that show the first one as unanswered are told.
    const { contactId } = await hub.call(one)
    expect(await hub.db.query(`select type, (data->'version')::int as version from event where contact_id = $1 order by position desc limit 1`, [contactId])).toEqual(
      await hub.db.query(`select 'contact.changed' as type, version from contact where id = $1`, [contactId]))
  })
})

describe('putting through', () => {
  it('rings the agent by a command in the lane of the call; the caller stays in the line meanwhile', async () => {
    const { call, agentId } = await connecting()
    expect(call).toMatchObject({ state: 'connecting', agentId, entries: [{ demand: 'call', result: null }], turns: [{ end: null }] })
    expect(await hub.db.query(`select lane, kind, state from outbound where session_id = $1`, [call.id])).toEqual([{ lane: `call:${call.id}`, kind: 'connect', state: 'pending' }])
    await hub.route()
    expect(await hub.openOffer((await hub.one<{ sid: string }>('select external_id as sid from session where id = $1', [call.id])).sid)).toBeUndefined()
  })

  it('is the answer: entry, turn, first response, and screens see every step of the one call item', async () => {
    const { sid, agentId, leg } = await bridged()
    const call = await hub.call(sid)
    expect(call).toMatchObject({ state: 'bridged', agentLegId: leg, contactState: 'active', ownerId: agentId, entries: [{ result: 'answered' }], turns: [{ end: 'answered' }] })
    const versions = await hub.db.query<{ type: string }>(`select type from event where data->'sessionIds' ? $1 order by position`, [call.id])
    expect(versions.map(({ type }) => type)).toEqual(['contact.opened', 'session.changed', 'session.changed'])
    expect(call.messageVersion).toBeGreaterThan(2)
    expect(await hub.one('select count(*)::int as n from message where contact_id = $1 and kind = $2', [call.contactId, 'call'])).toEqual({ n: 1 })
  })

  it('connects exactly one of two legs that answer', async () => {
    const { sid, from, call, query } = await connecting()
    const [one, two] = [nextSid(), nextSid()]
    const answers = await Promise.all([agentLeg(one, query), agentLeg(two, query)])
    const names = answers.map(({ body }) => parseTwiml(body, 'call')[0]!.name).sort()
    expect(names).toEqual(['Dial', 'Hangup'])
    const winner = answers[0]!.body.includes('<Dial') ? one : two
    await Promise.all([one, two].map((leg) => aboutToConnect(sid, from, call.id, leg)))
    expect(await hub.call(sid)).toMatchObject({ state: 'bridged', agentLegId: winner, assignments: [{ ended: false }] })
  })

  it.each(['busy', 'no-answer', 'failed', 'completed'])('that ends as %s returns the caller to the front, the agent free', async (status) => {
    const { sid, from, call, agentId, query } = await connecting()
    expect((await agentStatus(nextSid(), query, status)).status).toBe(200)
    expect(await hub.call(sid)).toMatchObject({ state: 'queued', agentId: null, contactState: 'waiting', ownerId: null, entries: [{ result: null }], assignments: [{ released: true, ended: true, reason: 'bridge-failed' }] })
    expect(await hub.one(`select load from agent_state where agent_id = $1`, [agentId])).toEqual({ load: 'idle' })
    // The leg of the failed command answers after all: it is turned away.
    expect((await agentLeg(nextSid(), query)).body).toContain('<Hangup')
    await ended(sid, from)
    expect(await hub.call(sid)).toMatchObject({ id: call.id, state: 'ended', outcome: 'abandoned' })
  })

  it('that breaks at the last moment un-answers the call: entry, turn and wait run on', async () => {
    const { sid, from, call } = await bridged()
    const answer = await queueLeft(sid, from, call.id, 'error', 'in-progress')
    expect(parseTwiml(answer.body, 'call')).toMatchObject([{ name: 'Say' }, { name: 'Enqueue', attributes: { action: expect.stringContaining('round=2') } }])
    expect(await hub.call(sid)).toMatchObject({ state: 'queued', bridgedAt: null, contactState: 'waiting', entries: [{ result: null }], turns: [{ end: null }], assignments: [{ ended: true }] })
  })

  it('a hang-up in the same instant as the accept leaves nobody with a dead call, whichever comes first', async () => {
    for (let i = 0; i < 12; i++) {
      const [sid, from] = [nextSid(), nextNumber()]
      await hub.ring(sid, from)
      await hub.route()
      const offer = await hub.openOffer(sid)
      const { id } = await hub.call(sid)
      await Promise.allSettled([acceptOffer(hub.context, offer!.id, offer!.agentId), i % 3 === 0 ? ended(sid, from) : queueLeft(sid, from, id, 'hangup'), ended(sid, from)])
      const call = await hub.call(sid)
      expect(call).toMatchObject({ state: 'ended', contactState: 'closed', outcome: 'abandoned', entries: [{ result: 'abandoned' }], turns: [{ end: null }] })
      expect(call.assignments?.every((assignment) => assignment.ended) ?? true).toBe(true)
      expect(await hub.openOffer(sid)).toBeUndefined()
      expect(await hub.db.query(`select 1 from outbound where session_id = $1 and state = 'pending'`, [id])).toEqual([])
      expect(await hub.one(`select load from agent_state where agent_id = $1`, [offer!.agentId])).toEqual({ load: 'idle' })
    }
  })
})

describe('a call on a contact that is offered as less', () => {
  it('is decided anew: whoever was asked for the messages is not rung on top of another call', async () => {
    const address = { kind: 'phone' as const, realm: '', value: nextNumber() }
    const person = await makePerson(hub.db, { address })
    const [of] = hub.world.queueIds
    const { contactId } = await openContactOf(hub.db, hub.world, person, { at: hub.clock.now(), queueId: of, entries: ['messages'] })
    await hub.route()
    const offer = await hub.one<{ id: string; agentId: string }>('select id, agent_id as "agentId" from offer where contact_id = $1 and ended_at is null', [contactId])
    const sid = nextSid()
    await hub.ring(sid, address.value)
    expect((await hub.call(sid)).contactId).toBe(contactId)
    await expect(acceptOffer(hub.context, offer.id, offer.agentId)).rejects.toMatchObject({ code: 'offer.gone' })
    await hub.route()
    expect(await hub.one('select channel, live_units as live from offer where contact_id = $1 and ended_at is null', [contactId])).toEqual({ channel: 'voice', live: 100 })
  })
})

describe('a long line', () => {
  it('in which a chat waits for the one who talks with its customer is planned once, and those behind are offered', async () => {
    const { call, agentId } = await bridged()
    const colleague = hub.world.agentIds.slice(0, 2).find((id) => id !== agentId)!
    const [of, elsewhere] = hub.world.queueIds
    await hub.db.execute('update agent set live_units = 33 where id = $1', [colleague]) // one chat fills their hands
    await hub.db.tx((tx) => enterQueue(tx, { contactId: call.contactId, conversationId: call.conversationId, queueId: of, demand: 'chat', channel: 'webchat', workableAt: hub.clock.now(), preferredAgentId: agentId }, hub.clock.now()))
    await hub.route()
    const asked = await hub.one<{ id: string; agentId: string }>('select id, agent_id as "agentId" from offer where contact_id = $1 and ended_at is null', [call.contactId])
    expect(asked.agentId).toBe(agentId)
    await declineOffer(hub.context, asked.id, agentId, 'busy')
    // Forty in the front that nobody here can take, and one behind them that the colleague can.
    const behind = Array.from({ length: 41 }, nextSid)
    for (const sid of behind) await hub.ring(sid, nextNumber())
    await hub.db.execute(`update queue_entry set queue_id = $1 where demand = 'call' and ended_at is null`, [elsewhere])
    const last = await hub.call(behind.at(-1)!)
    await hub.db.execute(`update queue_entry set queue_id = $2, demand = 'chat', channel = 'webchat', rank_at = rank_at + interval '1 minute' where contact_id = $1`, [last.contactId, of])
    await hub.route()
    expect(await hub.db.query('select contact_id as "contactId", agent_id as "agentId" from offer where ended_at is null')).toEqual([{ contactId: last.contactId, agentId: colleague }])
    const atOnce: string[] = []
    const jobs: typeof hub.context.jobs = { ...hub.context.jobs, wake: (name, key, options) => void (options?.at ?? atOnce.push(`${name} ${key}`)) }
    await route({ ...hub.context, jobs })
    expect(atOnce).toEqual([])
    await hub.db.execute('update agent set live_units = 100 where id = $1', [colleague])
  })
})

describe('who takes a call', () => {
  it('is asked for nothing else, and misses nothing: what they were offered goes back at once', async () => {
    const [agentId, colleague] = hub.world.agentIds
    await hub.db.execute(`update agent_state set presence = 'break', reason = 'lunch' where agent_id <> $1`, [agentId])
    const { contactId } = await openContactOf(hub.db, hub.world, await makePerson(hub.db), { at: hub.clock.now(), queueId: hub.world.queueIds[0], entries: ['messages'], unanswered: true })
    const offers = () => hub.db.query(`select agent_id as "agentId", result, reason from offer where contact_id = $1 order by offered_at, id`, [contactId])
    const sid = nextSid()
    await hub.ring(sid, nextNumber())
    await hub.route()
    expect(await offers()).toEqual([{ agentId, result: null, reason: null }])
    await hub.db.execute(`update agent_state set presence = 'available', reason = null where agent_id = $1`, [colleague])
    await hub.accept(sid)
    await hub.wokenTimers()
    expect(await offers()).toEqual([{ agentId, result: 'withdrawn', reason: 'on-call' }])
    await hub.route()
    expect(await offers()).toContainEqual({ agentId: colleague, result: null, reason: null })
    expect(await hub.one('select presence from agent_state where agent_id = $1', [agentId])).toEqual({ presence: 'available' })
  })

  it.each([['on the line', 'withdrawn', 'on-call', 'available'], ['on no call', 'timed-out', 'no-answer', 'break']])('%s when the time of another offer ends has it end as %s: %s', async (where, result, reason, presence) => {
    const [agentId] = hub.world.agentIds
    await hub.db.execute(`update agent_state set presence = 'break', reason = 'lunch' where agent_id <> $1`, [agentId])
    const { contactId } = await openContactOf(hub.db, hub.world, await makePerson(hub.db), { at: hub.clock.now(), queueId: hub.world.queueIds[0], entries: ['messages'], unanswered: true })
    await hub.route()
    // A call they took by themselves, or were given, asked for no room.
    const sid = nextSid()
    await hub.ring(sid, nextNumber())
    if (where === 'on the line') await hub.db.execute(`update session set agent_id = $2, state = 'bridged' where external_id = $1`, [sid, agentId])
    await hub.db.execute('update offer set expires_at = $2 where contact_id = $1', [contactId, hub.clock.now()])
    expect(await expireOffers(hub.context)).toMatchObject({ expired: 1 })
    expect(await hub.db.query('select agent_id as "agentId", result, reason from offer where contact_id = $1', [contactId])).toEqual([{ agentId, result, reason }])
    expect(await hub.one('select presence from agent_state where agent_id = $1', [agentId])).toEqual({ presence })
  })

  it('and hangs up is who ended it, though the provider only says that the customer’s line is over', async () => {
    const talk = await bridged()
    await hangUp(hub.context, talk.call.contactId, { staffId: talk.agentId, role: 'agent' })
    await queueLeft(talk.sid, talk.from, talk.call.id, 'bridged')
    expect(await hub.call(talk.sid)).toMatchObject({ state: 'ended', endReason: 'agent-hung-up' })
  })

  it.each(['the talk breaks', 'a colleague is given the call', 'who helps takes it over'])('and hangs up in vain, before %s, is not who ends what is talked then', async (what) => {
    const talk = await bridged()
    const asOwner = { staffId: talk.agentId, role: 'agent' as const }
    const helper = what === 'who helps takes it over' ? await helped(talk) : null
    await hangUp(hub.context, talk.call.contactId, asOwner)
    if (what === 'the talk breaks') await queueLeft(talk.sid, talk.from, talk.call.id, 'error', 'in-progress')
    else await transfer(hub.context, talk.call.contactId, asOwner, { agentId: colleagueOf(talk.agentId), queueId: null, note: null })
    await hub.route()
    await hub.accept(talk.sid)
    if (!helper) {
      const leg = nextSid()
      await agentLeg(leg, { session: talk.call.id, command: (await hub.call(talk.sid)).commandId! })
      await aboutToConnect(talk.sid, talk.from, talk.call.id, leg)
    }
    expect(await hub.call(talk.sid)).toMatchObject({ state: 'bridged' })
    if (helper) await ended(talk.sid, talk.from)
    else await queueLeft(talk.sid, talk.from, talk.call.id, 'bridged', 'completed', '2')
    expect(await hub.call(talk.sid)).toMatchObject({ state: 'ended', endReason: helper ? 'hung-up' : 'customer-hung-up' })
  })
})

describe('the end of a call', () => {
  it('after talk is wrap-up, its units held, and closes as handled at the limit', async () => {
    const { sid, from, call, agentId } = await bridged()
    await queueLeft(sid, from, call.id, 'bridged')
    await ended(sid, from)
    expect(await hub.call(sid)).toMatchObject({ state: 'ended', contactState: 'wrap-up', assignments: [{ agentId, released: true, ended: false, live: 100 }] })
    await hub.db.execute(`update contact set wrap_up_until = $2 where id = $1`, [call.contactId, hub.clock.now()])
    await runContactTimers(hub.context)
    expect(await hub.call(sid)).toMatchObject({ contactState: 'closed', outcome: 'handled', assignments: [{ ended: true }] })
  })

  it('after talk stays active when the customer wrote something nobody answered', async () => {
    const { sid, from, call } = await bridged()
    await hub.db.execute(
      `insert into turn (id, conversation_id, contact_id, started_at, first_message_id) select gen_random_uuid(), m.conversation_id, m.contact_id, m.at, m.id from message m join session s on s.message_id = m.id where s.id = $1`, [call.id])
    await ended(sid, from)
    expect(await hub.call(sid)).toMatchObject({ state: 'ended', contactState: 'active', assignments: [{ released: false, live: 0 }] })
  })

  it('that is moved while its agent is rung stays in the line: the telephone that is picked up is turned away', async () => {
    const { sid, from, call, agentId, query } = await connecting()
    await transfer(hub.context, call.contactId, { staffId: agentId, role: 'agent' }, { agentId: null, queueId: hub.world.queueIds[1], note: null })
    expect(await hub.call(sid)).toMatchObject({ state: 'queued', agentId: null, contactState: 'waiting', ownerId: null })
    expect((await agentLeg(nextSid(), query)).body).toContain('<Hangup')
    expect(await hub.call(sid)).toMatchObject({ state: 'queued', contactState: 'waiting' })
    await ended(sid, from)
    expect(await hub.call(sid)).toMatchObject({ state: 'ended', contactState: 'closed', outcome: 'abandoned' })
  })

  it.each(['in the line', 'rung for again'])('that is moved while its agent picks up stays in the line, whoever is asked next (%s)', async (then) => {
    const { sid, from, call, agentId, query } = await connecting()
    const leg = nextSid()
    await agentLeg(leg, query)
    await transfer(hub.context, call.contactId, { staffId: agentId, role: 'agent' }, { agentId: null, queueId: hub.world.queueIds[0], note: null })
    if (then === 'rung for again') {
      await hub.route()
      await hub.accept(sid)
    }
    await aboutToConnect(sid, from, call.id, leg)
    expect(parseTwiml((await queueLeft(sid, from, call.id, 'bridged', 'in-progress')).body, 'call').at(-1)).toMatchObject({ name: 'Enqueue', attributes: { action: expect.stringContaining('round=2') } })
    expect(await hub.call(sid)).toMatchObject({ state: then === 'in the line' ? 'queued' : 'connecting', endedAt: null, agentLegId: null, contactState: then === 'in the line' ? 'waiting' : 'active' })
  })

  it('while it is moved to another queue is a caller who gave up, called back', async () => {
    const { sid, from, call, agentId } = await bridged()
    await transfer(hub.context, call.contactId, { staffId: agentId, role: 'agent' }, { agentId: null, queueId: hub.world.queueIds[1], note: null })
    expect(await hub.call(sid)).toMatchObject({ state: 'bridged', contactState: 'waiting' })
    await ended(sid, from)
    const gone = await hub.call(sid)
    expect(gone).toMatchObject({ state: 'ended', contactState: 'closed', outcome: 'abandoned' })
    expect(gone.entries!.map(({ result }) => result).sort()).toEqual(['abandoned', 'answered'])
    expect(await hub.db.query('select kind from follow_up where contact_id = $1', [call.contactId])).toEqual([{ kind: 'call-back' }])
  })

  it('with no earlier event is a call nobody could take: closed, never offered', async () => {
    const [sid, from] = [nextSid(), nextNumber()]
    await ended(sid, from)
    await hub.route()
    expect(await hub.call(sid)).toMatchObject({ state: 'ended', contactState: 'closed', outcome: 'abandoned', entries: null })
    expect(parseTwiml((await hub.ring(sid, from)).body, 'call')).toMatchObject([{ name: 'Hangup' }])
    expect(await hub.one('select count(*)::int as n from session where external_id = $1', [sid])).toEqual({ n: 1 })
  })

  it('whose word was lost is found by asking the provider, and its agent is free', async () => {
    const { sid, agentId } = await bridged()
    await hub.db.execute(`update session set last_seen_at = $2 where external_id = $1`, [sid, new Date(hub.clock.now().getTime() - 61_000)])
    const asked: string[] = []
    const voice = { ...hub.context.channels.adapters.voice, callState: async (id: string) => { asked.push(id); return 'ended' as const } }
    const context = { ...hub.context, channels: { ...hub.context.channels, adapters: { ...hub.context.channels.adapters, voice } } }
    expect(await sweepCalls(context)).toBe(1)
    expect(asked).toContain(sid)
    expect(await hub.call(sid)).toMatchObject({ state: 'ended', endReason: 'end-lost', contactState: 'wrap-up' })
    expect(await hub.one(`select load from agent_state where agent_id = $1`, [agentId])).toEqual({ load: 'wrap-up' })
    expect(await sweepCalls(context)).toBe(0)
  })

  it.each(['whoever is rung for it', 'who hangs up'])('whose word was lost is not hidden by %s: the provider is asked soon', async (who) => {
    const { adapters } = hub.context.channels
    const voice = { ...adapters.voice, callState: async () => 'ended' as const }
    const inSeconds = (seconds: number) => ({ ...hub.context, clock: fixedClock(new Date(hub.clock.now().getTime() + seconds * 1000)), channels: { ...hub.context.channels, adapters: { ...adapters, voice } } })
    const talk = who === 'who hangs up' ? await bridged() : await connecting()
    if (who === 'who hangs up') await hangUp(hub.context, talk.call.contactId, { staffId: talk.agentId, role: 'agent' })
    else {
      const leg = nextSid()
      await agentLeg(leg, talk.query)
      await agentStatus(leg, talk.query, 'completed')
      expect(await hub.call(talk.sid)).toMatchObject({ state: 'queued' })
      await hub.route()
      await hub.accept(talk.sid)
    }
    expect([await sweepCalls(inSeconds(4)), await sweepCalls(inSeconds(6)), await sweepCalls(inSeconds(6))]).toEqual([0, 1, 0])
    expect(await hub.call(talk.sid)).toMatchObject({ state: 'ended' })
  })

  it('by the agent is a command; a colleague may not, a contact without a call has none', async () => {
    const { call, agentId, sid } = await bridged()
    const colleague = hub.world.agentIds.find((id) => id !== agentId)!
    await expect(hangUp(hub.context, call.contactId, { staffId: colleague, role: 'agent' })).rejects.toMatchObject({ code: 'contact.not-owner' })
    await hangUp(hub.context, call.contactId, { staffId: agentId, role: 'agent' })
    expect(await hub.one(`select payload->>'callId' as id from outbound where session_id = $1 and kind = 'hang-up'`, [call.id])).toEqual({ id: sid })
    await ended(sid, '+1')
    await expect(hangUp(hub.context, call.contactId, { staffId: agentId, role: 'agent' })).rejects.toMatchObject({ code: 'call.not-live' })
  })
})

describe('what is recorded', () => {
  const recorded = (sid: string, session: string, more: Record<string, string>, step = 'recorded') => hub.post(path(step, { session }), { CallSid: sid, From: '+14155559999', CallStatus: 'in-progress', RecordingSid: lastRecording(), RecordingDuration: '4', ...more })
  async function atTheTone() {
    await hub.calendar('never')
    await hub.db.execute(`update queue set overflow = '{"rules": [{"when": {"is": "wait", "ms": 30000}, "then": {"do": "voicemail"}}, {"when": {"is": "closed"}, "then": {"do": "voicemail"}}]}' where id = $1`, [hub.world.queueIds[0]])
    const [sid, from] = [nextSid(), nextNumber()]
    const { body } = await hub.ring(sid, from)
    expect(parseTwiml(body, 'call').map(({ name }) => name)).toEqual(['Say', 'Say', 'Record'])
    return { sid, from, call: await hub.call(sid) }
  }

  it('after the tone is fetched from the provider only, and its words are kept without card numbers', async () => {
    const { sid, from, call } = await atTheTone()
    const thanks = await recorded(sid, call.id, { RecordingUrl: `https://api.twilio.com/2010-04-01/Accounts/x/Recordings/${lastRecording()}` })
    expect(parseTwiml(thanks.body, 'call').map(({ name }) => name)).toEqual(['Say', 'Hangup'])
    await recorded(sid, call.id, { TranscriptionText: 'my card is 4111 1111 1111 1111' }, 'transcribed')
    await ended(sid, from)
    expect(await hub.call(sid)).toMatchObject({ text: 'my card is •••• •••• •••• 1111', contactState: 'waiting', endReason: 'voicemail-left' })
    expect(await hub.db.query('select a.state from attachment a join session s on s.message_id = a.message_id where s.id = $1', [call.id])).toEqual([{ state: 'fetching' }])
  })

  it('on a foreign host is never fetched', async () => {
    const { sid, call } = await atTheTone()
    await recorded(sid, call.id, { RecordingUrl: 'https://evil.example/x.wav' })
    expect(await hub.db.query(`select a.state, a.state_reason as reason, a.source_url as url from attachment a join session s on s.message_id = a.message_id where s.id = $1`, [call.id])).toEqual([{ state: 'refused', reason: 'foreign-host', url: null }])
  })

  it('heard of only after the end is a message all the same', async () => {
    const { sid, from, call } = await atTheTone()
    await ended(sid, from)
    expect(await hub.call(sid)).toMatchObject({ contactState: 'closed', outcome: 'left-in-menu' })
    await recorded(sid, call.id, { RecordingUrl: 'https://api.twilio.com/2010-04-01/Accounts/x/Recordings/y' })
    expect(await hub.call(sid)).toMatchObject({ contactState: 'waiting', outcome: null, endReason: 'voicemail-left' })
  })

  it('without having been asked for is deleted at the provider, and staff see that it happened', async () => {
    const { sid, call } = await bridged()
    await recorded(sid, call.id, { RecordingUrl: 'https://api.twilio.com/2010-04-01/Accounts/x/Recordings/y' })
    expect(await hub.db.query(`select kind from outbound where session_id = $1 and kind = 'delete-recording'`, [call.id])).toHaveLength(1)
    expect(await hub.db.query(`select 1 from attachment a join session s on s.message_id = a.message_id where s.id = $1`, [call.id])).toEqual([])
    expect(await hub.db.query(`select 1 from message where contact_id = $1 and data->'system'->>'code' = 'recording-refused'`, [call.contactId])).toHaveLength(1)
  })
})
