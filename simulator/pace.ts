/** Somebody hung up, redirected or took the call while the simulator was in the middle of something. */
export class Interrupted extends Error {
  constructor() {
    super('interrupted')
    this.name = 'Interrupted'
  }
}

/** Time as the simulated world sees it: `speed` simulated seconds go by in one real second. */
export class Pace {
  readonly speed: number

  constructor(speed = 1) {
    this.speed = speed
  }

  /** Waits `ms` simulated milliseconds; rejects with `Interrupted` as soon as the signal is raised. */
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return untilAborted(new Promise<void>((resolve) => setTimeout(resolve, ms / this.speed).unref()), signal)
  }

  /** Whole simulated seconds since a real instant, as Twilio reports durations. */
  secondsSince(startMs: number, endMs = Date.now()): number {
    return Math.round(((endMs - startMs) * this.speed) / 1000)
  }
}

/** The promise's value, or `Interrupted` when the signal is raised first. */
export function untilAborted<T>(work: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return work
  if (signal.aborted) {
    work.catch(() => undefined)
    return Promise.reject(new Interrupted())
  }
  return new Promise<T>((resolve, reject) => {
    const stop = () => reject(new Interrupted())
    signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
