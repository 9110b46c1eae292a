import type { FileStore } from '../files.ts'
import type { MediaRecord } from './account.ts'
import { newSid } from './ids.ts'

const mediaBytesMax = 16 * 1024 * 1024
const mediaTimeoutMs = 10_000

/** Fetches what the hub wants sent along, as Twilio does before it hands a message to the carrier. */
export async function fetchMedia(urls: readonly string[], files: FileStore): Promise<MediaRecord[]> {
  return Promise.all(
    urls.map(async (url) => {
      const response = await fetch(url, { signal: AbortSignal.timeout(mediaTimeoutMs) })
      if (!response.ok) throw new Error(`HTTP ${response.status} from ${url}`)
      const bytes = Buffer.from(await response.arrayBuffer())
      if (bytes.length > mediaBytesMax) throw new Error(`${bytes.length} bytes at ${url} are more than ${mediaBytesMax}`)
      const contentType = (response.headers.get('content-type') ?? 'application/octet-stream').split(';')[0] ?? ''
      const file = files.put({ name: nameOf(url, response.headers.get('content-disposition')), contentType, bytes })
      return { sid: newSid('ME'), file, createdAt: new Date() }
    }),
  )
}

function nameOf(url: string, disposition: string | null): string {
  const named = /filename\*?=(?:UTF-8'')?"?([^";]+)"?/i.exec(disposition ?? '')?.[1]
  return decodeURIComponent(named ?? new URL(url).pathname.split('/').at(-1) ?? 'file')
}
