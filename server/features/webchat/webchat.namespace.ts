/** The socket namespace `/visitor`: who may connect, and what each event does. Acting is here, because a widget has no cookie. */
import type { Namespace, Server, Socket } from 'socket.io'
import type { VisitorSnapshot } from '#contract/visitor-socket.ts'
import type { VisitorEnvelope } from '#contract/events.ts'
import { roomOf } from '#contract/rooms.ts'
import type { VisitorChatView } from '#contract/views.ts'
import { notFound, Refusal } from '#server/platform/errors.ts'
import { signFilePath } from '#server/platform/files-serve.ts'
import { addressOfHandshake, isOwnOrigin } from '#server/platform/http-guard.ts'
import { createRateLimiter } from '#server/platform/rate-limit.ts'
import { guardSocket } from '#server/platform/realtime/guard.ts'
import { missedEvents, roomNumbers, type NumberedEvent } from '#server/platform/relay/relay.ts'
import { count } from '#server/platform/telemetry.ts'
import { requestCode, returnCode } from './webchat.codes.ts'
import { unauthorized } from './webchat.errors.ts'
import { isOriginOfSite } from './webchat.origins.ts'
import { leaveChat, trackPresence } from './webchat.presence.ts'
import { markRead } from './webchat.read.ts'
import {
  answerSurveySchema, earlierSchema, fileLinkSchema, filesMax, handshakeSchema, introduceSchema, nothingSchema, readSchema, requestCodeSchema, returnCodeSchema, sendSchema, surveyShownSchema,
  syncSchema, typingSchema,
} from './webchat.schemas.ts'
import { findVisibleFile } from './webchat.store.ts'
import { answerSurvey, noteSurveyShown } from './webchat.survey.ts'
import { signUploadTicket, uploadBytesMax } from './webchat.uploads.ts'
import { introduce, requireSight, sendFromVisitor } from './webchat.usecases.ts'
import { renderForVisitor, visitorChat, visitorPage } from './webchat.views.ts'
import { admitVisitor, endVisitor, storeVisitor, type Visitor, type VisitorContext } from './webchat.visitors.ts'

const pageSize = 50
/** More than this is sent anew as a whole. */
const missedMax = 200

/** How many handshakes an address and a whole site may make; a token bucket each. */
const handshakesOfAddress = { burst: 150, perMs: 60_000 }
const handshakesOfSite = { burst: 2_000, perMs: 60_000 }
/** Messages of one visitor over all their sockets. */
const messagesOfVisitor = { burst: 30, perMs: 60_000 }
const messagesOfAddress = { burst: 200, perMs: 60_000 }

/** What Socket.IO itself puts into the URL. Anything else would be ours, and ours never stands in a URL: those are logged. */
const transportQuery = new Set(['EIO', 'transport', 't', 'j', 'b64', 'sid'])

export interface VisitorDoor {
  close(): void
}

/** Puts the visitors' namespace on the one Socket.IO server. */
export function attachVisitorNamespace(io: Server, context: VisitorContext): VisitorDoor {
  const namespace = io.of('/visitor')
  const limiter = createRateLimiter(() => performance.now())
  const presence = trackPresence(context)
  namespace.use(async (socket, next) => {
    try {
      socket.data['visitor'] = await admit(context, limiter, socket)
    } catch (error) {
      const reason = error instanceof Refusal ? error.code : 'failed'
      count('socketsRejected', { namespace: 'visitor', reason })
      if (!(error instanceof Refusal)) context.logger.error({ err: error }, 'visitor handshake failed')
      // One text for every reason of ours: which of token, site or origin was wrong is nobody's business.
      return next(new Error(reason === 'rate-limited' || reason === 'failed' ? reason : 'unauthorized'))
    }
    next()
  })
  namespace.on('connection', (socket) => {
    // Set by the middleware above, on this very socket.
    const visitor = socket.data['visitor'] as Visitor
    presence.arrived(visitor.id)
    socket.on('disconnect', () => presence.left(visitor.id))
    handleEvents({ io, namespace, context, socket, visitor, limiter })
  })
  return { close: () => presence.close() }
}

async function admit(context: VisitorContext, limiter: ReturnType<typeof createRateLimiter>, socket: Socket): Promise<Visitor> {
  const { handshake } = socket
  if (Object.keys(handshake.query).some((name) => !transportQuery.has(name))) throw unauthorized()
  limiter.require(`handshake:${addressOfHandshake(handshake, context.config.production)}`, handshakesOfAddress)
  const said = handshakeSchema.safeParse(handshake.auth)
  if (!said.success) throw unauthorized()
  limiter.require(`handshake:${said.data.accountId}`, handshakesOfSite)
  return admitVisitor(context, said.data, (allowedOrigins) => {
    const { origin } = handshake.headers
    const isOurs = isOwnOrigin(handshake.headers, new URL(context.config.publicUrl).origin, !context.config.production)
    return isOurs || (origin !== undefined && isOriginOfSite(origin, allowedOrigins))
  })
}

interface Handling {
  io: Server
  namespace: Namespace
  context: VisitorContext
  socket: Socket
  visitor: Visitor
  limiter: ReturnType<typeof createRateLimiter>
}

function handleEvents({ io, namespace, context, socket, visitor, limiter }: Handling): void {
  const { db } = context
  const room = roomOf.visitor(visitor.id)
  const address = addressOfHandshake(socket.handshake, context.config.production)
  const guarded = guardSocket(socket, { logger: context.logger, namespace: 'visitor', ratePerSecond: 10, burst: 40 })
  const limitMessages = (): void => {
    limiter.require(`message:${visitor.id}`, messagesOfVisitor)
    limiter.require(`message:${address}`, messagesOfAddress)
  }

  guarded.on('sync', syncSchema, async ({ seq }) => {
    // First the room, then its number, then the rows: what happens in between comes twice rather than never.
    await socket.join(room)
    const numbers = await roomNumbers(db, [room])
    if (seq !== null && visitor.isStored) {
      const missed = await missedEvents(db, { [room]: seq }, missedMax)
      if (missed) return { ...(await difference(context, visitor, missed.events)), seq: missed.numbers[room] ?? seq }
    }
    return { snapshot: await snapshot(context, visitor, numbers[room] ?? 0) }
  })

  guarded.on('send', sendSchema, async (request) => {
    limitMessages()
    return { message: await sendFromVisitor(context, visitor, request) }
  })

  guarded.on('earlier', earlierSchema, async ({ beforeMessageId, limit }) => {
    if (!visitor.isStored) return { messages: [], hasEarlier: false }
    return visitorPage(db, await requireSight(context, visitor), beforeMessageId, limit)
  })

  guarded.on('typing', typingSchema, async ({ on }) => {
    if (!visitor.isStored) return {}
    const { conversationId } = await requireSight(context, visitor)
    const typing = { conversationId, who: visitor.siteUser?.name ?? '', kind: 'customer', on }
    io.of('/staff').to([roomOf.conversation(conversationId), roomOf.conversationFull(conversationId)]).emit('typing', typing)
    return {}
  })

  guarded.on('read', readSchema, async ({ messageId }) => {
    if (visitor.isStored) await markRead(context, await requireSight(context, visitor), messageId)
    return {}
  })

  guarded.on('introduce', introduceSchema, async (said) => {
    limitMessages()
    await introduce(context, visitor, said)
    return {}
  })

  guarded.on('uploadTicket', nothingSchema, async () => {
    limitMessages()
    await storeVisitor(context, visitor)
    return { ticket: signUploadTicket(context, visitor), sizeBytesMax: uploadBytesMax, filesMax }
  })

  guarded.on('fileLink', fileLinkSchema, async ({ attachmentId }) => {
    if (!visitor.isStored || !(await findVisibleFile(db, attachmentId, await requireSight(context, visitor)))) throw notFound()
    return { path: signFilePath(context.config.sessionSecret, attachmentId, `visitor:${visitor.id}`, context.clock.now()) }
  })

  guarded.on('requestCode', requestCodeSchema, async (target) => {
    limiter.require(`code:${visitor.id}`, { burst: 3, perMs: 600_000 })
    limiter.require(`code:${address}`, { burst: 10, perMs: 3_600_000 })
    limiter.require(`code:${visitor.site.id}`, { burst: 200, perMs: 3_600_000 })
    await storeVisitor(context, visitor)
    await requestCode(context, visitor, target)
    return {}
  })

  guarded.on('returnCode', returnCodeSchema, async (answer) => {
    limitMessages()
    if (!visitor.isStored) throw notFound()
    await returnCode(context, visitor, answer)
    return {}
  })

  guarded.on('leave', nothingSchema, async () => {
    if (visitor.isStored) await leaveChat(context, visitor.id)
    return {}
  })

  guarded.on('surveyShown', surveyShownSchema, async ({ invitationId }) => {
    if (visitor.isStored) await noteSurveyShown(context, await requireSight(context, visitor), invitationId)
    return {}
  })

  guarded.on('answerSurvey', answerSurveySchema, async (answer) => {
    limitMessages()
    if (!visitor.isStored) throw notFound()
    await answerSurvey(context, visitor, await requireSight(context, visitor), answer)
    return {}
  })

  guarded.on('signOut', nothingSchema, async () => {
    if (visitor.isStored) {
      await leaveChat(context, visitor.id)
      await endVisitor(context, visitor.id)
    }
    // After the ack: the others of this visitor are told why, then all are let go.
    setImmediate(() => {
      namespace.to(room).emit('goodbye', { code: 'signed-out' })
      namespace.in(room).disconnectSockets(true)
    })
    return {}
  })
}

async function snapshot(context: VisitorContext, visitor: Visitor, seq: number): Promise<VisitorSnapshot> {
  const base = {
    visitorId: visitor.id, token: visitor.token, siteName: visitor.site.name, locale: visitor.locale,
    signedInAs: visitor.siteUser ? (visitor.siteUser.name ?? visitor.siteUser.sub) : null, seq,
  }
  if (!visitor.isStored) {
    const chat = { state: 'idle' as const, agentName: null, ahead: null, expected: null, open: true, promisedAt: null, survey: null, version: 0 }
    return { ...base, messages: [], hasEarlier: false, chat }
  }
  const sight = await requireSight(context, visitor)
  return { ...base, ...(await visitorPage(context.db, sight, null, pageSize)), chat: await visitorChat(context.db, sight) }
}

/** What was missed, as one envelope: views are as the rows are now, so many events about one row are told once. */
async function difference(context: VisitorContext, visitor: Visitor, events: readonly NumberedEvent[]): Promise<{ envelopes: VisitorEnvelope[]; chat: VisitorChatView }> {
  const sight = await requireSight(context, visitor)
  const messageIds = [...new Set(events.flatMap((event) => event.refs.messageIds ?? []))]
  const rendered = messageIds.length > 0 ? await renderForVisitor(context.db, visitor.id, { messageIds }) : null
  const last = events.at(-1)
  const envelopes = rendered && last ? [{ seq: last.seq, at: last.at.toISOString(), messages: rendered.messages }] : []
  return { envelopes, chat: await visitorChat(context.db, sight) }
}
