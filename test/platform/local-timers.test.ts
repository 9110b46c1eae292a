import { expect, test } from 'vitest'
import { LocalTimers } from '#server/platform/jobs/local-timers.ts'

test('of two wake-ups with one id the earlier stays, whichever was asked for first', async () => {
  for (const delays of [[60_000, 1], [1, 60_000]]) {
    const timers = new LocalTimers()
    const { promise, resolve } = Promise.withResolvers<number>()
    const keepsAlive = setInterval(() => {}, 1_000)
    let fired = 0
    for (const delayMs of delays) timers.set('a', delayMs, () => resolve(++fired))
    expect(await promise).toBe(1)
    timers.clear()
    clearInterval(keepsAlive)
  }
})

test('nothing fires before its time, and what is too far away is left to the queue', async () => {
  const timers = new LocalTimers()
  const keepsAlive = setInterval(() => {}, 1_000)
  const early: number[] = []
  await Promise.all(Array.from({ length: 40 }, (_, i) => new Promise<void>((resolve) => {
    const at = performance.now() + 1 + i * 0.7
    timers.set(`t${i}`, at - performance.now(), () => {
      if (performance.now() < at) early.push(i)
      resolve()
    })
  })))
  expect(early).toEqual([])
  expect([timers.set('near', 1_000, () => {}), timers.set('far', 86_400_000, () => {})]).toEqual([true, false])
  timers.clear()
  clearInterval(keepsAlive)
})
