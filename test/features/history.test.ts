import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { figureNames, type FigureName } from '#contract/board.ts'
import { loadBoard } from '#server/features/reports/board.ts'
import { countedRows } from '#server/features/reports/board.store.ts'
import { makeHistory, loadProgress, progressKey, type HistoryProgress } from '#prisma/history/history.ts'
import { planHistory } from '#prisma/history/plan.ts'
import { startTestHub, type TestHub } from '../support/hub.ts'

const now = new Date('2026-11-18T20:30:00Z')

describe('the history of the company that is shown', () => {
  let hub: TestHub
  let progress: HistoryProgress | null = null
  const count = async (sql: string): Promise<number> => (await hub.db.one<{ n: number }>(`select count(*)::int as n from ${sql}`)).n

  beforeAll(async () => {
    hub = await startTestHub({ simulator: false, works: false })
    // Cut off after a while, as by a kill, and gone on with: nothing is told twice.
    const stopper = new AbortController()
    setTimeout(() => stopper.abort(), 1_500)
    await makeHistory(hub.context, { now, count: 60, restShare: 0, signal: stopper.signal })
    progress = await makeHistory(hub.context, { now: new Date('2030-01-01'), count: 60, restShare: 0 })
  }, 60_000)
  afterAll(() => hub.stop())

  it('is told to its end, nothing left out', async () => {
    expect(progress).toMatchObject({ done: progress?.total, skipped: 0, endsAt: now.toISOString() })
    expect(progress?.finishedAt).not.toBeNull()
    expect(await loadProgress(hub.context)).toEqual(progress)
    expect(await count(`setting where key = '${progressKey}'`)).toBe(1)
    expect(await count('contact')).toBeGreaterThan(50)
  })

  it('leaves one conversation per customer, and at most one open contact in each', async () => {
    expect(await count('(select customer_id from conversation group by 1 having count(*) > 1) many')).toBe(0)
    expect(await count(`customer cu where not exists (select 1 from conversation co where co.customer_id = cu.id)`)).toBe(0)
    expect(await count(`(select conversation_id from contact where state <> 'closed' group by 1 having count(*) > 1) many`)).toBe(0)
  })

  it('numbers each conversation without gaps, in the order of time', async () => {
    expect(await count(
      `(select conversation_id, seq, row_number() over (partition by conversation_id order by at, id) as place from message) m where m.seq <> m.place`)).toBe(0)
    expect(await count(`conversation co where co.folded_into_id is null and co.last_seq <> (select count(*) from message m where m.conversation_id = co.id)`)).toBe(0)
  })

  it('sends nothing, and leaves some mail in hand: no offer, session or outbound item is open, and no live work waits for who is away', async () => {
    expect(await count(`assignment a join contact c on c.id = a.contact_id join agent_state s on s.agent_id = a.agent_id where a.ended_at is null and c.state = 'active' and c.channel = 'email' and s.presence = 'break' and s.draining and s.load = 'on-contact'`)).toBe(3)
    expect(await count('assignment where released_at is null or ended_at is null')).toBe(3)
    expect(await count(`load_interval where ended_at is null and load = 'on-contact'`)).toBe(2)
    expect(await count('offer where ended_at is null')).toBe(0)
    expect(await count('session where ended_at is null')).toBe(0)
    expect(await count(`outbound where state in ('pending', 'sending', 'unknown')`)).toBe(0)
    expect(await count(`receipt where state <> 'handled'`)).toBe(0)
    expect(await count(`survey_invitation where state in ('scheduled', 'sending')`)).toBe(0)
    expect(await count(`queue_entry e join contact c on c.id = e.contact_id where e.ended_at is null and c.state <> 'waiting'`)).toBe(0)
    expect(await count(`follow_up where state = 'open' and handled_at is null and overdue_at is null and due_at <= '${now.toISOString()}'`)).toBe(0)
    expect(await count(`notification where kind = 'follow-up-overdue'`)).toBe(0)
  })

  it('lies in its month: everything happened before it ends, events when their clock said', async () => {
    const bounds = await hub.db.one<{ first: Date; last: Date; events: Date }>('select min(at) as first, max(at) as last, (select max(at) from event where contact_id is not null) as events from message')
    expect(bounds.first.getTime()).toBeGreaterThan(now.getTime() - 31 * 86_400_000)
    expect(bounds.last.getTime()).toBeLessThanOrEqual(now.getTime() + 1_000)
    expect(bounds.events.getTime()).toBeLessThanOrEqual(now.getTime())
    expect(await hub.db.query(
      `select e.at, m.at as "messageAt", m.kind, m.channel, m.direction, m.text from event e join message m on m.id::text = e.data->'messageIds'->>0
       where e.type = 'message.added' and abs(extract(epoch from e.at - m.at)) > 2`)).toEqual([])
    expect(await count('queue_entry where ended_at < enqueued_at')).toBe(0)
    expect(await count('load_interval where ended_at < started_at')).toBe(0)
  })

  it('floods no screen: only what is still waiting is told to those who look', async () => {
    await hub.context.relay.flush()
    const told = await count('room_event')
    expect(told).toBeLessThan(300)
    expect(await count('event where published_at is null')).toBe(0)
  })

  it('tells of every channel, of merges made, taken back and proposed, and of all that goes wrong', async () => {
    const channels = await hub.db.query<{ channel: string }>('select distinct channel from contact order by 1')
    expect(channels.map((row) => row.channel)).toEqual(['email', 'slack', 'sms', 'voice', 'webchat', 'whatsapp'])
    for (const one of [
      'merge where automatic', 'merge where not automatic and undone_at is null', 'merge where undone_at is not null', `merge_suggestion where state = 'open'`, `merge_suggestion where state = 'dismissed'`,
      `sla_clock where breached_at is not null`, `sla_clock where warned_at is not null and breached_at is null and state = 'running'`, `queue_entry where result = 'abandoned'`, `queue_entry where result = 'moved'`,
      'contact where complaint', `contact where outcome = 'spam'`, `contact where outcome = 'no-reply'`, `contact where outcome = 'parked'`, `contact where direction = 'outbound'`, `contact where state = 'waiting'`, 'contact c join queue q on q.id = c.queue_id where q.restricted',
      'survey_response', 'survey_response where comment is not null', 'opt_out', 'identity where bounced_at is not null', 'message where unverified', `message where kind = 'note'`, `message where status = 'failed'`, `attachment where state = 'stored'`, 'follow_up', `session where kind = 'call' and bridged_at is not null`,
    ]) expect(await count(one), one).toBeGreaterThan(0)
  })

  it('plans the same for the same seed and time, and the whole month for its size', () => {
    const plan = () => planHistory({ seed: 'again', now, count: 520 })
    const stories = plan()
    expect(plan()).toEqual(stories)
    expect(stories.length).toBeGreaterThan(430)
    expect(stories.length).toBeLessThan(620)
  })

  it('plans nothing for after its end, whatever day and hour that is', () => {
    for (let hours = 0; hours < 8 * 24; hours += 11) {
      const end = new Date(now.getTime() + hours * 3_600_000)
      const late = planHistory({ seed: 'again', now: end, count: 60 }).filter((story) => story.steps.some((step, index) => step.at > end || step.at < (story.steps[index - 1]?.at ?? new Date(0))))
      expect(late, end.toISOString()).toEqual([])
    }
  })
})

describe('the board on the day the company is shown first', () => {
  // Its total is of calls and chats: somebody calls as soon as the history is told (simulator/callers.ts).
  const isLater: ReadonlySet<FigureName> = new Set(['longest-wait'])

  it.each([
    ['on a Sunday at seven', '2026-11-22T15:00:00Z', 25],
    ['half an hour after midnight', '2026-11-18T08:30:00Z', 5],
    ['on a weekday at three', '2026-11-18T23:00:00Z', 25],
  ])('has a value for every figure, and exactly the rows it rests on, %s', async (_, time, handledMin) => {
    const hub = await startTestHub({ simulator: false, works: false })
    try {
      const end = new Date(time)
      expect(await makeHistory(hub.context, { now: end, count: 40, restShare: 0 })).toMatchObject({ skipped: 0 })
      const { total, since, lines } = await loadBoard(hub.db, end)
      const empty = figureNames.filter((name) => total[name].value === null)
      expect(empty.filter((name) => !isLater.has(name))).toEqual([])
      expect(lines.some((line) => (line.figures['longest-wait']?.value ?? 0) > 0)).toBe(true)
      for (const figure of figureNames) {
        const rows = await countedRows(hub.db, { figure, queueId: null, channel: null, afterId: null }, end, new Date(since), 1_000)
        // Complaints rest on all that was closed, and list those that are.
        expect(rows.length, figure).toBe(figure === 'complaints' ? total.complaints.value : total[figure].n)
      }
      const valueOf = (name: FigureName): number => total[name].value ?? Number.NaN
      expect(valueOf('handled')).toBeGreaterThanOrEqual(handledMin)
      expect(valueOf('service-level')).toBeGreaterThan(0.65)
      expect(valueOf('abandonment')).toBeLessThan(0.3)
      expect(valueOf('complaints')).toBeGreaterThan(0)
      expect(total.csat.n).toBeGreaterThanOrEqual(4)
      expect(valueOf('omission')).toBeGreaterThan(0)
    } finally {
      await hub.stop()
    }
  }, 90_000)
})
