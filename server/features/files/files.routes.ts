/** Files in the console: upload before the message, read by a short-lived link that is checked again when it is opened. */
import { Router, type Request } from 'express'
import * as z from 'zod'
import { idParams } from '#contract/api/common.ts'
import type { AttachmentView } from '#contract/views.ts'
import type { Context } from '../../context.ts'
import { cleanFileName } from '../../domain/names.ts'
import { forbidden, invalid, notFound, refusal } from '../../platform/errors.ts'
import { signFilePath, type ServedFile } from '../../platform/files-serve.ts'
import { defineRoute, isOwnOrigin, type Route, type StaffSession } from '../../platform/http.ts'
import { newId } from '../../platform/ids.ts'
import { requireUploadRoom } from './uploads.steps.ts'
import { keepUpload } from './uploads.usecases.ts'
import { maySeeConversation, hiddenContactSql, seesEverybody, type Viewer } from '../customers/customers.visibility.ts'

type FilesContext = Pick<Context, 'db' | 'clock' | 'files' | 'config'>

const sizeBytesMax = 25 * 1024 * 1024
/** What one member of staff may put on the hub in a day. */
const perDay = { files: 500, sizeBytes: 2 * 1024 ** 3 }

/** `GET /attachments/:id/link`: where the file can be read for five minutes, by this person. */
export function fileRoutes(context: FilesContext): Route[] {
  return [
    defineRoute({ method: 'GET', path: '/api/v1/attachments/:id/link', summary: 'A link to a file, good for five minutes', tag: 'files', roles: 'signed-in', params: idParams, response: z.strictObject({ url: z.string() }) }, async ({ params, staff }) => {
      if (!(await findStaffFile(context, params.id, staff))) throw notFound()
      return { url: signFilePath(context.config.sessionSecret, params.id, `staff:${staff.staffId}`, context.clock.now()) }
    }),
  ]
}

/** The upload door: raw bytes, the name in the query. Mounted before the routes, since it reads the body as a stream. */
export function uploadDoor(context: FilesContext, authenticate: (request: Request) => Promise<StaffSession | undefined>): Router {
  const router = Router()
  router.post('/api/v1/uploads', async (request, response) => {
    const staff = await authenticate(request)
    if (!staff) throw refusal('unauthorized', 401, 'Sign in first.')
    if (staff.sessionId && !isOwnOrigin(request.headers, new URL(context.config.publicUrl).origin, !context.config.production)) throw forbidden()
    const name = typeof request.query['name'] === 'string' ? cleanFileName(request.query['name']) : ''
    if (!name) throw invalid([{ path: 'name', code: 'required', message: 'Give the file’s name.' }])
    const length = Number(request.headers['content-length'] ?? 0)
    if (length > sizeBytesMax) throw refusal('file.too-large', 413, 'The file is too large.', { sizeBytesMax })
    const now = context.clock.now()
    await requireUploadRoom(context.db, `staff:${staff.staffId}`, length, perDay, now)
    const stored = await context.files.put(request, { sizeBytesMax })
    const id = newId(now)
    await keepUpload(context, `staff:${staff.staffId}`, stored, perDay, now, (tx) => tx.execute(
      `insert into attachment (id, uploaded_by, name, content_type, size_bytes, sha256, storage_key, state, created_at) values ($1, $2, $3, $4, $5, $6, $7, 'stored', $8)`,
      [id, `staff:${staff.staffId}`, name, stored.contentType, stored.sizeBytes, stored.sha256, stored.key, now]))
    const view: AttachmentView = { id, name, contentType: stored.contentType, sizeBytes: stored.sizeBytes, state: 'stored', stateReason: null, inline: /^(image\/(png|jpeg|gif|webp)|audio\/(wav|mpeg|ogg))$/.test(stored.contentType) }
    response.status(201).json(view)
  })
  return router
}

/** The file, if this member of staff may see the message it belongs to; one's own upload before it is sent. */
export async function findStaffFile(context: Pick<Context, 'db'>, attachmentId: string, viewer: Viewer): Promise<ServedFile | undefined> {
  const row = await context.db.maybe<ServedFile & { conversationId: string | null; uploadedBy: string | null; hidden: boolean }>(
    `select a.storage_key as "storageKey", a.name, a.content_type as "contentType", m.conversation_id as "conversationId", a.uploaded_by as "uploadedBy", ${hiddenContactSql('m.contact_id', '$2::uuid')} as hidden
     from attachment a left join message m on m.id = a.message_id where a.id = $1 and a.state = 'stored'`, [attachmentId, viewer.staffId])
  if (!row) return undefined
  const file = { storageKey: row.storageKey, name: row.name, contentType: row.contentType }
  if (!row.conversationId) return row.uploadedBy === `staff:${viewer.staffId}` ? file : undefined
  if (row.hidden && !seesEverybody(viewer)) return undefined
  return (await maySeeConversation(context.db, viewer, row.conversationId)) ? file : undefined
}
