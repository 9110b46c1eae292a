import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { parseTwiml } from '#simulator/twilio/twiml.ts'
import { setPresence } from '#server/features/agents/agents.steps.ts'
import { changePresence } from '#server/features/agents/agents.usecases.ts'
import { agentSelect } from '#server/features/agents/agents.views.ts'
import { consult, leaveConsult } from '#server/features/contacts/consult.usecases.ts'
import { transfer } from '#server/features/contacts/moving.usecases.ts'
import { deliverLane } from '#server/features/outbound/deliver.usecases.ts'
import { hangUp, hold, sweepCalls } from '#server/features/voice/voice.usecases.ts'
import { startVoiceHub, type VoiceHub } from './support/voice-hub.ts'
import { voiceTalk } from './support/voice-talk.ts'

let hub: VoiceHub
const { nextSid, freeEverybody, agentLeg, agentStatus, aboutToConnect, queueLeft, bridged, helperStep, helped, saying, colleagueOf, hangUpsOf } = voiceTalk(() => hub)

beforeAll(async () => { hub = await startVoiceHub() })
afterAll(async () => { await hub.stop() })
beforeEach(freeEverybody)

describe('who helps on a call', () => {
  it.each(['leaves', 'is thanked'])('and %s when its agent had gone before all met leaves nobody alone in the room', async (how) => {
    const talk = await bridged()
    const { colleague, leg } = await helped(talk)
    await agentStatus(talk.leg, talk.query, 'completed')
    expect(parseTwiml((await queueLeft(talk.sid, talk.from, talk.call.id, 'bridged', 'in-progress')).body, 'call')).toMatchObject([{ name: 'Dial', children: [{ name: 'Conference' }] }])
    expect(await hangUpsOf(talk.call.id)).toEqual([])
    await leaveConsult(hub.context, talk.call.contactId, { staffId: how === 'leaves' ? colleague : talk.agentId, role: 'agent' }, colleague)
    expect(await hangUpsOf(talk.call.id)).toEqual([leg, talk.sid])
  })

  it('and takes it over from one who had gone talks on when the next who helps leaves', async () => {
    const talk = await bridged()
    const { colleague } = await helped(talk)
    await agentStatus(talk.leg, talk.query, 'completed')
    await transfer(hub.context, talk.call.contactId, { staffId: talk.agentId, role: 'agent' }, { agentId: colleague, queueId: null, note: null })
    await hub.accept(talk.sid)
    expect(await hub.call(talk.sid)).toMatchObject({ state: 'bridged', agentId: colleague, ownerId: colleague })
    const next = await helped({ ...talk, agentId: colleague }, talk.agentId)
    await helperStep('helper-status', next.leg, next.query, 'completed')
    expect(await hub.db.query(`select 1 from session where agent_id = $1 and kind = 'call' and ended_at is null`, [talk.agentId])).toEqual([])
    expect(await hangUpsOf(talk.call.id)).toEqual([])
  })

  it('leaves no trace of the room when the talk breaks: the next one ends like any other', async () => {
    const talk = await bridged()
    await helped(talk)
    await hold(hub.context, talk.call.contactId, { staffId: talk.agentId, role: 'agent' }, true)
    expect(parseTwiml((await queueLeft(talk.sid, talk.from, talk.call.id, 'error', 'in-progress')).body, 'call').at(-1)?.name).toBe('Enqueue')
    await hub.route()
    await hub.accept(talk.sid)
    const leg = nextSid()
    await agentLeg(leg, { session: talk.call.id, command: (await hub.call(talk.sid)).commandId! })
    await aboutToConnect(talk.sid, talk.from, talk.call.id, leg)
    expect(await hub.one(`select state, data->>'heldSince' as held from session where id = $1`, [talk.call.id])).toEqual({ state: 'bridged', held: null })
    expect(parseTwiml((await queueLeft(talk.sid, talk.from, talk.call.id, 'bridged', 'in-progress', '2')).body, 'call').at(-1)?.name).toBe('Hangup')
    expect(await hub.call(talk.sid)).toMatchObject({ state: 'ended', endReason: 'agent-hung-up' })
  })

  it('hears with the agent whether the customer is on hold: a hold that never came about is not shown', async () => {
    const talk = await bridged()
    await helped(talk)
    await hub.db.execute(`update outbound set state = 'delivered' where session_id = $1`, [talk.call.id])
    await hold(hub.context, talk.call.contactId, { staffId: talk.agentId, role: 'agent' }, true)
    const context = saying(async () => ({ ok: false, kind: 'later', retryAfterMs: 0, detail: 'not in the room' }))
    const isHeld = async () => (await hub.one<{ held: boolean }>(`select data->>'heldSince' is not null as held from session where id = $1`, [talk.call.id])).held
    for (const held of [true, true, false]) {
      await deliverLane(context, `hold:${talk.call.id}`)
      expect(await isHeld()).toBe(held)
    }
  })

  it('and waits for the customer to come into the room keeps nothing else of the call waiting; taken back before that is never held', async () => {
    const talk = await bridged()
    await helped(talk)
    await hub.db.execute(`update outbound set state = 'delivered' where session_id = $1`, [talk.call.id])
    const asOwner = { staffId: talk.agentId, role: 'agent' as const }
    const sent: string[] = []
    const context = saying(async ({ payload }) => {
      sent.push('isOnHold' in payload ? `hold ${payload.isOnHold}` : payload.kind)
      return sent.length === 1 ? { ok: false, kind: 'later', retryAfterMs: 2_000, detail: 'not in the room' } : { ok: true, externalId: talk.sid, status: 'delivered' }
    })
    await hold(hub.context, talk.call.contactId, asOwner, true)
    await deliverLane(context, `hold:${talk.call.id}`)
    await hangUp(hub.context, talk.call.contactId, asOwner)
    await deliverLane(context, `call:${talk.call.id}`)
    await hold(hub.context, talk.call.contactId, asOwner, false)
    await deliverLane(context, `hold:${talk.call.id}`)
    expect(sent).toEqual(['hold true', 'hang-up', 'hold false'])
    expect(await hub.db.query(`select state from outbound where session_id = $1 and kind = 'hold' order by position`, [talk.call.id])).toEqual([{ state: 'failed' }, { state: 'delivered' }])
  })

  it('and leaves before the room opens, like its agent, leaves nobody waiting in it', async () => {
    const talk = await bridged()
    const { colleague } = await helped(talk)
    await leaveConsult(hub.context, talk.call.contactId, { staffId: talk.agentId, role: 'agent' }, colleague)
    await agentStatus(talk.leg, talk.query, 'completed')
    expect(parseTwiml((await queueLeft(talk.sid, talk.from, talk.call.id, 'bridged', 'in-progress')).body, 'call').at(-1)?.name).toBe('Hangup')
    expect(await hub.call(talk.sid)).toMatchObject({ state: 'ended', endReason: 'agent-hung-up', contactState: 'wrap-up' })
  })

  it.each([
    ['the agent’s line was over: without who helps nobody is left to talk with', 'call-over', true],
    ['the agent’s line was over: who helps talks with the customer', 'call-over', false],
    ['the provider is down: the two talk on, who came to help is let go', 'provider-down', false],
  ] as const)('when the room cannot be opened, and %s', async (_what, code, left) => {
    const talk = await bridged()
    const { colleague, leg } = await helped(talk)
    if (left) await leaveConsult(hub.context, talk.call.contactId, { staffId: talk.agentId, role: 'agent' }, colleague)
    if (code === 'call-over') expect(parseTwiml((await queueLeft(talk.sid, talk.from, talk.call.id, 'bridged', 'in-progress')).body, 'call')).toMatchObject([{ name: 'Dial' }])
    await hub.db.execute(`update outbound set state = 'delivered' where session_id = $1 and kind <> 'open-room'`, [talk.call.id])
    await deliverLane(saying(async ({ payload }) => (payload.kind === 'open-room' ? { ok: false, kind: 'refused', code, detail: '' } : { ok: true, externalId: talk.sid, status: 'delivered' })), `call:${talk.call.id}`)
    expect(await hangUpsOf(talk.call.id)).toEqual(left ? [leg, talk.sid] : code === 'call-over' ? [] : [leg])
    const { inRoom } = await hub.one<{ inRoom: boolean }>(`select (data->>'inRoom')::boolean as "inRoom" from session where id = $1`, [talk.call.id])
    expect(inRoom).toBe(code === 'call-over')
    expect(await hub.db.query(`select 1 from session where agent_id = $1 and kind = 'call' and ended_at is null`, [colleague])).toHaveLength(code === 'call-over' && !left ? 1 : 0)
  })

  it('and whose end the provider never told is found by asking, while the talk goes on', async () => {
    const talk = await bridged()
    const { leg } = await helped(talk)
    await hub.db.execute(`update session set last_seen_at = $1 where ended_at is null`, [new Date(hub.clock.now().getTime() - 61_000)])
    const { adapters } = hub.context.channels
    const voice = { ...adapters.voice, callState: async (callId: string) => (callId === leg ? 'ended' as const : 'live' as const) }
    const context = { ...hub.context, channels: { ...hub.context.channels, adapters: { ...adapters, voice } } }
    expect([await sweepCalls(context), await sweepCalls(context)]).toEqual([1, 0])
    expect(await hub.db.query(`select agent_id as "agentId" from session where kind = 'call' and ended_at is null`)).toEqual([{ agentId: talk.agentId }])
    expect(await hub.db.query('select k.left_reason as reason from consult k join offer o on o.id = k.offer_id where o.contact_id = $1', [talk.call.contactId])).toEqual([{ reason: 'left' }])
    await hub.db.execute(`update session set last_seen_at = $1 where ended_at is null`, [new Date(hub.clock.now().getTime() - 61_000)])
    const alone = { ...context, channels: { ...context.channels, adapters: { ...adapters, voice: { ...voice, callState: async (callId: string) => (callId === talk.leg ? 'ended' as const : 'live' as const) } } } }
    expect([await sweepCalls(alone), await hangUpsOf(talk.call.id)]).toEqual([1, [talk.sid]])
  })

  it('is on a contact for as long as they are rung and talk, and longest idle only after that', async () => {
    const talk = await bridged()
    const load = (of: string) => hub.one<{ load: string; isHelping: boolean }>(`select load, "isHelping" from (${agentSelect}) v where v.id = $1`, [of])
    const colleague = colleagueOf(talk.agentId)
    await hub.db.execute(`update agent_state set idle_since = $1 where agent_id = $2`, [new Date(hub.clock.now().getTime() - 3_600_000), colleague])
    expect(await load(colleague)).toEqual({ load: 'idle', isHelping: false })
    await helped(talk)
    expect([await load(colleague), await load(talk.agentId)]).toEqual([{ load: 'on-contact', isHelping: true }, { load: 'on-contact', isHelping: false }])
    await changePresence(hub.context, colleague, { presence: 'break', reason: 'lunch' })
    expect(await hub.one('select draining from agent_state where agent_id = $1', [colleague])).toEqual({ draining: true })
    await leaveConsult(hub.context, talk.call.contactId, { staffId: colleague, role: 'agent' }, colleague)
    expect(await load(colleague)).toEqual({ load: 'idle', isHelping: false })
    expect(await hub.one('select draining, idle_since as "idleSince" from agent_state where agent_id = $1', [colleague])).toEqual({ draining: false, idleSince: hub.clock.now() })
  })

  it('is asked under their lock, by name too: who signs out in the same moment is not asked', async () => {
    const { call, agentId } = await bridged()
    const colleague = colleagueOf(agentId)
    const [gone, mayCommit] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const signOut = hub.db.tx(async (tx) => {
      await setPresence(tx, colleague, 'offline', null, false, hub.clock.now())
      await tx.query('select 1')
      gone.resolve()
      await mayCommit.promise
    })
    await gone.promise
    const asked = consult(hub.context, call.contactId, { staffId: agentId, role: 'agent' }, { agentId: colleague, queueId: null, skills: [], note: null }).then(() => 'asked', (error: { code?: string }) => error.code)
    await expect.poll(async () => (await hub.db.query(`select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`)).length).toBe(1)
    mayCommit.resolve()
    await signOut
    expect(await asked).not.toBe('asked')
    expect(await hub.db.query('select 1 from offer where ended_at is null')).toEqual([])
  })

  it('is asked under their lock: who takes a break in the same moment is not asked', async () => {
    const { call, agentId } = await bridged()
    const [paused, mayCommit] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const pause = hub.db.tx(async (tx) => {
      await setPresence(tx, colleagueOf(agentId), 'break', 'lunch', false, hub.clock.now())
      await tx.query('select 1')
      paused.resolve()
      await mayCommit.promise
    })
    await paused.promise
    const asked = consult(hub.context, call.contactId, { staffId: agentId, role: 'agent' }, { agentId: null, queueId: hub.world.queueIds[0], skills: [], note: null }).then(() => 'asked', (error: { code?: string }) => error.code)
    await expect.poll(async () => (await hub.db.query(`select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`)).length).toBe(1)
    mayCommit.resolve()
    await pause
    expect(await asked).toBe('consult.nobody-free')
    expect(await hub.db.query('select 1 from offer where ended_at is null')).toEqual([])
  })
})
