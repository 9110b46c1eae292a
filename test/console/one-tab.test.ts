import { afterEach, expect, test, vi } from 'vitest'
import { inOneTab } from '../../console/shell/one-tab.ts'

/** The locks are the runtime's own; a tab is whoever asks for one. */
const ends: AbortController[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end.abort()
  vi.useRealTimers()
})

function tab(can = true): { gone: AbortController; act: () => Promise<boolean>; acted(): number } {
  const gone = new AbortController()
  ends.push(gone)
  let acted = 0
  return { gone, acted: () => acted, act: async () => { if (can) acted += 1; return can } }
}

let names = 0
const fresh = (): string => `a sound ${++names}`
const settled = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve) })

test('of two tabs that hear of it at once, one acts', async () => {
  const name = fresh()
  const [one, other] = [tab(), tab()]
  void inOneTab(name, one.gone.signal, one.act)
  void inOneTab(name, other.gone.signal, other.act)
  await vi.waitFor(() => expect(one.acted() + other.acted()).toBe(1))
  await settled()
  expect(one.acted() + other.acted()).toBe(1)
})

test('a tab in which it does not come about leaves it to the next', async () => {
  const name = fresh()
  const [mute, other] = [tab(false), tab()]
  await inOneTab(name, mute.gone.signal, mute.act)
  void inOneTab(name, other.gone.signal, other.act)
  await vi.waitFor(() => expect([mute.acted(), other.acted()]).toEqual([0, 1]))
})

test('a tab that hears of it much later does nothing while it lasts', async () => {
  const name = fresh()
  const [one, late] = [tab(), tab()]
  void inOneTab(name, one.gone.signal, one.act)
  await vi.waitFor(() => expect(one.acted()).toBe(1))
  await inOneTab(name, late.gone.signal, late.act)
  expect(late.acted()).toBe(0)
})

test('whose turn comes when it is over does nothing', async () => {
  const over = tab()
  over.gone.abort()
  await inOneTab(fresh(), over.gone.signal, over.act)
  expect(over.acted()).toBe(0)
})
