import { useSyncExternalStore } from 'react'
import { screen } from './inbox.ts'

const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | null = null
let second = read()

/** The server's time to the second, as `Date`s in ms. One timer for all who look. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => second)
}

/** The server's time, this instant. */
export function serverNow(): number {
  return Date.now() + screen.get().clockOffsetMs
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  timer ??= setInterval(tick, 1000)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0 || timer === null) return
    clearInterval(timer)
    timer = null
  }
}

function tick(): void {
  second = read()
  for (const listener of listeners) listener()
}

function read(): number {
  return Math.floor(serverNow() / 1000) * 1000
}
