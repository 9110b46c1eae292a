/**
 * R1: what was acknowledged is never lost, and nothing is there twice. Processes of the hub die by SIGKILL at every named point of
 * the way in, one channel in each job mode (`npm run test:long -- inbound-kill`: both in both); the last one started finds what they
 * left. Takes some twenty seconds: every kill is a real process that starts, listens and dies.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '../support/deadline.ts'
import { newNumber, newSid, smtpMail, twilioText } from '../support/factories.ts'
import { startTestHub, type TestHub } from '../support/hub.ts'
import { expectInvariants } from '../support/invariants.ts'
import { startChild, type Child } from '../support/kill.ts'
import { hasRedis, startRedis, type TestRedis } from '../support/redis.ts'

const points = ['receipt.before-store', 'receipt.stored', 'inbound.parsed', 'inbound.before-commit', 'inbound.committed', 'after-the-answer'] as const
const isLong = process.env['LONG_COUNT'] !== undefined
const rounds = Number(process.env['LONG_COUNT'] ?? 1)

/** Sends one and says whether it was acknowledged; the same again is the same in every byte. */
type Send = (to: Child['config']) => Promise<boolean>

const channels: Record<string, () => { externalLike: string; send: Send }> = {
  sms: () => {
    const sid = newSid()
    const from = newNumber()
    return { externalLike: sid, send: async (to) => (await twilioText(to, { from, text: `text ${sid}`, sid })).status === 200 }
  },
  email: () => {
    const id = `${newSid('mail')}@example.org`
    return { externalLike: `text of ${id}`, send: async (to) => smtpMail(to, { from: `${id.slice(0, 12)}@example.org`, subject: 'Hello', text: `text of ${id}`, messageId: id }).then(() => true) }
  },
}

const modes = [['PostgreSQL', false] as const, ...(hasRedis ? [['Redis', true] as const] : [])]

describe.each(modes)('jobs on %s', (_mode, onRedis) => {
  let hub: TestHub
  let redis: TestRedis | null = null

  beforeAll(async () => {
    redis = onRedis ? await startRedis() : null
    hub = await startTestHub({ works: false })
  })
  afterAll(async () => {
    await hub.stop()
    redis?.stop()
  })

  const here = isLong || !hasRedis ? Object.entries(channels) : Object.entries(channels).filter(([channel]) => (channel === 'sms') !== onRedis)
  test.each(here)('%s', { timeout: 60_000 * rounds }, async (_channel, item) => {
    const sent: { externalLike: string; send: Send; point: string; acked: boolean }[] = []
    const start = (fault?: string): Promise<Child> => startChild({ databaseUrl: hub.databaseUrl, like: hub.config, redisUrl: redis?.url, ...(fault ? { fault } : {}) })
    for (let round = 0; round < rounds; round++) {
      const children = await Promise.all(points.map((point) => start(point === 'after-the-answer' ? undefined : point)))
      for (const [i, point] of points.entries()) {
        const child = children[i]!
        const one = { ...item(), point }
        const acked = await one.send(child.config).catch(() => false)
        sent.push({ ...one, acked })
        if (point === 'after-the-answer') await child.kill()
        expect(await child.ended, point).toBe('SIGKILL')
        // Only the last process may take up what these left: others would die of it before their own turn.
        await hub.db.execute(`update receipt set next_attempt_at = received_at + interval '1 hour' where state in ('stored', 'failed')`)
      }
    }
    // What a crash left is taken up ten seconds later; here the time has come.
    await hub.db.execute(`update receipt set next_attempt_at = received_at where state in ('stored', 'failed')`)
    expect(sent.filter((one) => one.acked).map((one) => one.point)).toEqual(expect.arrayContaining(['after-the-answer']))

    // What was never acknowledged comes again from the provider, to the process that starts last.
    const last = await start()
    for (const one of sent) if (!one.acked) expect(await one.send(last.config), one.point).toBe(true)
    await until('everything to be handled', async () => (await hub.db.one<{ n: number }>(`select count(*)::int as n from receipt where state <> 'handled'`)).n === 0)
    for (const one of sent) {
      const rows = await hub.db.query(`select id from message where direction = 'inbound' and (external_id = $1 or text = $1)`, [one.externalLike])
      expect(rows, `${one.point}, acknowledged: ${one.acked}`).toHaveLength(1)
    }
    await until('everything to be told', async () => (await hub.db.one<{ n: number }>('select count(*)::int as n from event where published_at is null')).n === 0)
    await expectInvariants(hub.db)
    await last.kill()
  })
})
