import type { Leg } from './leg.ts'
import { newSid } from './ids.ts'

/** What the dequeuing leg brings along. */
export type Claim = { by: Leg; whisperUrl: string | null; whisperMethod: string; ready: (isReady: boolean) => void; bridge: Bridge }

export type Waiting = { leg: Leg; queue: CallQueue; enteredAt: number; claim: Claim | null; onClaim: () => void }

export type CallQueue = { sid: string; name: string; waiting: Waiting[]; /** real milliseconds waited by those who left */ waits: number[]; createdAt: Date }

const queueSizeMax = 100

/** Two legs talking. Ends once, whichever side leaves first. */
export class Bridge {
  readonly ended: Promise<void>
  startedAt: number | null = null
  readonly #end: () => void
  #legs: Leg[] = []

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.ended = promise
    this.#end = resolve
  }

  start(one: Leg, other: Leg): void {
    this.startedAt = Date.now()
    this.#legs = [one, other]
    one.peer = other
    other.peer = one
    for (const leg of this.#legs) {
      leg.bridgedAt ??= new Date()
      leg.note('note', 'connected')
    }
  }

  end(): void {
    for (const leg of this.#legs) {
      leg.peer = null
      leg.changed()
    }
    this.#legs = []
    this.#end()
  }
}

/** The account's call queues by name; a queue exists from its first use. */
export class CallQueues {
  readonly all = new Map<string, CallQueue>()
  readonly #dequeuers: { name: string; wake: () => void }[] = []

  open(name: string): CallQueue {
    let queue = this.all.get(name)
    if (!queue) {
      queue = { sid: newSid('QU'), name, waiting: [], waits: [], createdAt: new Date() }
      this.all.set(name, queue)
    }
    return queue
  }

  /** Null when the queue is full. */
  join(name: string, leg: Leg, sizeMax = queueSizeMax): Waiting | null {
    const queue = this.open(name)
    if (queue.waiting.length >= sizeMax) return null
    const waiting: Waiting = { leg, queue, enteredAt: Date.now(), claim: null, onClaim: () => undefined }
    queue.waiting.push(waiting)
    showPositions(queue)
    this.#dequeuers.find((dequeuer) => dequeuer.name === name)?.wake()
    return waiting
  }

  leave(waiting: Waiting): void {
    const { queue } = waiting
    const index = queue.waiting.indexOf(waiting)
    if (index === -1) return
    queue.waiting.splice(index, 1)
    queue.waits.push(Date.now() - waiting.enteredAt)
    if (queue.waits.length > queueSizeMax) queue.waits.shift()
    waiting.leg.queue = null
    waiting.leg.changed()
    showPositions(queue)
  }

  /** Takes the first of the queue, waiting for one if it is empty. */
  async claimFirst(name: string, claim: Claim, signal: AbortSignal): Promise<Waiting | null> {
    const queue = this.open(name)
    while (!signal.aborted) {
      const [first] = queue.waiting
      if (first) {
        first.claim = claim
        this.leave(first)
        first.onClaim()
        return first
      }
      await this.#untilSomebodyJoins(name, signal)
    }
    return null
  }

  #untilSomebodyJoins(name: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const dequeuer = { name, wake: finish }
      const dequeuers = this.#dequeuers
      function finish(): void {
        const index = dequeuers.indexOf(dequeuer)
        if (index !== -1) dequeuers.splice(index, 1)
        signal.removeEventListener('abort', finish)
        resolve()
      }
      dequeuers.push(dequeuer)
      signal.addEventListener('abort', finish, { once: true })
    })
  }
}

function showPositions(queue: CallQueue): void {
  queue.waiting.forEach((waiting, index) => {
    waiting.leg.queue = { name: queue.name, position: index + 1 }
    waiting.leg.changed()
  })
}
