const farthestMs = 60 * 60_000
const timersMax = 20_000

interface Held {
  timer: NodeJS.Timeout
  /** By this process's monotonic clock. */
  at: number
}

/** Wake-ups at a time, in this process: to the millisecond and never before it, forgotten when it ends (the queue has them too). */
export class LocalTimers {
  private readonly timers = new Map<string, Held>()

  /** The same id twice is one wake-up, at the earlier of the two times. False: too far away or too many, it is not taken. */
  set(id: string, delayMs: number, fire: () => void): boolean {
    const held = this.timers.get(id)
    const at = performance.now() + delayMs
    if (held && held.at <= at) return true
    if (!held && (delayMs > farthestMs || this.timers.size >= timersMax)) return false
    if (held) clearTimeout(held.timer)
    this.arm(id, at, fire)
    return true
  }

  clear(): void {
    for (const { timer } of this.timers.values()) clearTimeout(timer)
    this.timers.clear()
  }

  private arm(id: string, at: number, fire: () => void): void {
    const timer = setTimeout(() => {
      // A timer counts from the beginning of its turn of the event loop: it may be early by what the turn had taken.
      if (performance.now() < at) return this.arm(id, at, fire)
      this.timers.delete(id)
      fire()
    }, Math.floor(at - performance.now()))
    this.timers.set(id, { timer: timer.unref(), at })
  }
}
