import type { JobName, Jobs } from './jobs.ts'
import type { Tx } from './db.ts'
import { appendEvents, type NewEvent } from './relay/append.ts'
import type { Relay } from './relay/relay.ts'

/**
 * What a transaction wants done once it has committed: events to tell (rows, written before the commit) and wake-ups (rung
 * after it). A transaction that runs again starts with empty effects.
 */
export class Effects {
  readonly events: NewEvent[] = []
  readonly #wakes = new Map<string, { name: JobName; key: string; at?: Date }>()

  tell(...events: NewEvent[]): void {
    this.events.push(...events)
  }

  /** Wakes a job; of two wake-ups at a time the earlier stays. */
  wake(name: JobName, key: string, at?: Date): void {
    const id = `${name} ${key}`
    const held = this.#wakes.get(id)
    if (held && (!held.at || (at && held.at <= at))) return
    this.#wakes.set(id, at ? { name, key, at } : { name, key })
  }

  ring(context: { jobs: Jobs; relay: Relay }): void {
    if (this.events.length > 0) context.relay.wake()
    for (const { name, key, at } of this.#wakes.values()) context.jobs.wake(name, key, at ? { at } : undefined)
  }
}

/** Runs a use case: one transaction that writes and appends its events, then the wake-ups, after the commit. */
export async function commit<T>(context: { db: { tx<R>(fn: (tx: Tx) => Promise<R>): Promise<R> }; jobs: Jobs; relay: Relay }, at: Date, run: (tx: Tx, effects: Effects) => Promise<T>): Promise<T> {
  let effects = new Effects()
  const result = await context.db.tx(async (tx) => {
    effects = new Effects()
    const value = await run(tx, effects)
    appendEvents(tx, effects.events, at)
    return value
  })
  effects.ring(context)
  return result
}
