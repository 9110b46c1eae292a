/**
 * `npm run test:long -- scale`: three servers, two workers and Redis, a thousand agents (the count) in front of ten times as many
 * contacts. The same with few, in front of two processes, is a test of `races.test.ts`.
 */
import { expect, test } from 'vitest'
import { startTestHub } from '../support/hub.ts'
import { chance, countOr, isLong } from '../support/long.ts'
import { hasRedis, startRedis } from '../support/redis.ts'
import { workInACrowd } from './support/crowd.ts'

test.runIf(isLong && hasRedis)('many agents in front of a long line, over three servers and two workers', { timeout: 600_000 }, async () => {
  const agents = countOr(1_000)
  const redis = await startRedis()
  const hub = await startTestHub({ simulator: false, redisUrl: redis.url, scaledOut: { servers: 2, workers: 2 } })
  try {
    const seen = await workInACrowd(hub, { agents, waiting: agents * 10, by: chance() })
    process.stdout.write(`${JSON.stringify(seen)}\n`)
    expect(seen.told['accept']).toBeGreaterThan(agents)
  } finally {
    await hub.stop()
    redis.stop()
  }
})
