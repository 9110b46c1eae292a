/** Telephone calls, step by step as the provider tells them. */
import { receive, idOf, type Scene } from './scene.ts'
import { twilioCall } from './wire.ts'

const pickUpMs = 3_000
const bridgeMs = 1_000

export const calls = { ring, connect, hangUp }

async function ring(scene: Scene): Promise<void> {
  scene.callId = `CA${idOf(scene)}`
  await tell(scene, 'ringing', { CallStatus: 'ringing' })
}

/** After an accept: the agent's telephone rings, is picked up, and both are put through. Nothing where no call waits. */
async function connect(scene: Scene, contactId: string): Promise<void> {
  if (!scene.callId) return
  const { stage } = scene
  await stage.settle()
  const call = await stage.context.db.one<{ id: string; legId: string; commandId: string }>(
    `select id, agent_leg_id as "legId", data->>'commandId' as "commandId" from session where contact_id = $1 and kind = 'call' and ended_at is null`, [contactId])
  await later(scene, pickUpMs)
  await tell(scene, 'agent-leg', { CallSid: call.legId, CallStatus: 'in-progress' }, { session: call.id, command: call.commandId })
  await later(scene, bridgeMs)
  await tell(scene, 'bridged', { CallStatus: 'in-progress', DequeingCallSid: call.legId }, { session: call.id, command: null })
}

async function hangUp(scene: Scene): Promise<void> {
  await tell(scene, 'ended', { CallStatus: 'completed' })
  scene.callId = null
}

async function later(scene: Scene, ms: number): Promise<void> {
  await scene.stage.advance(new Date(scene.stage.context.clock.now().getTime() + ms))
}

async function tell(scene: Scene, step: string, fields: Record<string, string>, facts: { session: string | null; command: string | null } = { session: null, command: null }): Promise<void> {
  const { person, company } = scene
  const form = twilioCall({
    CallSid: scene.callId ?? '', AccountSid: `AC${'0'.repeat(31)}1`, From: person.phone, To: company.account('voice').address, Direction: 'inbound', StirVerstat: 'TN-Validation-Passed-A', ...fields,
  })
  await receive(scene, { kind: 'phone', value: person.phone }, 'voice', undefined, step, form, facts, `:${step}`)
}
