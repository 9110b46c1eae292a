/**
 * R1: what was acknowledged is never lost, and nothing is there twice; R12: a visitor's message is stored once. Processes of the hub
 * die by SIGKILL at every named point of the way in, SMS, mail and widget, in both job modes; the last one started finds what they
 * left. Here each point meets each of two channels and both modes; `npm run test:long -- inbound-kill`: everything in everything, at
 * the first passing or a later one. Takes some twenty seconds: every kill is a real process that starts, listens and dies.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '../support/deadline.ts'
import { newNumber, newSid, newWord, smtpMail, twilioText } from '../support/factories.ts'
import { startTestHub, type TestHub } from '../support/hub.ts'
import { expectInvariants } from '../support/invariants.ts'
import { startChild, type Child } from '../support/kill.ts'
import { chance, countOr, isLong } from '../support/long.ts'
import { hasRedis, startRedis, type TestRedis } from '../support/redis.ts'
import { VisitorViewer } from '../support/viewers.ts'

const points = ['receipt.before-store', 'receipt.stored', 'inbound.parsed', 'inbound.before-commit', 'inbound.committed', 'after-the-answer'] as const
type Point = (typeof points)[number]
const rounds = countOr(1)

/** Something from outside. `send` says whether it was acknowledged; the same again is the same in every byte. */
interface Item {
  text: string
  send(to: Child['config']): Promise<boolean>
  /** How often the customer sees it. */
  shown?(at: Child['config']): Promise<number>
}

const channels: Record<'sms' | 'email' | 'webchat', (siteId: string) => Item> = {
  sms() {
    const [sid, from] = [newSid(), newNumber()]
    const text = `text ${newWord()}`
    return { text, send: async (to) => (await twilioText(to, { from, text, sid })).status === 200 }
  },
  email() {
    const messageId = `${newSid('mail')}@example.org`
    const text = `text ${newWord()}`
    return { text, send: (to) => smtpMail(to, { from: `${messageId.slice(0, 12)}@example.org`, subject: 'Hello', text, messageId }).then(() => true) }
  },
  webchat(accountId) {
    const clientId = newSid('said')
    const text = `text ${newWord()}`
    // The browser keeps its token and asks with it, once the hub has taken something from it.
    let token: string | undefined
    const look = async (at: Child['config'], held: string | undefined): Promise<VisitorViewer> => new VisitorViewer(at.publicUrl, 'a visitor', { accountId, ...(held ? { token: held } : {}) }).start()
    return {
      text,
      async send(to) {
        const widget = await look(to, token).catch(() => look(to, undefined))
        token = widget.token
        try {
          return (await widget.say(text, clientId)).text === text
        } finally {
          widget.stop()
        }
      },
      async shown(at) {
        const widget = await look(at, token)
        widget.stop()
        return [...widget.messages.values()].filter((message) => message.text === text).length
      },
    }
  },
}
type Door = keyof typeof channels

const everything = (of: Door[]): [Door, Point][] => of.flatMap((door) => points.map((point): [Door, Point] => [door, point]))
/** Each point once by SMS and once by mail, in the one mode or the other; the widget's two that tell most in each. */
const paired = (odd: number): [Door, Point][] => [
  ...points.map((point, i): [Door, Point] => [i % 2 === odd ? 'sms' : 'email', point]),
  ['webchat', odd === 0 ? 'inbound.before-commit' : 'inbound.committed'],
]
/** With REDIS_URL only servers are killed, and a worker of its own finds what they left. */
const isSplit = process.env['REDIS_URL'] !== undefined
const modes: readonly ('PostgreSQL' | 'Redis')[] = isSplit ? ['Redis'] : hasRedis ? ['PostgreSQL', 'Redis'] : ['PostgreSQL']
const runs: { mode: 'PostgreSQL' | 'Redis'; what: string; kills: [Door, Point][] }[] = modes.flatMap((mode, odd) => {
  if (isLong) return (Object.keys(channels) as Door[]).map((door) => ({ mode, what: `${door} at every point`, kills: everything([door]) })) // its keys are the doors
  return [{ mode, what: 'each point', kills: modes.length > 1 ? paired(odd) : [...everything(['sms', 'email']), ['webchat', 'inbound.committed'] as [Door, Point]] }]
})

describe.each(runs)('jobs on $mode: $what', ({ mode, kills }) => {
  let hub: TestHub
  let redis: TestRedis | null = null

  beforeAll(async () => {
    redis = mode === 'Redis' ? await startRedis() : null
    hub = await startTestHub({ works: false, scaledOut: false })
  })
  afterAll(async () => {
    await hub.stop()
    redis?.stop()
  })

  test('stored once and acknowledged only then', { timeout: 60_000 * rounds }, async () => {
    const by = chance()
    const site = await hub.db.one<{ id: string }>(`select id from channel_account where channel = 'webchat'`)
    const sent: { item: Item; door: Door; point: Point; acked: boolean }[] = []
    const start = (fault?: string, role: 'all' | 'server' | 'worker' = isSplit ? 'server' : 'all'): Promise<Child> => startChild({ databaseUrl: hub.databaseUrl, like: hub.config, role, redisUrl: redis?.url, ...(fault ? { fault } : {}) })
    const stored = (item: Item) => hub.db.query(`select id from message where direction = 'inbound' and text = $1`, [item.text])
    const send = async (item: Item, door: Door, point: Point, child: Child): Promise<boolean> => {
      const acked = await item.send(child.config).catch(() => false)
      sent.push({ item, door, point, acked })
      return acked
    }
    for (let round = 0; round < rounds; round++) {
      const batch = by.shuffle(kills).map(([door, point]) => ({ door, point, passing: isLong ? 1 + by.below(3) : 1 }))
      const children = await Promise.all(batch.map(({ point, passing }) => start(point === 'after-the-answer' ? undefined : `${point}:${passing}`)))
      for (const [i, { door, point, passing }] of batch.entries()) {
        const child = children[i]!
        for (let before = 1; before < passing; before++) expect(await send(channels[door](site.id), door, point, child), `${door}, before it dies at ${point}`).toBe(true)
        const item = channels[door](site.id)
        const acked = await send(item, door, point, child)
        if (point === 'after-the-answer') {
          expect(acked, `${door} is acknowledged`).toBe(true)
          await child.kill()
        }
        // A widget waits for more than the receipt: what it is told of is in the conversation.
        if (door === 'webchat' && acked) expect(await stored(item), `${point}: acknowledged`).toHaveLength(1)
        if (door === 'webchat' && point !== 'after-the-answer') expect(acked, `${point}: acknowledged too early`).toBe(false)
        expect(await child.ended, `${door}, ${point}`).toBe('SIGKILL')
        // Only the last process may take up what these left: others would die of it before their own turn.
        await hub.db.execute(`update receipt set next_attempt_at = received_at + interval '1 hour' where state in ('stored', 'failed')`)
      }
    }
    // What a crash left is taken up ten seconds later; here the time has come.
    await hub.db.execute(`update receipt set next_attempt_at = received_at where state in ('stored', 'failed')`)

    // What was never acknowledged comes again from the provider or the widget, to the process that starts last.
    const [last] = await Promise.all([start(), ...(isSplit ? [start(undefined, 'worker')] : [])])
    for (const { item, door, point, acked } of sent) {
      if (!acked) await until(`${door}, ${point}: taken at last`, () => item.send(last.config).catch(() => false))
    }
    await until('everything to be handled', async () => (await hub.db.one<{ n: number }>(`select count(*)::int as n from receipt where state <> 'handled'`)).n === 0)
    for (const { item, door, point, acked } of sent) {
      expect(await stored(item), `${door}, ${point}, acknowledged: ${acked}`).toHaveLength(1)
      if (item.shown) expect(await item.shown(last.config), `${door}, ${point}: shown`).toBe(1)
    }
    await until('everything to be told', async () => (await hub.db.one<{ n: number }>('select count(*)::int as n from event where published_at is null')).n === 0)
    await expectInvariants(hub.db)
    await last.kill()
  })
})
