import express from 'express'
import { mkdtemp, readdir } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createFileStore } from '#server/platform/files.ts'
import { mountFiles, type ServedFile, signFilePath } from '#server/platform/files-serve.ts'
import { lastHandlers } from '#server/platform/http.ts'

const dir = await mkdtemp(join(tmpdir(), 'files-'))
const store = createFileStore(dir)
const limits = { sizeBytesMax: 1_000_000 }
const files = new Map<string, ServedFile>()
const viewers = new Set(['staff:1'])
let now = new Date('2026-03-01T09:00:00Z')
const app = express()
const server = app.listen(0, '127.0.0.1')
let origin = ''

beforeAll(() => {
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  mountFiles(app, { store, secret: 'secret', clock: { now: () => now }, find: async (id, viewer) => (viewers.has(viewer) ? files.get(id) : undefined) })
  app.use(...lastHandlers({ logger: { error: () => {}, warn: () => {} } }))
})
afterAll(() => void server.close())

function png(width: number, height: number): Buffer {
  const head = Buffer.from('89504e470d0a1a0a0000000d494844520000000000000000080600000000000000', 'hex')
  head.writeUInt32BE(width, 16)
  head.writeUInt32BE(height, 20)
  return Buffer.concat([head, Buffer.from('0000000049444154', 'hex')])
}
const jpeg = Buffer.from('ffd8ffe000104a46494600010100000100010000ffc0001108006400c803012200021101031101', 'hex')
const gif = Buffer.from('47494638396101000100800000000000ffffff2c00000000010001000002024401003b', 'hex')
const wav = Buffer.concat([Buffer.from('RIFF'), Buffer.from([36, 0, 0, 0]), Buffer.from('WAVEfmt '), Buffer.alloc(24)])

test.each<[string, Buffer, string]>([
  ['a picture', png(10, 10), 'image/png'],
  ['a photo', jpeg, 'image/jpeg'],
  ['a small animation', gif, 'image/gif'],
  ['a recording', wav, 'audio/wav'],
  ['a pixel bomb', png(50_000, 50_000), 'application/octet-stream'],
  ['a document', Buffer.from('%PDF-1.7\n%....'), 'application/pdf'],
  ['text', Buffer.from('你好, hello'), 'text/plain'],
  ['a page named as a picture', Buffer.from('<!doctype html><script>alert(1)</script>'), 'text/plain'],
  ['a drawing', Buffer.from('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'), 'application/octet-stream'],
  ['bytes', Buffer.from([0, 1, 2, 3]), 'application/octet-stream'],
  ['nothing', Buffer.alloc(0), 'text/plain'],
])('%s is known by its bytes', async (_name, bytes, contentType) => {
  expect(await store.put(Readable.from([bytes]), limits)).toMatchObject({ contentType, sizeBytes: bytes.length })
})

test('a file that is too large leaves nothing behind', async () => {
  await expect(store.put(Buffer.alloc(101), { sizeBytesMax: 100 })).rejects.toMatchObject({ code: 'file.too-large' })
  expect((await readdir(dir)).filter((name) => name.endsWith('.arriving'))).toEqual([])
})

test('a full disk is something to try again', async () => {
  const full = Readable.from((async function* fill() { yield Buffer.from('a'); throw Object.defineProperty(new Error('no space'), 'code', { value: 'ENOSPC' }) })())
  await expect(store.put(full, limits)).rejects.toMatchObject({ name: 'RetryLater' })
})

async function served(bytes: Buffer, name: string): Promise<string> {
  const stored = await store.put(bytes, limits)
  files.set(stored.key, { storageKey: stored.key, name, contentType: stored.contentType })
  return stored.key
}

test('a picture is shown in place, a document is downloaded, neither can run', async () => {
  const picture = await fetch(origin + signFilePath('secret', await served(png(4, 4), '图"片\u202e/x.png'), 'staff:1', now))
  expect(Object.fromEntries(picture.headers)).toMatchObject({ 'content-type': 'image/png', 'content-disposition': `inline; filename="_____x.png"; filename*=UTF-8''%E5%9B%BE%22%E7%89%87__x.png`, 'content-security-policy': expect.stringContaining('sandbox') })
  const page = await fetch(origin + signFilePath('secret', await served(Buffer.from('<script>'), 'a.html'), 'staff:1', now))
  expect([page.headers.get('content-type'), page.headers.get('content-disposition')?.startsWith('attachment')]).toEqual(['text/plain; charset=utf-8', true])
  const part = await fetch(origin + signFilePath('secret', await served(wav, 'a.wav'), 'staff:1', now), { headers: { range: 'bytes=0-3' } })
  expect([part.status, await part.text()]).toEqual([206, 'RIFF'])
})

test('a link opens one file, for one viewer who may still see it, for five minutes', async () => {
  const key = await served(gif, 'a.gif')
  const other = await served(gif, 'b.gif')
  const status = async (path: string) => (await fetch(origin + path)).status
  const path = signFilePath('secret', key, 'staff:1', now)
  expect(await status(path)).toBe(200)
  expect(await status(path.replace(key, other))).toBe(404)
  expect(await status(`/files/${key}`)).toBe(404)
  expect(await status(path.slice(0, -1))).toBe(404)
  expect(await status(signFilePath('secret', key, 'staff:2', now))).toBe(404)
  expect(await status(signFilePath('other', key, 'staff:1', now))).toBe(404)
  now = new Date(now.getTime() + 5 * 60_000 + 1000)
  expect(await status(path)).toBe(404)
  await store.remove(key)
  await store.remove(key)
  expect(await status(signFilePath('secret', key, 'staff:1', now))).toBe(404)
})
