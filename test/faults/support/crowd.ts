/**
 * A crowd at work: many agents come, accept, close, decline, go and come back over all servers of a hub, in front of a line that is
 * longer than what they can hold. What must hold afterwards is asked of the database.
 */
import { expect } from 'vitest'
import { createStaff } from '#server/features/staff/staff.steps.ts'
import { newId } from '#server/platform/ids.ts'
import { registry } from '#server/platform/telemetry.ts'
import type { TestHub } from '../../support/hub.ts'
import { expectInvariants } from '../../support/invariants.ts'
import type { Chance } from '../../support/long.ts'

type Told = Record<string, number>

interface Member {
  id: string
  key: string
}

/** What a text costs an agent in the seeded queue; four fit. */
const unitsPerText = 25
/** So many act at the same instant. */
const atOnce = 16
/** Thousands of offers and reasons take their time on a small machine. */
const quietMs = 90_000

/** Lets `agents` people work before a line of `waiting`, until nothing more can happen, and asks for everything promised. */
export async function workInACrowd(hub: TestHub, { agents, waiting, by }: { agents: number; waiting: number; by: Chance }): Promise<{ told: Told; tookMs: Told }> {
  const told: Told = {}
  const tookMs: Told = {}
  const timed = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    const began = performance.now()
    const result = await work()
    tookMs[what] = Math.round(performance.now() - began)
    return result
  }
  const queue = await hub.db.one<{ id: string; teamId: string }>(`select id, team_id as "teamId" from queue where name = 'Service'`)
  const crowd = await timed('staff', () => hire(hub, queue, agents))
  await timed('line', () => fillLine(hub, queue, waiting))
  const disposition = await hub.db.one<{ id: string }>('select id from disposition where retired_at is null order by id limit 1')
  const act = async (member: Member, what: string, path: string, body: object = {}): Promise<boolean> => {
    const response = await fetch(`${by.pick(hub.urls)}/api/v1${path}`, { method: 'POST', headers: { authorization: `Bearer ${member.key}`, 'content-type': 'application/json' }, body: JSON.stringify(body) })
    const answer = (await response.json().catch(() => ({}))) as { code?: string }
    const how = response.ok ? what : `${what}: ${response.status} ${answer.code ?? ''}`
    told[how] = (told[how] ?? 0) + 1
    return response.ok
  }
  const presence = (member: Member, to: 'available' | 'offline') => act(member, to, '/presence', { presence: to })
  await timed('work', async () => {
    await lanes(by.shuffle(crowd), (member) => presence(member, 'available'))
    const byId = new Map(crowd.map((member) => [member.id, member]))
    const seen = new Set<string>()
    for (;;) {
      const offers = await openOffers(hub, queue.id, seen)
      expect(await hub.db.query(nowBroken), 'over capacity, or two of one contact, in the middle of it').toEqual([])
      if (offers.length === 0) {
        await hub.quiet(quietMs)
        if ((await openOffers(hub, queue.id, seen)).length === 0) break
        continue
      }
      await lanes(offers, async (offer) => {
        seen.add(offer.id)
        const member = byId.get(offer.agentId)
        if (!member) throw new Error(`an offer for ${offer.agentId}, who does not work here`)
        const chosen = by.below(100)
        if (chosen < 8) await act(member, 'decline', `/offers/${offer.id}/decline`, { reason: 'busy' })
        else if (chosen < 13) {
          await presence(member, 'offline')
          if (chosen < 11) await presence(member, 'available')
        } else if ((await act(member, 'accept', `/offers/${offer.id}/accept`)) && chosen < 25) await act(member, 'close', `/contacts/${offer.contactId}/close`, { dispositionId: disposition.id, settle: true })
      })
    }
  })
  await timed('reasons', () => expectExplained(hub, by))
  expect(Object.keys(told).filter((how) => how.includes(': ') && !how.includes(': 409 offer.')), 'refused without a reason of this test').toEqual([])
  await expectRight(hub, waiting)
  return { told, tookMs }
}

async function expectRight(hub: TestHub, waiting: number): Promise<void> {
  await expectInvariants(hub.db)
  expect(await hub.db.query(everBroken), 'two owners at one time').toEqual([])
  // Whoever is there and has room has nobody left to take but whom they refused.
  const idle = await hub.db.query(
    `select a.id, a.deferred_units - h.used as room from agent a join agent_state s on s.agent_id = a.id and s.presence = 'available' cross join lateral (${heldBy('a.id')}) h
     where a.deferred_units - h.used >= $1 and exists (select 1 from queue_entry e join queue_member m on m.queue_id = e.queue_id and m.agent_id = a.id where e.ended_at is null
       and not exists (select 1 from offer o where o.contact_id = e.contact_id and (o.ended_at is null or (o.agent_id = a.id and o.result in ('declined', 'timed-out', 'withdrawn')))))`, [unitsPerText])
  expect(idle, 'somebody has room and was not woken').toEqual([])
  const { owned, closed, left } = await hub.db.one<{ owned: number; closed: number; left: number }>(
    `select count(*) filter (where state = 'active')::int as owned, count(*) filter (where state = 'closed')::int as closed, count(*) filter (where state in ('waiting', 'offered'))::int as left from contact where subject = 'crowd'`)
  expect(owned + closed + left, 'nobody is lost').toBe(waiting)
  // The net finds nothing to do: no offer that a wake-up should have made, nothing else that was left.
  const offers = async () => (await hub.db.one<{ n: number }>('select count(*)::int as n from offer')).n
  const [before, foundBefore] = [await offers(), await sweeperFound()]
  await hub.sweep()
  await hub.quiet(quietMs)
  expect({ offers: await offers(), found: await sweeperFound() }).toEqual({ offers: before, found: foundBefore })
}

/**
 * Why the first ones and some of the others wait is said when somebody asks. (What is written down is not asked for here: of a line
 * beyond 500 one run looks at the first hundred of each kind, so that whoever moves up has no reason written until the next.)
 */
async function expectExplained(hub: TestHub, by: Chance): Promise<void> {
  const line = await hub.db.query<{ contactId: string }>(
    `select e.contact_id as "contactId" from queue_entry e where e.ended_at is null and not exists (select 1 from offer o where o.contact_id = e.contact_id and o.ended_at is null) order by e.rank_at, e.id`)
  const robin = await hub.signIn('robin')
  for (const { contactId } of [...line.slice(0, 10), ...by.shuffle(line.slice(10)).slice(0, 10)]) {
    expect(await robin.must('GET', `/contacts/${contactId}/why`)).toMatchObject({ waiting: true, reason: expect.any(String), agentId: null })
  }
}

async function sweeperFound(): Promise<number> {
  const metric = await registry.getSingleMetric('tributary_sweeper_found_total')?.get()
  return metric?.values.reduce((sum, { value }) => sum + value, 0) ?? 0
}

/** What an agent holds; SQL, `agent` is an expression. */
const heldBy = (agent: string): string => `select coalesce(sum(units), 0)::int as used from (
  select deferred_units as units from assignment where agent_id = ${agent} and ended_at is null union all select deferred_units from offer where agent_id = ${agent} and ended_at is null) u`
const nowBroken = `select 'capacity' as what, a.id from agent a cross join lateral (${heldBy('a.id')}) h where h.used > a.deferred_units
  union all select 'two owners', contact_id from assignment where released_at is null group by contact_id having count(*) > 1
  union all select 'two offers', contact_id from offer where ended_at is null group by contact_id having count(*) > 1`
const everBroken = `select a.contact_id from assignment a join assignment b on b.contact_id = a.contact_id and b.id > a.id and b.accepted_at < coalesce(a.released_at, 'infinity') and a.accepted_at < coalesce(b.released_at, 'infinity')`

function openOffers(hub: TestHub, queueId: string, seen: ReadonlySet<string>): Promise<{ id: string; agentId: string; contactId: string }[]> {
  return hub.db.query<{ id: string; agentId: string; contactId: string }>(
    'select o.id, o.agent_id as "agentId", o.contact_id as "contactId" from offer o join contact c on c.id = o.contact_id where o.ended_at is null and c.queue_id = $1 order by o.id', [queueId])
    .then((offers) => offers.filter(({ id }) => !seen.has(id)))
}

async function hire(hub: TestHub, queue: { id: string; teamId: string }, count: number): Promise<Member[]> {
  const robin = await hub.signIn('robin')
  const now = new Date()
  const crowd: Member[] = []
  await lanes(Array.from({ length: count }, (_, i) => i), async (i) => {
    const id = await hub.db.tx((tx) => createStaff(tx, { email: `crowd${i}@hillside.example`, name: `Crowd ${i}`, role: 'agent', locale: 'en', passwordHash: 'none', teamIds: [queue.teamId], queueIds: [queue.id], at: now }))
    await hub.db.execute(`insert into agent_state (agent_id, presence, since, load_since, idle_since) values ($1, 'offline', $2, $2, $2) on conflict do nothing`, [id, now])
    crowd.push({ id, key: (await robin.must('POST', '/api-keys', { name: `crowd ${i}`, staffId: id })).key })
  })
  return crowd
}

/** As if they had written one after the other, a hundredth of a second apart. */
async function fillLine(hub: TestHub, queue: { id: string; teamId: string }, count: number): Promise<void> {
  await hub.db.execute(
    `with n as materialized (select ids[1]::uuid as customer, ids[2]::uuid as identity, ids[3]::uuid as talk, ids[4]::uuid as contact, ids[5]::uuid as message, ids[6]::uuid as turn, ids[7]::uuid as entry, i,
         clock_timestamp() - make_interval(secs => ($3 - i) / 100.0 + 1) as at
       from (select i, array(select jsonb_array_elements_text(row)) as ids from jsonb_array_elements($4::jsonb) with ordinality rows(row, i)) made),
       people as (insert into customer (id, created_at) select customer, at from n),
       addresses as (insert into identity (id, customer_id, kind, value, created_at, last_seen_at) select identity, customer, 'phone', '+1999' || lpad(i::text, 7, '0'), at, at from n),
       talks as (insert into conversation (id, customer_id, created_at, last_seq, last_message_at) select talk, customer, at, 1, at from n),
       seen as (insert into conversation_team (conversation_id, team_id) select talk, $2 from n),
       contacts as (insert into contact (id, conversation_id, queue_id, state, channel, subject, opened_at, updated_at) select contact, talk, $1, 'waiting', 'sms', 'crowd', at, at from n),
       messages as (insert into message (id, conversation_id, seq, at, contact_id, kind, channel, direction, status, text) select message, talk, 1, at, contact, 'text', 'sms', 'inbound', 'received', 'hello' from n),
       turns as (insert into turn (id, conversation_id, contact_id, started_at, first_message_id) select turn, talk, contact, at, message from n)
     insert into queue_entry (id, contact_id, conversation_id, queue_id, demand, channel, enqueued_at, workable_at, rank_at) select entry, contact, talk, $1, 'messages', 'sms', at, at, at from n`,
    [queue.id, queue.teamId, count, JSON.stringify(Array.from({ length: count }, () => Array.from({ length: 7 }, () => newId())))])
  await hub.db.execute('analyze')
}

/** Some at once, all of them. */
async function lanes<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const left = [...items]
  await Promise.all(Array.from({ length: Math.min(atOnce, left.length) }, async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item)
  }))
}
