import { expect } from 'vitest'
import { consult } from '#server/features/contacts/consult.usecases.ts'
import { parseTwiml } from '#simulator/twilio/twiml.ts'
import { callSid, hubNumber, recordingSid, type VoiceHub } from './voice-hub.ts'

/** What Twilio tells of a call step by step, and how far a call has come by it. */
export function voiceTalk(hub: () => VoiceHub) {
  let serial = 0
  const nextSid = () => callSid(++serial)
  const nextNumber = () => `+1415555${String(1000 + ++serial)}`
  /** What is recorded of the call that was numbered last. */
  const lastRecording = () => recordingSid(serial)
  const path = (step: string, query: Record<string, string> = {}) => `/webhooks/twilio/voice/${step}?${new URLSearchParams(query).toString()}`

  /** Everybody is free: what the test before left in the line is gone. */
  async function freeEverybody(): Promise<void> {
    await hub().db.execute(`update queue_entry set ended_at = now(), result = 'moved' where ended_at is null`)
    await hub().db.execute(`update offer set ended_at = now(), result = 'withdrawn' where ended_at is null`)
    await hub().db.execute(`update assignment set released_at = now(), ended_at = now() where ended_at is null`)
    await hub().db.execute(`update session set ended_at = now(), state = 'ended' where ended_at is null`)
    await hub().db.execute(`update agent_state set presence = 'available', reason = null, load = 'idle'`)
    await hub().calendar('always')
    await hub().db.execute(`update queue set overflow = '{}' where id = $1`, [hub().world.queueIds[0]])
  }

  /** A caller in the line, offered and accepted; the agent's telephone is being rung. */
  async function connecting(from = nextNumber()) {
    const sid = nextSid()
    await hub().ring(sid, from)
    await hub().route()
    const agentId = await hub().accept(sid)
    const call = await hub().call(sid)
    return { sid, from, agentId, call, query: { session: call.id, command: call.commandId! } }
  }

  const agentLeg = (sid: string, query: Record<string, string>) => hub().post(path('agent-leg', query), { CallSid: sid, From: hubNumber, To: 'client:agent', Direction: 'outbound-api', CallStatus: 'in-progress' })
  const agentStatus = (sid: string, query: Record<string, string>, status: string) => hub().post(path('agent-status', query), { CallSid: sid, From: hubNumber, To: 'client:agent', Direction: 'outbound-api', CallStatus: status })
  const aboutToConnect = (sid: string, from: string, session: string, leg: string) => hub().post(path('about-to-connect', { session }), { CallSid: sid, From: from, CallStatus: 'in-progress', DequeingCallSid: leg })
  const queueLeft = (sid: string, from: string, session: string, result: string, status = 'completed', round = '1') => hub().post(path('queue-left', { session, round }), { CallSid: sid, From: from, CallStatus: status, QueueResult: result })
  const ended = (sid: string, from: string) => hub().post('/webhooks/twilio/status', { CallSid: sid, From: from, CallStatus: 'completed', CallDuration: '5' })

  /** A caller talking with an agent. */
  async function bridged(from = nextNumber()) {
    const held = await connecting(from)
    const leg = nextSid()
    await agentLeg(leg, held.query)
    await aboutToConnect(held.sid, held.from, held.call.id, leg)
    return { ...held, leg }
  }

  const helperStep = (door: 'helper-leg' | 'helper-status', leg: string, query: Record<string, string>, status: string) => hub().post(path(door, query), { CallSid: leg, From: hubNumber, To: 'client:agent', Direction: 'outbound-api', CallStatus: status })

  /** The owner asks a colleague, who accepts and picks up: the room is to be opened. */
  async function helped({ sid, call, agentId }: Pick<Awaited<ReturnType<typeof bridged>>, 'sid' | 'call' | 'agentId'>, colleague = colleagueOf(agentId)) {
    await consult(hub().context, call.contactId, { staffId: agentId, role: 'agent' }, { agentId: colleague, queueId: null, skills: [], note: null })
    await hub().accept(sid)
    const { command } = await hub().one<{ command: string }>(`select id as command from outbound where session_id = $1 and kind = 'consult' order by position desc limit 1`, [call.id])
    const [leg, query] = [nextSid(), { session: call.id, command }]
    expect(parseTwiml((await helperStep('helper-leg', leg, query, 'in-progress')).body, 'call')).toMatchObject([{ name: 'Dial', children: [{ name: 'Conference' }] }])
    return { colleague, leg, query }
  }

  /** The hub with a provider who answers what it is told like this. */
  function saying(send: VoiceHub['context']['channels']['adapters']['voice']['send']) {
    const { context } = hub()
    const { adapters } = context.channels
    return { ...context, channels: { ...context.channels, adapters: { ...adapters, voice: { ...adapters.voice, send } } } }
  }

  const colleagueOf = (agentId: string) => hub().world.agentIds.slice(0, 2).find((id) => id !== agentId)!
  const hangUpsOf = async (sessionId: string) => (await hub().db.query<{ address: string }>(`select address from outbound where session_id = $1 and kind = 'hang-up' order by position`, [sessionId])).map(({ address }) => address)

  return { nextSid, nextNumber, lastRecording, path, freeEverybody, connecting, agentLeg, agentStatus, aboutToConnect, queueLeft, ended, bridged, helperStep, helped, saying, colleagueOf, hangUpsOf }
}
