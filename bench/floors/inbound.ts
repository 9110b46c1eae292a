/**
 * The floor of `inbound`: the same durable writes and deliveries with bare node:http, pg and ws. Two commits a message (receipt;
 * everything else), then a relay that numbers committed events and sends them to every console. Imports nothing of ours.
 */
import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import pg from 'pg'
import { WebSocketServer } from 'ws'

export async function startFloor(databaseUrl: string, customers: number, numberOf: (i: number) => string): Promise<{ url: string; socketUrl: string; stop(): Promise<void> }> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 20, options: '-c search_path=floor' })
  pool.on('error', () => {})
  await pool.query(`
    drop schema if exists floor cascade; create schema floor;
    create table floor.receipt (id bigserial primary key, external_id text unique, body text, at timestamptz default now(), handled boolean default false);
    create table floor.identity (value text primary key, conversation_id bigint not null);
    create table floor.conversation (id bigserial primary key, last_seq int not null default 0, last_at timestamptz);
    create table floor.contact (id bigserial primary key, conversation_id bigint, state text, snippet text, last_at timestamptz, version int default 1);
    create unique index on floor.contact (conversation_id) where state <> 'closed';
    create table floor.turn (id bigserial primary key, contact_id bigint, at timestamptz, ended_at timestamptz);
    create table floor.queue_entry (id bigserial primary key, contact_id bigint, at timestamptz);
    create table floor.clock (id bigserial primary key, contact_id bigint, due_at timestamptz);
    create table floor.message (id bigserial primary key, conversation_id bigint, seq int, text text, at timestamptz, unique (conversation_id, seq));
    create table floor.event (id bigserial primary key, conversation_id bigint, message_id bigint, published boolean default false);
    create index on floor.event (id) where not published;
    create table floor.room (name text primary key, seq bigint);`)
  await pool.query(`with made as (insert into conversation select from generate_series(1, $1) returning id), numbered as (select id, row_number() over (order by id) - 1 as i from made)
    insert into identity select n.value, m.id from numbered m join unnest($2::text[]) with ordinality as n(value, i) on n.i - 1 = m.i`, [customers, Array.from({ length: customers }, (_, i) => numberOf(i))])

  const sockets = new WebSocketServer({ noServer: true })
  let relaying = false
  let again = false
  const relay = async (): Promise<void> => {
    if (relaying) {
      again = true
      return
    }
    relaying = true
    do {
      again = false
      const { rows } = await pool.query<{ text: string; seq: number }>(`
        with batch as (select id, message_id from event where not published order by id limit 200),
        marked as (update event set published = true where id in (select id from batch)),
        bumped as (insert into room values ('supervisors', (select count(*) from batch)) on conflict (name) do update set seq = room.seq + excluded.seq returning seq)
        select m.text, b.seq from batch e join message m on m.id = e.message_id cross join bumped b order by e.id`)
      if (rows.length > 0) {
        const payload = JSON.stringify(rows)
        for (const client of sockets.clients) client.send(payload)
        again = true
      }
    } while (again)
    relaying = false
  }

  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => { body += chunk.toString() })
    request.on('end', () => {
      const form = new URLSearchParams(body)
      const signed = [...form.keys()].sort().reduce((sum, key) => sum + key + (form.get(key) ?? ''), `http://${request.headers.host}${request.url}`)
      if (createHmac('sha1', 'b'.repeat(32)).update(signed).digest('base64') !== request.headers['x-twilio-signature']) return void response.writeHead(403).end()
      handle(form).then(() => response.writeHead(200, { 'content-type': 'text/xml' }).end('<Response/>'), () => response.writeHead(500).end())
    })
  })
  server.on('upgrade', (request, socket, head) => sockets.handleUpgrade(request, socket, head, () => {}))

  async function handle(form: URLSearchParams): Promise<void> {
    const receipt = await pool.query<{ id: string }>('insert into receipt (external_id, body) values ($1, $2) on conflict do nothing returning id', [form.get('MessageSid'), form.toString()])
    if (!receipt.rows[0]) return
    const client = await pool.connect()
    try {
      await client.query('begin')
      const known = await client.query<{ id: string }>('select c.id from identity i join conversation c on c.id = i.conversation_id where i.value = $1 for update of c', [form.get('From')])
      const conversationId = known.rows[0]?.id ?? (await client.query<{ id: string }>('with c as (insert into conversation default values returning id), i as (insert into identity select $1, id from c) select id from c', [form.get('From')])).rows[0]!.id
      await client.query(
        `with c as (update conversation set last_seq = last_seq + 1, last_at = now() where id = $1 returning last_seq),
         m as (insert into message (conversation_id, seq, text, at) select $1, last_seq, $2, now() from c returning id),
         k as (insert into contact (conversation_id, state, snippet, last_at) values ($1, 'waiting', $2, now()) on conflict (conversation_id) where state <> 'closed' do update set snippet = $2, last_at = now(), version = contact.version + 1 returning id, version),
         t as (insert into turn (contact_id, at) select id, now() from k where version = 1), q as (insert into queue_entry (contact_id, at) select id, now() from k where version = 1),
         s as (insert into clock (contact_id, due_at) select id, now() from k where version = 1),
         r as (update receipt set handled = true where id = $3)
         insert into event (conversation_id, message_id) select $1, id from m`, [conversationId, form.get('Body'), receipt.rows[0].id])
      await client.query('commit')
    } catch (error) {
      await client.query('rollback')
      throw error
    } finally {
      client.release()
    }
    void relay()
  }

  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', () => resolve()) })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`, socketUrl: `ws://127.0.0.1:${port}`,
    async stop() {
      sockets.close()
      server.closeAllConnections()
      await new Promise<void>((resolve) => { server.close(() => resolve()) })
      await pool.end()
    },
  }
}
