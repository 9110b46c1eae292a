/**
 * The floor of `board`: changes committed at the same rate, counted by one statement and sent to every window by bare pg and ws, one
 * count after the other. Imports nothing of ours.
 */
import type { AddressInfo } from 'node:net'
import pg from 'pg'
import { WebSocket, WebSocketServer } from 'ws'

/** Milliseconds from a change's commit to the count that holds it, parsed in a window. */
export async function boardFloor(databaseUrl: string, { windows, seconds, perSecond, together }: { windows: number; seconds: number; perSecond: number; together: number }): Promise<{ p50: number; p99: number }> {
  const [writer, reader] = [new pg.Client({ connectionString: databaseUrl }), new pg.Client({ connectionString: databaseUrl })]
  await Promise.all([writer.connect(), reader.connect()])
  await writer.query(`
    drop schema if exists floor cascade; create schema floor;
    create table floor.contact (id bigserial primary key, queue int, state text, at timestamptz default clock_timestamp());
    create table floor.event (id bigserial primary key, contact_id bigint, published boolean default false);
    create index on floor.event (id) where not published;`)
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await new Promise<void>((resolve) => { server.once('listening', () => resolve()) })
  const committedAt: number[] = []
  const times: number[] = []
  const clients = await Promise.all(Array.from({ length: windows }, () => new Promise<WebSocket>((resolve, reject) => {
    const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
    let shown = 0
    client.on('message', (message) => {
      const total = (JSON.parse(String(message)) as { n: number }[]).reduce((sum, { n }) => sum + n, 0)
      const now = performance.now()
      for (; shown < total; shown++) times.push(Math.max(0, now - (committedAt[shown] ?? now)))
    })
    client.once('open', () => resolve(client))
    client.once('error', reject)
  })))
  const going = new AbortController()
  const counting = (async () => {
    while (!going.signal.aborted) {
      await reader.query('update floor.event set published = true where id in (select id from floor.event where not published order by id limit 200)')
      const { rows } = await reader.query<{ n: number }>(`select queue, count(*)::int as n, count(*) filter (where state = 'closed') as closed, max(clock_timestamp() - at) as longest from floor.contact group by queue`)
      const payload = JSON.stringify(rows)
      for (const client of server.clients) client.send(payload)
    }
  })()
  const startedAt = performance.now()
  for (let i = 0; i < (perSecond / together) * seconds; i++) {
    const waitMs = startedAt + (i * 1000 * together) / perSecond - performance.now()
    if (waitMs > 0) await new Promise((resolve) => { setTimeout(resolve, waitMs) })
    await writer.query(`with c as (insert into floor.contact (queue, state) select i % 5, 'waiting' from generate_series(1, ${together}) i returning id) insert into floor.event (contact_id) select id from c`)
    const now = performance.now()
    for (let one = 0; one < together; one++) committedAt.push(now)
  }
  await new Promise((resolve) => { setTimeout(resolve, 300) })
  going.abort()
  await counting
  for (const client of clients) client.terminate()
  server.close()
  await writer.query('drop schema floor cascade')
  await Promise.all([writer.end(), reader.end()])
  times.sort((a, b) => a - b)
  return { p50: times[Math.floor(times.length / 2)]!, p99: times[Math.floor(times.length * 0.99)]! }
}
