/** Keeps the sockets of this process out of rooms of conversations that their people may no longer read, before anything more is told there. */
import type { RemoteSocket, Server } from 'socket.io'
import type { StaffEnvelope } from '#contract/events.ts'
import { roomOf } from '#contract/rooms.ts'
import type { Tx } from '../../platform/db.ts'
import type { StaffSession } from '../../platform/http-route.ts'
import type { NumberedEvent } from '../../platform/relay/relay.ts'
import { restrictedIn, type Rendered } from './inbox.render.ts'
import { readableContacts } from './inbox.sight.ts'

/** What an agent may see changed as a whole: their windows leave the rooms of teams and conversations, and join anew as they ask anew. */
export async function leaveAll(io: Server, events: readonly NumberedEvent[]): Promise<void> {
  const prefix = roomOf.agent('')
  for (const room of new Set(events.filter((event) => event.refs.sight && event.room.startsWith(prefix)).map((event) => event.room))) {
    for (const socket of await io.of('/staff').local.in(`staff:${room.slice(prefix.length)}`).fetchSockets()) {
      for (const joined of socket.rooms) if (/^(?:conversation|team):/.test(joined)) socket.leave(joined)
    }
  }
}

/** A window in a room of grey lines whose person may read some of what an event tells there. */
export interface Reader {
  socketId: string
  readable: ReadonlySet<string>
}

/**
 * Who is told an event apart from others in the room of grey lines: there is more than one restricted contact in the
 * conversation, and they may read one but not all of them. Asks nothing unless the event is of such a contact.
 */
export async function readersApart(io: Server, db: Pick<Tx, 'query'>, event: NumberedEvent, rendered: Rendered): Promise<Reader[]> {
  const contactIds = restrictedIn(event, rendered)
  if (contactIds.length === 0) return []
  const windows = (await io.of('/staff').local.in(event.room).fetchSockets()).map((socket) => ({ socketId: socket.id, staffId: staffOf(socket).staffId }))
  const readable = await readableContacts(db, [...new Set(windows.map((window) => window.staffId))], contactIds)
  return windows.flatMap(({ socketId, staffId }) => (readable.get(staffId)?.size ? { socketId, readable: readable.get(staffId)! } : []))
}

function staffOf(socket: RemoteSocket<Record<string, never>, unknown>): StaffSession {
  return (socket.data as { staff: StaffSession }).staff // set at the handshake
}

/** An agent was told that conversations are gone from their sight: their windows leave those rooms. */
export function leaveGone(io: Server, envelope: StaffEnvelope): void {
  const prefix = roomOf.agent('')
  const gone = envelope.removed.conversationIds ?? []
  if (gone.length === 0 || !envelope.room.startsWith(prefix)) return
  io.of('/staff').local.in(`staff:${envelope.room.slice(prefix.length)}`).socketsLeave(gone.flatMap((id) => [roomOf.conversation(id), roomOf.conversationFull(id)]))
}

/** A contact of a restricted queue in a conversation of which something is told to those who may read all of it. */
export interface RestrictedHere {
  conversationId: string
  teamId: string
  ownerId: string | null
}

export async function restrictedHere(db: Pick<Tx, 'query'>, events: readonly NumberedEvent[]): Promise<RestrictedHere[]> {
  const ids = [...new Set(events.filter((event) => event.conversationId && event.room === roomOf.conversationFull(event.conversationId)).map((event) => event.conversationId))]
  if (ids.length === 0) return []
  return db.query(
    `select distinct c.conversation_id as "conversationId", q.team_id as "teamId", c.owner_id as "ownerId" from contact c join queue q on q.id = c.queue_id
     where c.conversation_id = any($1::uuid[]) and q.restricted`, [ids])
}

/** A contact of a restricted queue has come into a conversation: who may not read it goes over to the room of grey lines. */
export async function leaveRestricted(io: Server, db: Pick<Tx, 'query'>, rows: readonly RestrictedHere[]): Promise<void> {
  for (const conversationId of new Set(rows.map((row) => row.conversationId))) {
    const sockets = await io.of('/staff').local.in(roomOf.conversationFull(conversationId)).fetchSockets()
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
