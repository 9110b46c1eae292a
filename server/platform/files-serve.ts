import type { Express } from 'express'
import { createHmac, timingSafeEqual } from 'node:crypto'
import { notFound } from './errors.ts'
import type { FileStore } from './files.ts'
import { isInlineType } from './files-type.ts'

export const fileLinkMs = 5 * 60_000

/** A path that opens one file for one viewer (e.g. `staff:<id>`, `visitor:<id>`, `provider:<account id>`), five minutes at most. */
export function signFilePath(secret: string, fileId: string, viewer: string, now: Date, validMs = fileLinkMs): string {
  const expiresAt = Math.floor((now.getTime() + Math.min(validMs, fileLinkMs)) / 1000)
  const body = `${Buffer.from(viewer).toString('base64url')}.${expiresAt}`
  return `/files/${fileId}?token=${body}.${mac(secret, fileId, body)}`
}

export type ServedFile = { storageKey: string; name: string; contentType: string }

export type FileDoor = {
  store: FileStore
  secret: string
  clock: { now(): Date }
  /** The file, if this viewer may still see it now; the signature only proves that they might a moment ago. */
  find(fileId: string, viewer: string): Promise<ServedFile | undefined>
}

/** Serves `/files/:id?token=…`. Nothing served here can run: sandboxed, never sniffed, markup never inline. */
export function mountFiles(app: Express, { store, secret, clock, find }: FileDoor): void {
  app.get('/files/:id', async (request, response, next) => {
    const viewer = readToken(secret, request.params.id, request.query['token'], clock.now())
    const file = viewer === undefined ? undefined : await find(request.params.id, viewer)
    if (file === undefined) throw notFound()
    const { root, name } = store.locate(file.storageKey)
    response.set({
      'Content-Type': file.contentType,
      'Content-Disposition': disposition(file),
      'Content-Security-Policy': "sandbox; default-src 'none'; frame-ancestors 'none'",
      'Cross-Origin-Resource-Policy': 'cross-origin',
      'Cache-Control': 'private, max-age=300',
    })
    response.sendFile(name, { root, cacheControl: false, etag: false, lastModified: false }, (error?: Error) => {
      if (error === undefined || response.headersSent) return
      response.removeHeader('Content-Disposition')
      next(notFound())
    })
  })
}

/** RFC 6266. The name is display text: control and path characters are replaced. */
function disposition(file: ServedFile): string {
  const name = file.name.replace(/[\p{Cc}\p{Cf}/\\]/gu, '_').slice(0, 200).toWellFormed()
  const ascii = name.replace(/[^\x20-\x7e]|["%]/g, '_')
  return `${isInlineType(file.contentType) ? 'inline' : 'attachment'}; filename="${ascii}"; filename*=UTF-8''${encodeURIComponent(name).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16)}`)}`
}

function readToken(secret: string, fileId: string, token: unknown, now: Date): string | undefined {
  if (typeof token !== 'string') return undefined
  const [viewer = '', expiresAt = '', given = ''] = token.split('.')
  const expected = Buffer.from(mac(secret, fileId, `${viewer}.${expiresAt}`))
  const actual = Buffer.from(given)
  if (actual.length !== expected.length || !timingSafeEqual(actual, expected)) return undefined
  return Number(expiresAt) * 1000 < now.getTime() ? undefined : Buffer.from(viewer, 'base64url').toString()
}

function mac(secret: string, fileId: string, body: string): string {
  return createHmac('sha256', secret).update(`file\n${fileId}\n${body}`).digest('base64url')
}
