/** Who of the evening shift is free when: everybody does one thing at a time, so that busy hours make customers wait. */
import { isStaffed, minute } from './shop-time.ts'

export interface Booking {
  agent: string
  at: number
}

export interface Agenda {
  /** Takes the first of the queue's people who is free for so long, from then on. */
  book(queue: string, from: number, forMs: number): Booking
  /** When that would be, without taking anybody. */
  ask(queue: string, from: number, forMs: number): Booking
}

const pauseMs = 15_000

/** @param membersOf names of those who work for each queue. */
export function createAgenda(membersOf: Readonly<Record<string, readonly string[]>>): Agenda {
  const taken = new Map<string, { from: number; to: number }[]>()
  const busyOf = (agent: string): { from: number; to: number }[] => {
    const busy = taken.get(agent) ?? []
    taken.set(agent, busy)
    return busy
  }
  const firstFree = (agent: string, queue: string, from: number, forMs: number): number => {
    for (let at = from; ;) {
      if (!isStaffed(queue, new Date(at))) {
        at = (Math.floor(at / (15 * minute)) + 1) * 15 * minute
        continue
      }
      const clash = busyOf(agent).find((one) => one.from < at + forMs + pauseMs && at < one.to + pauseMs)
      if (!clash) return at
      at = clash.to + pauseMs
    }
  }
  const ask = (queue: string, from: number, forMs: number): Booking => {
    const free = (membersOf[queue] ?? []).map((agent) => ({ agent, at: firstFree(agent, queue, from, forMs) }))
    // Of several at the same time the one with the least behind them.
    free.sort((a, b) => a.at - b.at || busyOf(a.agent).length - busyOf(b.agent).length || (a.agent < b.agent ? -1 : 1))
    const [first] = free
    if (!first) throw new Error(`nobody works for ${queue}`)
    return first
  }
  return {
    ask,
    book(queue, from, forMs) {
      const booking = ask(queue, from, forMs)
      busyOf(booking.agent).push({ from: booking.at, to: booking.at + forMs })
      return booking
    },
  }
}
