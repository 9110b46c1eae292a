import { Router } from 'express'
import * as z from 'zod'
import type { Context } from '../../context.ts'
import { notFound } from '../../platform/errors.ts'
import { providerFilePurpose } from './outbound.payload.ts'

const tokenSchema = z.object({ id: z.uuid() })

/** Where a provider fetches a file we send by its API: a signed address that dies after an hour. */
export function providerFiles(context: Pick<Context, 'db' | 'files' | 'secrets' | 'clock'>): Router {
  const router = Router()
  router.get('/provider-files/:token', async (request, response, next) => {
    const token = tokenSchema.safeParse(context.secrets.readToken(request.params.token, providerFilePurpose, context.clock.now()))
    if (!token.success) throw notFound()
    const file = await context.db.maybe<{ storageKey: string; contentType: string }>(`select storage_key as "storageKey", content_type as "contentType" from attachment where id = $1 and state = 'stored'`, [token.data.id])
    if (!file) throw notFound()
    const { root, name } = context.files.locate(file.storageKey)
    response.set({ 'Content-Type': file.contentType, 'Content-Disposition': 'attachment', 'Cache-Control': 'no-store' })
    response.sendFile(name, { root, cacheControl: false, etag: false, lastModified: false }, (error?: Error) => { if (error && !response.headersSent) next(notFound()) })
  })
  return router
}
