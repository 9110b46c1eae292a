const farthestMs = 60 * 60_000
const timersMax = 20_000

/** Wake-ups at a time, in this process: to the millisecond, forgotten when it ends (the queue has them too). */
export class LocalTimers {
  private readonly timers = new Map<string, { timer: NodeJS.Timeout; at: number }>()

  /** The same id twice is one wake-up, at the earlier of the two times. Too far away or too many: not taken, the queue is enough. */
  set(id: string, delayMs: number, fire: () => void): void {
    const held = this.timers.get(id)
    const at = performance.now() + delayMs
    if (held ? held.at <= at : delayMs > farthestMs || this.timers.size >= timersMax) return
    if (held) clearTimeout(held.timer)
    const timer = setTimeout(() => {
      this.timers.delete(id)
      fire()
    }, delayMs)
    this.timers.set(id, { timer: timer.unref(), at })
  }

  clear(): void {
    for (const { timer } of this.timers.values()) clearTimeout(timer)
    this.timers.clear()
  }
}
