import type { Queue } from 'bullmq'

export interface Wake {
  key: string
  /** Milliseconds from now; 0: at once. */
  delayMs: number
  /** Names a delayed wake-up: the same id twice is one. Without it: one active and one waiting per key. */
  id?: string
}

const attempts = 5
const backoff = { type: 'exponential', delay: 500 } as const

/**
 * Hands the wake-ups of one queue over in batches: those of one tick together, and those that come while a batch is on its
 * way in the next one, each key once. A wake-up that comes during a batch is never taken for one that is in it.
 */
export class WakeBuffer {
  private pending = new Map<string, Wake>()
  private sending: Promise<void> | undefined
  private readonly queue: Queue
  private readonly onFailed: (error: unknown, wakes: number) => void

  constructor(queue: Queue, onFailed: (error: unknown, wakes: number) => void) {
    this.queue = queue
    this.onFailed = onFailed
  }

  add(wake: Wake): void {
    this.pending.set(wake.id ?? `now ${wake.key}`, wake)
    this.sending ??= this.sendAll()
  }

  /** Resolves when all that was added before is handed over or given up. */
  async flush(): Promise<void> {
    while (this.sending) await this.sending
  }

  private async sendAll(): Promise<void> {
    await new Promise((resolve) => { setImmediate(resolve) })
    while (this.pending.size > 0) {
      const batch = [...this.pending.values()]
      this.pending = new Map()
      try {
        if (batch.length > fewMax) await this.queue.addBulk(batch.map(toJob))
        else await Promise.all(batch.map(toJob).map(({ name, data, opts }) => this.queue.add(name, data, opts)))
      } catch (error) {
        this.onFailed(error, batch.length)
      }
    }
    this.sending = undefined
  }
}

/** On PostgreSQL adding many at once makes tables of its own, which costs more than adding a few one by one. */
const fewMax = 8

function toJob({ key, delayMs, id }: Wake) {
  return {
    name: 'wake',
    data: { key },
    opts: {
      attempts, backoff, removeOnComplete: true, removeOnFail: true,
      ...(delayMs > 0 && { delay: delayMs }),
      ...(id === undefined
        // `reschedule`: a wake-up for a key whose job waits for its next attempt runs it now.
        ? { deduplication: { id: key, keepLastIfActive: true, reschedule: true } }
        : { jobId: id }),
    },
  }
}
