/** The socket namespace `/staff`: what happened, told to those who may see it. Acting goes over HTTP. */
import type { Server, Socket } from 'socket.io'
import * as z from 'zod'
import type { SyncReply } from '#contract/staff-socket.ts'
import { roomOf } from '#contract/rooms.ts'
import type { Context } from '../../context.ts'
import type { Auth } from '../auth/auth.ts'
import { notFound, refusal } from '../../platform/errors.ts'
import type { StaffSession } from '../../platform/http-route.ts'
import { guardSocket } from '../../platform/realtime/guard.ts'
import { missedEvents, roomNumbers } from '../../platform/relay/relay.ts'
import { count } from '../../platform/telemetry.ts'
import { agentAway, agentSeen } from '../agents/agents.usecases.ts'
import type { Board } from '../reports/board.ts'
import { maySeeConversation } from '../customers/customers.visibility.ts'
import { visitorsChatting } from '../webchat/webchat.steps.ts'
import { conversationRoom } from '../conversations/conversation-room.ts'
import { loadViews, viewFor } from './inbox.render.ts'
import { closeOutlived, sessionRoom } from './inbox.sessions.ts'
import { conversationSnapshot, inboxSnapshot, roomsOf } from './inbox.snapshot.ts'

type InboxContext = Pick<Context, 'db' | 'clock' | 'jobs' | 'relay' | 'logger'>

const roomName = z.string().min(1).max(100)
const syncSchema = z.strictObject({ rooms: z.record(roomName, z.int().min(0)), conversationId: z.uuid().nullable() })
const openSchema = z.strictObject({ conversationId: z.uuid() })
const typingSchema = z.strictObject({ conversationId: z.uuid(), on: z.boolean() })
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
    const own = await roomsOf(db, staff)
    const opened = conversationId && (await maySeeConversation(db, staff, conversationId)) ? (await conversationRoom(db, staff, conversationId)).room : null
    // First the rooms, then their numbers, then the rows: what happens in between comes twice rather than never.
    await joinOnly(socket, [...own, ...(opened ? [opened] : [])])
    const wanted = [...own, ...(opened ? [opened] : [])]
    const isKnown = wanted.length <= roomsMax && wanted.every((room) => known[room] !== undefined)
    const missed = isKnown ? await missedEvents(db, Object.fromEntries(wanted.map((room) => [room, known[room] ?? 0])), missedMax) : null
    if (missed) {
      const rendered = await loadViews(db, missed.events)
      return { sync: { kind: 'difference', at: context.clock.now().toISOString(), envelopes: missed.events.map((event) => viewFor(event, rendered)), rooms: missed.numbers } }
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
    if (!(await maySeeConversation(db, staff, conversationId))) throw notFound()
    const { room } = await conversationRoom(db, staff, conversationId)
    for (const other of [roomOf.conversation(conversationId), roomOf.conversationFull(conversationId)]) if (other !== room) await socket.leave(other)
    await socket.join(room)
    return { conversation: await conversationSnapshot(db, staff, conversationId) }
  })

  guarded.on('close', openSchema, async ({ conversationId }) => {
    await socket.leave(roomOf.conversation(conversationId))
    await socket.leave(roomOf.conversationFull(conversationId))
    return undefined
  })

  guarded.on('typing', typingSchema, async ({ conversationId, on }) => {
    const rooms = [roomOf.conversation(conversationId), roomOf.conversationFull(conversationId)]
    // Only who has it open may be heard in it, and `open` has checked that they may see it.
    if (!rooms.some((room) => socket.rooms.has(room))) return undefined
    socket.to(rooms).volatile.emit('typing', { conversationId, who: staff.name, kind: 'agent', on })
    const visitors = await visitorsChatting(db, conversationId)
    for (const id of visitors) socket.nsp.server.of('/visitor').to(roomOf.visitor(id)).volatile.emit('typing', { name: staff.name, on })
    return undefined
  })

  guarded.on('board', boardSchema, async ({ on }) => {
    if (staff.role === 'agent') throw refusal('forbidden', 403)
    if (!on) {
      await socket.leave('board')
      return { board: null }
    }
    await socket.join('board')
    return { board: await board.current() }
  })
}

/** Leaves every room of conversations and lists but these. */
async function joinOnly(socket: Socket, rooms: readonly string[]): Promise<void> {
  const isOurs = (room: string): boolean => /^(conversation|agent|team|supervisors|staff$)/.test(room)
  for (const room of socket.rooms) if (isOurs(room) && !rooms.includes(room)) await socket.leave(room)
  await socket.join([...rooms])
}
