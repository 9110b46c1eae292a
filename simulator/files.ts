import { randomBytes } from 'node:crypto'
import type { FileView } from './views.ts'

export type StoredFile = { id: string; name: string; contentType: string; bytes: Buffer }

/** Pictures, recordings and attachments of the simulated world, in memory. */
export class FileStore {
  readonly #files = new Map<string, StoredFile>()

  put(file: Omit<StoredFile, 'id'>): StoredFile {
    const stored = { ...file, id: randomBytes(12).toString('hex') }
    this.#files.set(stored.id, stored)
    return stored
  }

  find(id: string): StoredFile | undefined {
    return this.#files.get(id)
  }
}

/** The file as page and tests see it; the address is relative to the page, so that it works behind a path prefix. */
export function viewFile(file: StoredFile): FileView {
  return { name: file.name, contentType: file.contentType, sizeBytes: file.bytes.length, url: `control/files/${file.id}` }
}
