/** Keeps sockets out of rooms of conversations that their people may no longer read, before anything more is told there. */
import type { Server } from 'socket.io'
import type { StaffEnvelope } from '#contract/events.ts'
import { roomOf } from '#contract/rooms.ts'
import type { Tx } from '../../platform/db.ts'
import type { StaffSession } from '../../platform/http-route.ts'
import type { NumberedEvent } from '../../platform/relay/relay.ts'

/** An agent was told that conversations are gone from their sight: their windows leave those rooms. */
export function leaveGone(io: Server, envelope: StaffEnvelope): void {
  const prefix = roomOf.agent('')
  const gone = envelope.removed.conversationIds ?? []
  if (gone.length === 0 || !envelope.room.startsWith(prefix)) return
  io.of('/staff').in(`staff:${envelope.room.slice(prefix.length)}`).socketsLeave(gone.flatMap((id) => [roomOf.conversation(id), roomOf.conversationFull(id)]))
}

/** A contact of a restricted queue has come into a conversation: who may not read it goes over to the room of grey lines. */
export async function leaveRestricted(io: Server, db: Pick<Tx, 'query'>, events: readonly NumberedEvent[]): Promise<void> {
  const ids = [...new Set(events.filter((event) => event.conversationId && event.room === roomOf.conversationFull(event.conversationId)).map((event) => event.conversationId))]
  if (ids.length === 0) return
  const rows = await db.query<{ conversationId: string; teamId: string; ownerId: string | null }>(
    `select distinct c.conversation_id as "conversationId", q.team_id as "teamId", c.owner_id as "ownerId" from contact c join queue q on q.id = c.queue_id
     where c.conversation_id = any($1::uuid[]) and q.restricted`, [ids])
  for (const conversationId of new Set(rows.map((row) => row.conversationId))) {
    const sockets = await io.of('/staff').in(roomOf.conversationFull(conversationId)).fetchSockets()
    const agents = new Set(sockets.map((socket) => (socket.data as { staff: StaffSession }).staff).filter((staff) => staff.role === 'agent').map((staff) => staff.staffId)) // set at the handshake
    if (agents.size === 0) continue
    const members = await db.query<{ agentId: string; teamId: string }>('select agent_id as "agentId", team_id as "teamId" from team_member where agent_id = any($1::uuid[])', [[...agents]])
    const here = rows.filter((row) => row.conversationId === conversationId)
    for (const agentId of agents) {
      if (here.every((row) => row.ownerId === agentId || members.some((member) => member.agentId === agentId && member.teamId === row.teamId))) continue
      // Only windows that have it open: those are in the full room.
      for (const socket of sockets) {
        if ((socket.data as { staff: StaffSession }).staff.staffId !== agentId) continue
        socket.leave(roomOf.conversationFull(conversationId))
        socket.join(roomOf.conversation(conversationId))
      }
    }
  }
}
