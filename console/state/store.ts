import { useCallback, useRef, useSyncExternalStore } from 'react'

/** A value outside React, its changes announced: sockets write it, components read slices of it. */
export interface Store<S> {
  get(): S
  set(change: (held: S) => S): void
  subscribe(listener: () => void): () => void
}

export function createStore<S>(initial: S): Store<S> {
  let held = initial
  const listeners = new Set<() => void>()
  return {
    get: () => held,
    set(change) {
      const next = change(held)
      if (next === held) return
      held = next
      for (const listener of listeners) listener()
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/**
 * Reads a slice. A selector may build a new array or object each time: as long as its members are the same the component keeps
 * what it has and does not render.
 */
export function useStore<S, T>(store: Store<S>, select: (state: S) => T): T {
  const memo = useRef<{ state: S; select: (state: S) => T; value: T } | null>(null)
  const read = useCallback((): T => {
    const state = store.get()
    const last = memo.current
    if (last && last.state === state && last.select === select) return last.value
    const fresh = select(state)
    const value = last && isShallowEqual(last.value, fresh) ? last.value : fresh
    memo.current = { state, select, value }
    return value
  }, [store, select])
  return useSyncExternalStore(store.subscribe, read)
}

function isShallowEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const keysA = Object.keys(a)
  if (keysA.length !== Object.keys(b).length) return false
  return keysA.every((key) => key in b && Object.is(Reflect.get(a, key), Reflect.get(b, key)))
}
