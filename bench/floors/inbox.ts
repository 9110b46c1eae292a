/**
 * The floor of `inbox`: the same rows of a page of open contacts, and of whoever asks, with bare node:http and pg in two statements on the
 * same tables. Imports nothing of ours.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import pg from 'pg'

export async function startInboxFloor(databaseUrl: string): Promise<{ url: string; stop(): Promise<void> }> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 })
  pool.on('error', () => {})
  const server = createServer((request, response) => {
    const asked = new URL(request.url ?? '', 'http://floor').searchParams
    page(asked.get('at'), asked.get('id')).then((rows) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ items: rows })), () => response.writeHead(500).end())
  })
  async function page(at: string | null, id: string | null): Promise<object[]> {
    await pool.query({ name: 'who', text: `select id, role from agent where email = $1`, values: ['admin@bench.example'] })
    const { rows } = await pool.query({
      name: 'page',
      text: `select c.*, cu.name, cu.tier, q.enqueued_at, t.ended_at is null as unanswered, s.due_at from contact c join conversation co on co.id = c.conversation_id join customer cu on cu.id = co.customer_id
         left join queue_entry q on q.contact_id = c.id and q.ended_at is null left join turn t on t.contact_id = c.id left join sla_clock s on s.contact_id = c.id and s.state = 'running'
         where c.state <> 'closed' and (coalesce(c.last_message_at, c.opened_at), c.id) < ($1::timestamptz, $2::uuid)
         order by coalesce(c.last_message_at, c.opened_at) desc, c.id desc limit 51`,
      values: [at ?? 'infinity', id ?? 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
    })
    return rows as object[]
  }
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', () => resolve()) })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections()
      await new Promise<void>((resolve) => { server.close(() => resolve()) })
      await pool.end()
    },
  }
}
