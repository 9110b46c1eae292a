/** What a call leaves in its agent's hands when it is over, or never came about. */
import type { Tx } from '../../platform/db.ts'
import { holdWhatGoesOn } from '../contacts/held-units.steps.ts'
import type { HeldCall } from './held-call.ts'
import type { CallSession } from './voice.store.ts'

/**
 * A call that came to nothing: who accepted it is free again. Who had the contact before the call, or took its messages with the
 * same accept, keeps it at what its messages cost.
 */
export async function freeFromCall(held: HeldCall, reason: string): Promise<void> {
  const { tx, call, now } = held
  const own = await tx.maybe<{ id: string; acceptedAt: Date; hasMore: boolean }>(
    `select a.id, a.accepted_at as "acceptedAt",
       exists (select 1 from queue_entry e where e.contact_id = a.contact_id and e.demand <> 'call' and e.result = 'answered' and e.answered_by = a.agent_id and e.ended_at >= a.accepted_at) as "hasMore"
     from assignment a where a.contact_id = $1 and a.released_at is null`, [call.contactId])
  if (!own) return
  if (own.hasMore || own.acceptedAt < call.startedAt) return holdWhatGoesOn(tx, call.contactId)
  await tx.execute('update assignment set released_at = $2, ended_at = $2, end_reason = $3, version = version + 1 where id = $1', [own.id, now, reason])
}

/** Counts how long these two have talked for the agent's handling of it, the one that ended with a hand-over included. */
export async function addTalk(tx: Tx, call: CallSession, now: Date): Promise<void> {
  const talkMs = call.data.talkingSince ? Math.max(0, now.getTime() - new Date(call.data.talkingSince).getTime()) : 0
  await tx.execute(
    `update assignment set talk_ms = talk_ms + $3, version = version + 1 where id = (select id from assignment where contact_id = $1 and agent_id = $2 order by accepted_at desc limit 1)`,
    [call.contactId, call.agentId, talkMs])
}
