/** Files a visitor puts on the hub before the message they belong to: `POST /api/v1/visitor/uploads`. */
import { Router, type Request, type Response } from 'express'
import * as z from 'zod'
import type { Context } from '#server/context.ts'
import { cleanFileName } from '#server/domain/names.ts'
import { invalid, refusal } from '#server/platform/errors.ts'
import type { ServedFile } from '#server/platform/files-serve.ts'
import { newId } from '#server/platform/ids.ts'
import { createRateLimiter } from '#server/platform/rate-limit.ts'
import { unauthorized } from './webchat.errors.ts'
import { isOriginOfSite } from './webchat.origins.ts'
import { requireUploadRoom } from '../files/uploads.steps.ts'
import { keepUpload } from '../files/uploads.usecases.ts'
import { findVisibleFile, findVisitor, insertUpload, uploaderOf } from './webchat.store.ts'
import { siteOf, type Visitor } from './webchat.visitors.ts'
import { sightOf } from './visitor-sight.ts'

type UploadContext = Pick<Context, 'db' | 'clock' | 'secrets' | 'files' | 'config'>

export const uploadBytesMax = 10 * 1024 * 1024
const uploadPath = '/api/v1/visitor/uploads'
const ticketPurpose = 'visitor-upload'
const ticketMs = 10 * 60_000
/** What one visitor may put on the hub in a day. */
const perDay = { files: 50, sizeBytes: 100 * 1024 * 1024 }
const uploadsOfAddress = { burst: 30, perMs: 60_000 }

const ticketSchema = z.strictObject({ visitorId: z.uuid(), accountId: z.uuid() })

/** What lets this visitor upload for some minutes, whatever proved them on their socket. */
export function signUploadTicket(context: Pick<Context, 'secrets' | 'clock'>, visitor: Visitor): string {
  return context.secrets.signToken({ visitorId: visitor.id, accountId: visitor.site.id }, ticketPurpose, new Date(context.clock.now().getTime() + ticketMs))
}

/** The upload door, to be mounted before the app's last handlers. Callable from the site's own pages only. */
export function visitorUploads(context: UploadContext): Router {
  const router = Router()
  const limiter = createRateLimiter(() => performance.now())
  router.options(uploadPath, (request, response) => {
    // Says nothing of whether the origin is known: the upload itself is checked against the ticket's site.
    response.set({ ...corsFor(request), 'Access-Control-Allow-Methods': 'POST', 'Access-Control-Allow-Headers': 'authorization, content-type, x-file-name', 'Access-Control-Max-Age': '600' })
    response.status(204).end()
  })
  router.post(uploadPath, async (request, response) => {
    response.set(corsFor(request))
    limiter.require(`upload:${request.ip ?? ''}`, uploadsOfAddress)
    await receiveUpload(context, request, response)
  })
  return router
}

async function receiveUpload(context: UploadContext, request: Request, response: Response): Promise<void> {
  const now = context.clock.now()
  const { visitorId, accountId } = readTicket(context, request, now)
  const site = await siteOf(context, accountId)
  const { origin } = request.headers
  const isOwn = origin === undefined || origin === new URL(context.config.publicUrl).origin || (!context.config.production && origin === `http://${request.headers.host}`)
  if (!isOwn && !isOriginOfSite(origin, site.settings.allowedOrigins)) throw unauthorized()
  if (!(await findVisitor(context.db, visitorId))) throw unauthorized()
  const length = Number(request.headers['content-length'] ?? 0)
  if (length > uploadBytesMax) throw refusal('file.too-large', 413, 'The file is too large.', { sizeBytesMax: uploadBytesMax })
  await requireUploadRoom(context.db, uploaderOf(visitorId), length, perDay, now)
  const stored = await context.files.put(request, { sizeBytesMax: uploadBytesMax })
  if (stored.sizeBytes === 0) {
    await context.files.remove(stored.key)
    throw invalid([{ path: 'body', code: 'empty', message: 'The file is empty.' }])
  }
  const upload = { id: newId(now), visitorId, name: nameOf(request), contentType: stored.contentType, sizeBytes: stored.sizeBytes, sha256: stored.sha256, storageKey: stored.key, now }
  await keepUpload(context, uploaderOf(visitorId), stored, perDay, now, (tx) => insertUpload(tx, upload))
  response.status(201).set('Cache-Control', 'no-store').json({ id: upload.id, name: upload.name, contentType: upload.contentType, sizeBytes: upload.sizeBytes })
}

function readTicket(context: UploadContext, request: Request, now: Date): z.output<typeof ticketSchema> {
  const [scheme, ticket, rest] = (request.headers.authorization ?? '').split(' ')
  const read = scheme === 'Visitor' && ticket && rest === undefined ? ticketSchema.safeParse(context.secrets.readToken(ticket, ticketPurpose, now)) : undefined
  if (!read?.success) throw unauthorized()
  return read.data
}

/** The name is display text, percent-encoded because headers carry no more than Latin-1. */
function nameOf(request: Request): string {
  const raw = request.headers['x-file-name']
  try {
    return cleanFileName(typeof raw === 'string' ? decodeURIComponent(raw) : '')
  } catch {
    return cleanFileName('')
  }
}

function corsFor(request: Request): Record<string, string> {
  const { origin } = request.headers
  return { Vary: 'Origin', 'Cross-Origin-Resource-Policy': 'cross-origin', ...(origin ? { 'Access-Control-Allow-Origin': origin } : {}) }
}

/** For the file door (`mountFiles`): the file if this visitor may see it now. */
export async function findVisitorFile(context: Pick<Context, 'db'>, fileId: string, visitorId: string): Promise<ServedFile | undefined> {
  if (!z.uuid().safeParse(fileId).success || !z.uuid().safeParse(visitorId).success) return undefined
  const sight = await sightOf(context.db, visitorId)
  return sight && findVisibleFile(context.db, fileId, sight)
}
