import { useEffect, useReducer, useState } from 'preact/hooks'
import type { FeedItem, Snapshot } from '../views.ts'

export type Action = { type: 'loaded'; snapshot: Snapshot } | { type: 'changed'; change: FeedItem }

/** The page's one state: a snapshot, and every change laid over it by its id. */
export function reduceWorld(world: Snapshot | null, action: Action): Snapshot | null {
  if (action.type === 'loaded') return action.snapshot
  if (!world) return world
  const { change } = action
  switch (change.kind) {
    case 'text':
      return { ...world, texts: upsert(world.texts, change.item) }
    case 'call':
      return { ...world, calls: upsert(world.calls, change.item) }
    case 'slack':
      return { ...world, slack: upsert(world.slack, change.item) }
    case 'mail':
      return { ...world, mails: upsert(world.mails, change.item) }
    case 'notice':
      return { ...world, notices: upsert(world.notices, change.item) }
  }
}

function upsert<T extends { id: string }>(items: T[], item: T): T[] {
  const index = items.findLastIndex((each) => each.id === item.id)
  return index === -1 ? [...items, item] : items.with(index, item)
}

/** The simulated world, live: first load and reconnect are the same. */
export function useWorld(): { world: Snapshot | null; isLive: boolean; reload: () => void } {
  const [world, dispatch] = useReducer(reduceWorld, null)
  const [isLive, setLive] = useState(false)
  const load = async () => {
    const response = await fetch('control/state')
    dispatch({ type: 'loaded', snapshot: (await response.json()) as Snapshot })
    setLive(true)
  }
  useEffect(() => {
    const events = new EventSource('control/events')
    events.addEventListener('open', () => void load().catch(() => setLive(false)))
    events.addEventListener('error', () => setLive(false))
    events.addEventListener('message', (event) => dispatch({ type: 'changed', change: JSON.parse(String(event.data)) as FeedItem }))
    return () => events.close()
  }, [])
  return { world, isLive, reload: () => void load() }
}

/** Asks the control API to do something; throws with its words when it refuses. */
export async function act<T = unknown>(path: string, body: object = {}, method: 'POST' | 'PUT' | 'PATCH' | 'DELETE' = 'POST'): Promise<T> {
  const response = await fetch(`control/${path}`, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  const answer = (await response.json()) as T & { error?: string }
  if (!response.ok) throw new Error(answer.error ?? String(response.status))
  return answer
}
