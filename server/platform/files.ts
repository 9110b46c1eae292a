import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { refusal, RetryLater } from './errors.ts'
import { contentTypeOf, sampleBytes } from './files-type.ts'

export type StoredFile = {
  /** A UUID; the only name a file has on disk. */
  key: string
  sizeBytes: number
  sha256: string
  /** By the bytes, never by what the sender said; `application/octet-stream` for what is not recognised or not trusted. */
  contentType: string
}

export type FileStore = {
  /** Stores the bytes, durable when it returns. Too large: `file.too-large`; a full disk: `RetryLater`. */
  put(content: Readable | Uint8Array, limits: { sizeBytesMax: number }): Promise<StoredFile>
  read(key: string): Readable
  /** Folder and relative name, for `response.sendFile`. */
  locate(key: string): { root: string; name: string }
  /** Removing what is gone already is fine. */
  remove(key: string): Promise<void>
}

/** Files below `dir`, in folders by the first letters of their key. */
export function createFileStore(dir: string): FileStore {
  const nameOf = (key: string) => {
    if (!/^[0-9a-f-]{36}$/.test(key)) throw new Error('not a file key')
    return join(key.slice(0, 2), key)
  }

  return {
    async put(content, { sizeBytesMax }) {
      const key = randomUUID()
      const target = join(dir, nameOf(key))
      const arriving = join(dir, `${key}.arriving`)
      try {
        await mkdir(join(dir, key.slice(0, 2)), { recursive: true })
        const stored = await write(arriving, content, sizeBytesMax)
        await rename(arriving, target)
        return { key, ...stored }
      } catch (error) {
        await rm(arriving, { force: true })
        if (isDiskFull(error)) throw new RetryLater('no room for files', 30_000, { cause: error })
        throw error
      }
    },
    read: (key) => createReadStream(join(dir, nameOf(key))),
    locate: (key) => ({ root: dir, name: nameOf(key) }),
    remove: (key) => rm(join(dir, nameOf(key)), { force: true }),
  }
}

async function write(path: string, content: Readable | Uint8Array, sizeBytesMax: number): Promise<Omit<StoredFile, 'key'>> {
  const hash = createHash('sha256')
  const samples: Uint8Array[] = []
  let sizeBytes = 0
  let sampledBytes = 0
  const file = await open(path, 'wx', 0o600)
  try {
    // A file's stream has no encoding set, so it yields bytes.
    const chunks: AsyncIterable<Uint8Array> | Uint8Array[] = content instanceof Uint8Array ? [content] : (content as AsyncIterable<Uint8Array>)
    for await (const chunk of chunks) {
      sizeBytes += chunk.length
      if (sizeBytes > sizeBytesMax) throw refusal('file.too-large', 413, 'The file is too large.', { sizeBytesMax })
      if (sampledBytes < sampleBytes) samples.push(chunk.subarray(0, sampleBytes - sampledBytes))
      sampledBytes += chunk.length
      hash.update(chunk)
      await file.writeFile(chunk)
    }
    await file.sync()
  } finally {
    await file.close()
  }
  return { sizeBytes, sha256: hash.digest('hex'), contentType: await contentTypeOf(Buffer.concat(samples)) }
}

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
}
