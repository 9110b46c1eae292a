/** Keeping in the browser; in memory where the browser forbids keeping. */
import type { Kept } from './kept.ts'

export interface Storage {
  /** False: nothing outlives this page. */
  readonly isKept: boolean
  read(): Kept
  /** Reads afresh first: another tab may have written. */
  change(change: (kept: Kept) => Kept): Kept
  /** Called when another tab wrote. */
  onChange(listener: (kept: Kept) => void): void
}

export function openStorage(accountId: string): Storage {
  const key = `tributary:${accountId}`
  let memory: Kept = {}
  const store = browserStore()
  const read = (): Kept => {
    if (!store) return memory
    try {
      const parsed: unknown = JSON.parse(store.getItem(key) ?? '{}')
      return parsed && typeof parsed === 'object' ? (parsed as Kept) : {} // our own key; a broken value is an empty one
    } catch {
      return {}
    }
  }
  return {
    isKept: store !== null,
    read,
    change(change) {
      const next = change(read())
      memory = next
      try {
        store?.setItem(key, JSON.stringify(next))
      } catch {
        // Full: this page goes on from memory of what it shows, and says nothing wrong about what is stored on the server.
      }
      return next
    },
    onChange(listener) {
      addEventListener('storage', (event) => {
        if (event.key === key) listener(read())
      })
    },
  }
}

/** Even reading the property throws where cookies are blocked or the frame is sandboxed. */
function browserStore(): globalThis.Storage | null {
  try {
    const probe = 'tributary:probe'
    localStorage.setItem(probe, '1')
    localStorage.removeItem(probe)
    return localStorage
  } catch {
    return null
  }
}
