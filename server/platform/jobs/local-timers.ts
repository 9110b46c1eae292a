const farthestMs = 60 * 60_000
const timersMax = 20_000

/** Wake-ups at a time, in this process: to the millisecond, forgotten when it ends (the queue has them too). */
export class LocalTimers {
  private readonly timers = new Map<string, NodeJS.Timeout>()

  /** The same id twice is one wake-up. Too far away or too many: not taken, the queue is enough. */
  set(id: string, delayMs: number, fire: () => void): void {
    if (this.timers.has(id) || delayMs > farthestMs || this.timers.size >= timersMax) return
    const timer = setTimeout(() => {
      this.timers.delete(id)
      fire()
    }, delayMs)
    this.timers.set(id, timer.unref())
  }

  clear(): void {
    for (const timer of this.timers.values()) clearTimeout(timer)
    this.timers.clear()
  }
}
