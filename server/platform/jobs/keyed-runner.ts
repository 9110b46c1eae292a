import { setImmediate as nextTick } from 'node:timers/promises'

interface Lane {
  /** Shared by all who asked while a run was active: it begins after all of them had written what they woke for. */
  next?: Promise<void> | undefined
  active?: Promise<void> | undefined
}

/**
 * Runs work per key: at most one run active and one waiting, at most `concurrency` keys at once. A call during a run
 * causes exactly one more run, whichever number of calls there are.
 */
export class KeyedRunner {
  private readonly lanes = new Map<string, Lane>()
  private readonly waiting: (() => void)[] = []
  private readonly work: (key: string) => Promise<void>
  private free: number

  constructor(concurrency: number, work: (key: string) => Promise<void>) {
    this.free = concurrency
    this.work = work
  }

  /** Resolves or rejects with the first run that begins after this call. */
  run(key: string): Promise<void> {
    const lane = this.lanes.get(key) ?? {}
    this.lanes.set(key, lane)
    lane.next ??= this.enter(key, lane)
    return lane.next
  }

  get busy(): boolean {
    return this.lanes.size > 0
  }

  private async enter(key: string, lane: Lane): Promise<void> {
    // A failed run is its own callers' to handle; this one only waits for its end.
    await lane.active?.catch(() => {})
    await this.takePlace()
    await nextTick() // whoever woke us goes on first
    const active = lane.next
    lane.next = undefined
    lane.active = active
    try {
      await this.work(key)
    } finally {
      this.leavePlace()
      if (lane.active === active) lane.active = undefined
      if (!lane.next) this.lanes.delete(key)
    }
  }

  private async takePlace(): Promise<void> {
    if (this.free > 0) this.free--
    else await new Promise<void>((resolve) => { this.waiting.push(resolve) })
  }

  private leavePlace(): void {
    const next = this.waiting.shift()
    if (next) next()
    else this.free++
  }
}
