import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hangUp, hold, sweepCalls } from '#server/features/voice/voice.usecases.ts'
import { close } from '#server/features/contacts/contacts.usecases.ts'
import { consult, leaveConsult } from '#server/features/contacts/consult.usecases.ts'
import { transfer } from '#server/features/contacts/moving.usecases.ts'
import { startVoiceHub, type VoiceHub } from './support/voice-hub.ts'

let hub: VoiceHub
beforeAll(async () => { hub = await startVoiceHub({ phone: true }) })
afterAll(async () => { await hub.stop() })

const until = (sid: string, isSo: (call: Awaited<ReturnType<VoiceHub['call']>>) => boolean) => hub.customers.waitFor(async () => {
  const call = await hub.call(sid).catch(() => null)
  return call !== null && isSo(call) ? call : null
}, 8000)

const offered = (sid: string) => hub.customers.waitFor(() => hub.openOffer(sid).then((offer) => offer ?? null), 8000)

describe('a call, with a telephone at the other end', () => {
  it('is greeted, waits, is offered, accepted, bridged and ended, and its agent wraps up', async () => {
    const call = await hub.customers.call('+14155550001', { to: hubNumberOf() })
    await call.hears('Welcome to Lamps & <Co>')
    await offered(call.sid)
    await call.hears('You are next in line')
    const receiptsBefore = await hub.one<{ n: number }>('select count(*)::int as n from receipt')
    const agentId = await hub.accept(call.sid)
    await call.until((one) => one.state === 'bridged')
    const talking = await until(call.sid, (one) => one.state === 'bridged')
    expect(talking).toMatchObject({ agentId, contactState: 'active', ownerId: agentId, entries: [{ demand: 'call', result: 'answered' }], turns: [{ end: 'answered' }] })
    expect(receiptsBefore.n).toBe(1)

    await call.otherSays('Hello, how can I help?')
    await call.hears('how can I help')
    await call.hangup()
    const ended = await until(call.sid, (one) => one.state === 'ended')
    expect(ended).toMatchObject({ contactState: 'wrap-up', ownerId: null, assignments: [{ agentId, released: true, ended: false, live: 100 }] })
    expect(ended.assignments![0]!.talkMs).toBeGreaterThan(0)
    expect(call.error).toBeNull()

    await close(hub.context, ended.contactId, { staffId: agentId, role: 'agent' }, { dispositionId: await disposition(), complaint: false, settle: false })
    expect(await hub.call(call.sid)).toMatchObject({ contactState: 'closed', outcome: 'handled', assignments: [{ ended: true }] })
  })

  it('says goodbye when the agent hangs up', async () => {
    const call = await hub.customers.call('+14155550002', { to: hubNumberOf() })
    await offered(call.sid)
    const agentId = await hub.accept(call.sid)
    await call.until((one) => one.state === 'bridged')
    const { contactId } = await until(call.sid, (one) => one.state === 'bridged')
    await call.otherHangsUp()
    await call.hears('Goodbye')
    await until(call.sid, (one) => one.state === 'ended')
    await finish(contactId, agentId)

    const second = await hub.customers.call('+14155550003', { to: hubNumberOf() })
    await offered(second.sid)
    const owner = await hub.accept(second.sid)
    const talking = await until(second.sid, (one) => one.state === 'bridged')
    await hangUp(hub.context, talking.contactId, { staffId: owner, role: 'agent' })
    await second.until((one) => one.state === 'ended')
    await until(second.sid, (one) => one.state === 'ended')
    await finish(talking.contactId, owner)
  })

  it('keeps its place when the agent’s telephone fails, and the agent is free again', async () => {
    await hub.db.execute(`update agent_state set presence = 'break', reason = 'lunch' where agent_id = $1`, [hub.world.agentIds[1]])
    const agentId = hub.world.agentIds[0]!
    await hub.customers.faults.set({ twilio: { answering: { [`client:agent_${agentId.replaceAll('-', '')}`]: 'busy' } } })
    const call = await hub.customers.call('+14155550004', { to: hubNumberOf() })
    await offered(call.sid)
    const { rankAt } = await hub.one<{ rankAt: Date }>('select e.rank_at as "rankAt" from queue_entry e join session s on s.contact_id = e.contact_id where s.external_id = $1', [call.sid])
    await hub.accept(call.sid)
    const back = await until(call.sid, (one) => one.state === 'queued' && (one.assignments?.[0]?.ended ?? false))
    expect(back).toMatchObject({ agentId: null, assignments: [{ reason: 'bridge-failed', released: true, ended: true }], entries: [{ result: null }], turns: [{ end: null }] })
    expect((await hub.one<{ rankAt: Date }>('select e.rank_at as "rankAt" from queue_entry e join session s on s.contact_id = e.contact_id where s.external_id = $1', [call.sid])).rankAt).toEqual(rankAt)

    await hub.customers.faults.clear()
    await offered(call.sid)
    await hub.accept(call.sid)
    const talking = await until(call.sid, (one) => one.state === 'bridged')
    await call.hangup()
    await until(call.sid, (one) => one.state === 'ended')
    await finish(talking.contactId, agentId)
    await hub.db.execute(`update agent_state set presence = 'available', reason = null`)
  })

  it('is handed over to a colleague, who hears the caller next', async () => {
    const call = await hub.customers.call('+14155550008', { to: hubNumberOf() })
    await offered(call.sid)
    const first = await hub.accept(call.sid)
    const talking = await until(call.sid, (one) => one.state === 'bridged')
    const second = hub.world.agentIds.find((id) => id !== first)!
    await transfer(hub.context, talking.contactId, { staffId: first, role: 'agent' }, { agentId: second, queueId: null, note: null })
    await offered(call.sid)
    await hub.accept(call.sid)
    const handed = await until(call.sid, (one) => one.state === 'bridged' && one.agentId === second && one.agentLegId !== talking.agentLegId)
    await call.until((one) => one.state === 'bridged')
    expect(handed).toMatchObject({ ownerId: second, bridgedAt: talking.bridgedAt })
    expect(handed.assignments).toMatchObject([{ agentId: first, ended: true, reason: 'transferred' }, { agentId: second, ended: false }])
    expect((await hub.customers.state()).calls.filter((leg) => leg.party === 'agent' && leg.state !== 'ended')).toHaveLength(1)
    await call.hangup()
    expect(await until(call.sid, (one) => one.state === 'ended')).toMatchObject({ contactState: 'wrap-up' })
    await finish(talking.contactId, second)
  })

  it('is joined by a colleague of the queue that is asked, who talks, leaves, joins again, and has it when it is handed over', async () => {
    const call = await hub.customers.call('+14155550009', { to: hubNumberOf() })
    await offered(call.sid)
    const owner = await hub.accept(call.sid)
    const { contactId, id: sessionId, bridgedAt } = await until(call.sid, (one) => one.state === 'bridged')
    const helper = hub.world.agentIds.slice(0, 2).find((id) => id !== owner)!
    const asOwner = { staffId: owner, role: 'agent' as const }
    const legs = async () => (await hub.customers.state()).calls.filter((leg) => leg.party === 'agent' && leg.state !== 'ended')
    const heardBy = async (words: string) => (await legs()).filter((leg) => leg.lines.some((line) => line.text === words)).length
    const room = () => hub.one<{ inRoom: boolean; held: boolean }>(`select coalesce((data->>'inRoom')::boolean, false) as "inRoom", data->>'heldSince' is not null as held from session where id = $1`, [sessionId])
    const onCall = () => hub.one<{ n: number }>(`select count(*)::int as n from session where agent_id = $1 and kind = 'call' and ended_at is null`, [helper])
    const ask = async () => {
      await consult(hub.context, contactId, asOwner, { agentId: null, queueId: hub.world.queueIds[0], skills: [], note: null })
      expect(await hub.openOffer(call.sid)).toMatchObject({ agentId: helper })
      await hub.accept(call.sid)
      await hub.customers.waitFor(async () => (await legs()).length === 2 && (await legs()).every((leg) => leg.state === 'bridged') && (await room()).inRoom, 8000)
      // Put through to their agent once, and into the room once.
      await call.until((one) => one.lines.filter((line) => line.text === 'connected').length === 2)
    }
    await ask()
    expect(await hub.call(call.sid)).toMatchObject({ state: 'bridged', agentId: owner, ownerId: owner, contactState: 'active', assignments: [{ agentId: owner, ended: false }] })
    expect(await onCall()).toEqual({ n: 1 })
    await call.say('Can you all hear me?')
    expect(await heardBy('Can you all hear me?')).toBe(2)
    await hold(hub.context, contactId, asOwner, true)
    await call.until((one) => one.lines.at(-1)?.text === 'on-hold')
    await call.say('Hello?')
    expect(await heardBy('Hello?')).toBe(0)
    // The last who helps leaves: nobody is left on hold, the two talk on.
    await leaveConsult(hub.context, contactId, { staffId: helper, role: 'agent' }, helper)
    await call.until((one) => one.lines.some((line) => line.text === 'off-hold'))
    await hub.customers.waitFor(async () => (await legs()).length === 1)
    expect(await hub.call(call.sid)).toMatchObject({ state: 'bridged', agentId: owner, ownerId: owner })
    expect(await onCall()).toEqual({ n: 0 })
    await expect(hold(hub.context, contactId, { staffId: helper, role: 'agent' }, true)).rejects.toMatchObject({ code: 'contact.not-owner' })

    await ask()
    await transfer(hub.context, contactId, asOwner, { agentId: helper, queueId: null, note: null })
    await hub.accept(call.sid)
    await hub.customers.waitFor(async () => (await legs()).length === 1, 8000)
    expect(await hub.call(call.sid)).toMatchObject({ state: 'bridged', agentId: helper, ownerId: helper, bridgedAt, assignments: [{ agentId: owner, ended: true, reason: 'transferred' }, { agentId: helper, ended: false, live: 100 }] })
    await call.say('Still there?')
    expect(await heardBy('Still there?')).toBe(1)
    await call.otherHangsUp()
    await call.hears('Goodbye')
    expect(await until(call.sid, (one) => one.state === 'ended')).toMatchObject({ contactState: 'wrap-up', endReason: 'agent-hung-up' })
    await finish(contactId, helper)
    expect(await onCall()).toEqual({ n: 0 })
    expect((await hub.db.query<{ code: string }>(`select data->'system'->>'code' as code from message where contact_id = $1 and kind = 'system' order by seq`, [contactId])).map(({ code }) => code)).toEqual(
      ['contact-accepted', 'consult-joined', 'consult-left', 'consult-joined', 'contact-transferred', 'contact-closed'])
  })

  it('in which a colleague helps ends for both when the customer hangs up; whose telephone stays silent helps in writing', async () => {
    const call = await hub.customers.call('+14155550010', { to: hubNumberOf() })
    await offered(call.sid)
    const owner = await hub.accept(call.sid)
    const { contactId } = await until(call.sid, (one) => one.state === 'bridged')
    const helper = hub.world.agentIds.slice(0, 2).find((id) => id !== owner)!
    const ask = async () => {
      await consult(hub.context, contactId, { staffId: owner, role: 'agent' }, { agentId: helper, queueId: null, skills: [], note: null })
      await hub.accept(call.sid)
    }
    const codes = async () => (await hub.db.query<{ code: string }>(`select data->'system'->>'code' as code from message where contact_id = $1 and kind = 'system' order by seq`, [contactId])).map(({ code }) => code)
    await hub.customers.faults.set({ twilio: { answering: { [`client:agent_${helper.replaceAll('-', '')}`]: 'busy' } } })
    await ask()
    await hub.customers.waitFor(async () => (await codes()).includes('consult-not-connected'), 8000)
    expect(await hub.call(call.sid)).toMatchObject({ state: 'bridged', agentId: owner })
    expect(await hub.db.query('select 1 from consult where agent_id = $1 and left_at is null', [helper])).toHaveLength(1)
    await hub.customers.faults.clear()
    await leaveConsult(hub.context, contactId, { staffId: owner, role: 'agent' }, helper)
    await ask()
    const legs = async () => (await hub.customers.state()).calls.filter((leg) => leg.party === 'agent' && leg.state !== 'ended')
    await hub.customers.waitFor(async () => (await legs()).length === 2 && (await legs()).every((leg) => leg.state === 'bridged'), 8000)
    await call.until((one) => one.lines.filter((line) => line.text === 'connected').length === 2)
    await call.hangup()
    expect(await until(call.sid, (one) => one.state === 'ended')).toMatchObject({ contactState: 'wrap-up', ownerId: null })
    await hub.customers.waitFor(async () => (await legs()).length === 0)
    expect(await hub.db.query(`select 1 from session where kind = 'call' and ended_at is null`)).toEqual([])
    await finish(contactId, owner)
    expect(await hub.db.query('select 1 from consult where agent_id = $1 and left_at is null', [helper])).toEqual([])
  })

  it('that gives up while waiting is abandoned, its offer withdrawn, its turn kept, and somebody is to call back', async () => {
    const call = await hub.customers.call('+14155550005', { to: hubNumberOf() })
    await offered(call.sid)
    await call.hangup()
    const gone = await until(call.sid, (one) => one.state === 'ended' && one.contactState === 'closed')
    expect(gone).toMatchObject({ outcome: 'abandoned', entries: [{ result: 'abandoned' }], turns: [{ end: null }], endReason: 'abandoned' })
    expect(await hub.openOffer(call.sid)).toBeUndefined()
    expect(await hub.db.query(`select kind from follow_up where customer_id = $1`, [gone.customerId])).toEqual([{ kind: 'call-back' }])
  })

  it('outside hours hears when we are back and is told goodbye', async () => {
    await hub.calendar('never')
    const call = await hub.customers.call('+14155550006', { to: hubNumberOf() })
    await call.hears('closed right now')
    await call.until((one) => one.state === 'ended')
    expect(await until(call.sid, (one) => one.state === 'ended')).toMatchObject({ contactState: 'closed', outcome: 'left-in-menu', entries: null })
    await hub.calendar('always')
  })

  it('leaves a voicemail that waits like a message, its file fetched from the provider', async () => {
    await hub.calendar('never')
    await hub.db.execute(`update queue set overflow = '{"rules": [{"when": {"is": "wait", "ms": 60000}, "then": {"do": "voicemail"}}, {"when": {"is": "closed"}, "then": {"do": "voicemail"}}]}' where id = $1`, [hub.world.queueIds[0]])
    const call = await hub.customers.call('+14155550007', { to: hubNumberOf() })
    await call.until((one) => one.listening === 'recording')
    await call.say('My card is 4111 1111 1111 1111, please call me')
    await call.press('#')
    await call.hears('We have your message')
    const left = await until(call.sid, (one) => one.state === 'ended' && one.text !== '')
    expect(left).toMatchObject({ endReason: 'voicemail-left', entries: [{ demand: 'messages', result: null }] })
    expect(['waiting', 'offered']).toContain(left.contactState)
    expect(left.text).not.toContain('4111 1111')
    await hub.customers.waitFor(async () => (await hub.one<{ state: string }>('select a.state from attachment a join session s on s.message_id = a.message_id where s.external_id = $1', [call.sid])).state === 'stored')
    await hub.calendar('always')
    await hub.db.execute(`update queue set overflow = '{}' where id = $1`, [hub.world.queueIds[0]])
  })

  it('finds nothing to sweep when every end was heard', async () => {
    await hub.db.execute(`update session set last_seen_at = now() - interval '1 hour'`)
    expect(await sweepCalls(hub.context)).toBe(0)
    expect(await hub.db.query(`select external_id, state, reason from receipt where state <> 'handled'`)).toEqual([])
    expect(await hub.db.query(`select kind, state, reason from outbound where state in ('pending', 'sending', 'unknown')`)).toEqual([])
  })
})

function hubNumberOf(): string {
  return '+14155550199'
}

async function disposition(): Promise<string> {
  await hub.db.execute(`insert into disposition (id, name) values (gen_random_uuid(), 'Done') on conflict (name) do nothing`)
  return (await hub.one<{ id: string }>(`select id from disposition where name = 'Done'`)).id
}

async function finish(contactId: string, agentId: string): Promise<void> {
  await close(hub.context, contactId, { staffId: agentId, role: 'agent' }, { dispositionId: await disposition(), complaint: false, settle: true })
}
