/** The socket namespace `/staff`: what happened, told to those who may see it. Acting goes over HTTP. */
import type { Server, Socket } from 'socket.io'
import * as z from 'zod'
import type { ConversationSnapshot, SyncReply } from '#contract/staff-socket.ts'
import { roomOf } from '#contract/rooms.ts'
import type { Context } from '../../context.ts'
import type { Auth } from '../auth/auth.ts'
import { notFound, refusal } from '../../platform/errors.ts'
import type { StaffSession } from '../../platform/http-route.ts'
import { guardSocket } from '../../platform/realtime/guard.ts'
import { missedEvents, roomNumbers } from '../../platform/relay/relay.ts'
import { count } from '../../platform/telemetry.ts'
import { agentAway, agentSeen, leaseEveryMs, renewLeases } from '../agents/agents.usecases.ts'
import type { Board } from '../reports/board.ts'
import { maySeeConversation } from '../customers/customers.visibility.ts'
import { roomsChatting } from '../webchat/webchat.steps.ts'
import { conversationRoom } from '../conversations/conversation-room.ts'
import { loadViews, restrictedIn, viewFor } from './inbox.render.ts'
import { closeOutlived, sessionRoom } from './inbox.sessions.ts'
import { readableContacts } from './inbox.sight.ts'
import { conversationSnapshot, inboxSnapshot, roomsOf } from './inbox.snapshot.ts'

type InboxContext = Pick<Context, 'db' | 'clock' | 'jobs' | 'relay' | 'logger'>

const roomName = z.string().min(1).max(100)
const syncSchema = z.strictObject({ rooms: z.record(roomName, z.int().min(0)), conversationId: z.uuid().nullable() })
const openSchema = z.strictObject({ conversationId: z.uuid() })
const typingSchema = z.strictObject({ conversationId: z.uuid(), on: z.boolean(), identityId: z.uuid().nullable().default(null) })
const boardSchema = z.strictObject({ on: z.boolean() })

/** More than this is sent anew as a whole. */
const missedMax = 500
const roomsMax = 60
const outlivedEveryMs = 60_000

export function attachStaffNamespace(io: Server, context: InboxContext, auth: Pick<Auth, 'authenticateSocket'>, board: Board): void {
  const namespace = io.of('/staff')
  setInterval(() => {
    closeOutlived(namespace, context.db, context.clock.now()).catch((error: unknown) => context.logger.warn({ err: error }, 'sessions of windows not checked'))
  }, outlivedEveryMs).unref()
  setInterval(() => {
    const held = [...namespace.sockets.values()].map((socket) => (socket.data as { staff: StaffSession }).staff.staffId) // set by the middleware below
    renewLeases(context, [...new Set(held)]).catch((error: unknown) => context.logger.warn({ err: error }, 'consoles not noted'))
  }, leaseEveryMs).unref()
  namespace.use((socket, next) => {
    auth.authenticateSocket(socket.handshake.headers).then(
      (staff) => {
        if (!staff) {
          count('socketsRejected', { namespace: 'staff', reason: 'unauthorized' })
          next(new Error('unauthorized'))
          return
        }
        socket.data = { staff }
        next()
      },
      (error: unknown) => {
        context.logger.error({ err: error }, 'staff handshake failed')
        next(new Error('unavailable'))
      })
  })
  namespace.on('connection', (socket) => {
    const { staff } = socket.data as { staff: StaffSession } // set by the middleware above
    void socket.join(sessionRoom(staff))
    void socket.join(`staff:${staff.staffId}`)
    // What ended between the handshake and the room had nobody here to send away.
    auth.authenticateSocket(socket.handshake.headers).then(
      (still) => { if (!still) socket.disconnect(true) },
      (error: unknown) => context.logger.warn({ err: error }, 'session of a window not checked again'))
    void agentSeen(context, staff.staffId).catch((error: unknown) => context.logger.warn({ err: error }, 'presence not noted'))
    socket.on('disconnect', () => {
      void namespace.in(`staff:${staff.staffId}`).fetchSockets().then((left) => (left.length === 0 ? agentAway(context, staff.staffId) : undefined))
        .catch((error: unknown) => context.logger.warn({ err: error }, 'absence not noted'))
    })
    handle(socket, staff, context, board)
  })
}

function handle(socket: Socket, staff: StaffSession, context: InboxContext, board: Board): void {
  const { db } = context
  const guarded = guardSocket(socket, { logger: context.logger, namespace: 'staff', ratePerSecond: 30, burst: 100 })

  guarded.on('sync', syncSchema, async ({ rooms: known, conversationId }): Promise<{ sync: SyncReply }> => {
    // First the rooms, then their numbers, then the rows: what happens in between comes twice rather than never.
    const { own, opened } = await joinRooms(db, socket, staff, conversationId)
    const wanted = [...own, ...(opened ? [opened] : [])]
    const isKnown = wanted.length <= roomsMax && wanted.every((room) => known[room] !== undefined)
    const missed = isKnown ? await missedEvents(db, Object.fromEntries(wanted.map((room) => [room, known[room] ?? 0])), missedMax) : null
    if (missed) {
      const rendered = await loadViews(db, missed.events)
      const readable = await readableContacts(db, [staff.staffId], missed.events.flatMap((event) => restrictedIn(event, rendered)))
      return { sync: { kind: 'difference', at: context.clock.now().toISOString(), envelopes: missed.events.map((event) => viewFor(event, rendered, readable.get(staff.staffId))), rooms: missed.numbers } }
    }
    const numbers = await roomNumbers(db, own)
    return {
      sync: {
        kind: 'snapshot',
        inbox: await inboxSnapshot(db, staff, numbers, context.clock.now()),
        conversation: opened && conversationId ? await conversationSnapshot(db, staff, conversationId) : null,
      },
    }
  })

  guarded.on('open', openSchema, async ({ conversationId }) => {
    return { conversation: await enter(db, socket, staff, conversationId) }
  })

  guarded.on('close', openSchema, async ({ conversationId }) => {
    await socket.leave(roomOf.conversation(conversationId))
    await socket.leave(roomOf.conversationFull(conversationId))
    return undefined
  })

  guarded.on('typing', typingSchema, async ({ conversationId, on, identityId }) => {
    const rooms = [roomOf.conversation(conversationId), roomOf.conversationFull(conversationId)]
    // Only who has it open may be heard in it, and `open` has checked that they may see it.
    if (!rooms.some((room) => socket.rooms.has(room))) return undefined
    socket.to(rooms).emit('typing', { conversationId, who: staff.name, kind: 'agent', on })
    const visitors = identityId === null ? [] : await roomsChatting(db, conversationId, identityId)
    for (const visitor of visitors) socket.nsp.server.of('/visitor').to(visitor).emit('typing', { name: staff.name, on })
    return undefined
  })

  guarded.on('board', boardSchema, async ({ on }) => {
    if (staff.role === 'agent') throw refusal('forbidden', 403)
    if (!on) {
      await socket.leave('board')
      return { board: null }
    }
    await socket.join('board')
    return { board: await board.watched() }
  })
}

/** Joins a conversation's room and reads it. Which room, and whether any, may change in between: then it is asked again, or left. */
async function enter(db: Context['db'], socket: Socket, staff: StaffSession, conversationId: string): Promise<ConversationSnapshot> {
  const rooms = [roomOf.conversation(conversationId), roomOf.conversationFull(conversationId)]
  const leave = async (but: string | null): Promise<void> => {
    for (const room of rooms) if (room !== but) await socket.leave(room)
  }
  try {
    for (let joined = await allowedRoom(db, staff, conversationId); ;) {
      await leave(joined)
      await socket.join(joined)
      const conversation = await conversationSnapshot(db, staff, conversationId)
      if (conversation.room === joined) return conversation
      joined = conversation.room
    }
  } catch (error) {
    await leave(null)
    throw error
  }
}

async function allowedRoom(db: Context['db'], staff: StaffSession, conversationId: string): Promise<string> {
  if (!(await maySeeConversation(db, staff, conversationId))) throw notFound()
  return (await conversationRoom(db, staff, conversationId)).room
}

/** Joins the rooms a person belongs in. Asked again once joined: a change of sight before that was told to nobody here. */
async function joinRooms(db: Context['db'], socket: Socket, staff: StaffSession, conversationId: string | null): Promise<{ own: string[]; opened: string | null }> {
  for (let joined: string | null = null; ;) {
    const own = await roomsOf(db, staff)
    const opened = conversationId && (await maySeeConversation(db, staff, conversationId)) ? (await conversationRoom(db, staff, conversationId)).room : null
    const rooms = [...own, ...(opened ? [opened] : [])]
    if (joined === rooms.join()) return { own, opened }
    await joinOnly(socket, rooms)
    joined = rooms.join()
  }
}

/** Leaves every room of conversations and lists but these. */
async function joinOnly(socket: Socket, rooms: readonly string[]): Promise<void> {
  const isOurs = (room: string): boolean => /^(conversation|agent|team|supervisors|staff$)/.test(room)
  for (const room of socket.rooms) if (isOurs(room) && !rooms.includes(room)) await socket.leave(room)
  await socket.join([...rooms])
}
