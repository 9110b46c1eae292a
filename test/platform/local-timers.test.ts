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
