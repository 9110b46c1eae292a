/**
 * The floor of `assignment` and `lifecycle`: a text arrives, is offered, accepted, answered, sent and closed, with the same commits, rows
 * and deliveries, in the fewest statements: every step is one, on bare node:http, pg and ws. Imports nothing of ours.
 */
import { createHmac } from 'node:crypto'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import pg from 'pg'
import { WebSocketServer, type WebSocket } from 'ws'

const schema = `
  drop schema if exists desk cascade; create schema desk;
  create table desk.receipt (id bigserial primary key, external_id text unique, body text, at timestamptz default now(), handled boolean default false);
  create table desk.customer (id bigserial primary key, at timestamptz default now());
  create table desk.conversation_team (conversation_id bigint, team_id int, primary key (conversation_id, team_id));
  create table desk.conversation (id bigserial primary key, last_seq int not null default 0, last_at timestamptz);
  create table desk.identity (value text primary key, conversation_id bigint not null);
  create table desk.contact (id bigserial primary key, conversation_id bigint not null, state text, owner_id int, snippet text, at timestamptz default now(), closed_at timestamptz, version int default 1);
  create unique index on desk.contact (conversation_id) where state <> 'closed';
  create table desk.turn (id bigserial primary key, contact_id bigint, at timestamptz default now(), ended_at timestamptz);
  create unique index on desk.turn (contact_id) where ended_at is null;
  create table desk.queue_entry (id bigserial primary key, contact_id bigint, rank_at timestamptz default now(), offered boolean default false, ended_at timestamptz);
  create index on desk.queue_entry (rank_at, id) where ended_at is null and not offered;
  create index on desk.queue_entry (contact_id) where ended_at is null;
  create table desk.message (id bigserial primary key, conversation_id bigint, seq int, text text, status text, at timestamptz default now(), unique (conversation_id, seq));
  create table desk.offer (id bigserial primary key, contact_id bigint, agent_id int, at timestamptz default now(), ended_at timestamptz);
  create index on desk.offer (contact_id) where ended_at is null;
  create table desk.assignment (id bigserial primary key, contact_id bigint, agent_id int, at timestamptz default now(), ended_at timestamptz);
  create unique index on desk.assignment (contact_id) where ended_at is null;
  create table desk.agent (id int primary key, capacity int, used int default 0, idle_since timestamptz default now());
  create table desk.load_interval (id bigserial primary key, agent_id int, at timestamptz default now(), ended_at timestamptz);
  create index on desk.load_interval (agent_id) where ended_at is null;
  create table desk.outbound (id bigserial primary key, message_id bigint, address text, text text, state text default 'pending', external_id text);
  create index on desk.outbound (id) where state in ('pending', 'sending');
  create table desk.event (id bigserial primary key, type text, rooms text[], data jsonb, published boolean default false);
  create index on desk.event (id) where not published;
  create table desk.room (name text primary key, seq bigint);
  create table desk.room_event (room text, seq bigint, event_id bigint, primary key (room, seq));`

/** What becomes of a contact is told to its conversation, in full and in part, to supervisors, its team and one agent; what becomes of an agent to all staff. */
const tell = (type: string, contact: string, agent: string | null, data: string): string =>
  `insert into event (type, rooms, data) select '${type}', array['conversation:' || ${contact}, 'conversation-full:' || ${contact}, 'supervisors', 'team'${agent === null ? '' : `, 'agent:' || ${agent}`}], ${data}`
const tellAgent = (agent: string, from: string): string => `insert into event (type, rooms, data) select 'agent', array['staff'], jsonb_build_object('agent', ${agent}) from ${from}`

const steps = {
  receipt: 'insert into receipt (external_id, body) values ($1, $2) on conflict do nothing returning id',
  arrive: `
    with cu as (insert into customer default values), co as (insert into conversation (last_seq, last_at) values (1, now()) returning id), ct as (insert into conversation_team select id, 1 from co), i as (insert into identity select $1, id from co),
    m as (insert into message (conversation_id, seq, text) select id, 1, $2 from co returning id), c as (insert into contact (conversation_id, state, snippet) select id, 'waiting', $2 from co returning id),
    t as (insert into turn (contact_id) select id from c), e as (insert into queue_entry (contact_id) select id from c),
    r as (update receipt set handled = true where id = $3)
    ${tell('arrived', 'c.id', null, `jsonb_build_object('contact', c.id, 'text', $2::text) from c`)}`,
  offer: `
    with a as (select id from agent where used < capacity order by idle_since limit 1 for update),
    e as (select id, contact_id from queue_entry where ended_at is null and not offered order by rank_at, id limit 1 for update skip locked),
    p as (select a.id as agent_id, e.id as entry_id, e.contact_id from a, e),
    o as (insert into offer (contact_id, agent_id) select contact_id, agent_id from p returning id, contact_id, agent_id), u as (update agent set used = used + 1 where id in (select agent_id from p)),
    q as (update queue_entry set offered = true where id in (select entry_id from p)), c as (update contact set state = 'offered', version = version + 1 where id in (select contact_id from p) returning snippet), g as (${tellAgent('o.agent_id', 'o')})
    ${tell('offered', 'o.contact_id', 'o.agent_id', `jsonb_build_object('offer', o.id, 'contact', o.contact_id, 'agent', o.agent_id, 'text', c.snippet) from o, c`)}`,
  accept: `
    with o as (update offer set ended_at = now() where id = $1 and ended_at is null returning contact_id, agent_id),
    c as (update contact set state = 'active', owner_id = o.agent_id, version = version + 1 from o where contact.id = o.contact_id returning contact.id, conversation_id),
    a as (insert into assignment (contact_id, agent_id) select contact_id, agent_id from o), e as (update queue_entry set ended_at = now() where contact_id in (select contact_id from o) and ended_at is null),
    u as (update agent set idle_since = now() where id in (select agent_id from o)), l as (update load_interval set ended_at = now() where agent_id in (select agent_id from o) and ended_at is null),
    n as (insert into load_interval (agent_id) select agent_id from o), s as (update conversation set last_seq = last_seq + 1 where id in (select conversation_id from c) returning id, last_seq),
    m as (insert into message (conversation_id, seq, text) select id, last_seq, 'accepted' from s), g as (${tellAgent('o.agent_id', 'o')})
    ${tell('accepted', 'o.contact_id', 'o.agent_id', `jsonb_build_object('contact', o.contact_id) from o`)}`,
  reply: `
    with c as (select id, conversation_id, owner_id from contact where id = $1), s as (update conversation set last_seq = last_seq + 1, last_at = now() where id in (select conversation_id from c) returning id, last_seq),
    m as (insert into message (conversation_id, seq, text, status) select id, last_seq, $2, 'queued' from s returning id),
    t as (update turn set ended_at = now() where contact_id = $1 and ended_at is null),
    u as (update contact set version = version + 1 where id = $1), o as (insert into outbound (message_id, address, text) select m.id, i.value, $2 from m, c join identity i on i.conversation_id = c.conversation_id returning id)
    ${tell('replied', 'c.id', 'c.owner_id', `jsonb_build_object('contact', c.id) from c, o`)}`,
  take: `update outbound set state = 'sending' where id = (select id from outbound where state = 'pending' order by id limit 1 for update skip locked) returning id, address, text`,
  sent: `with o as (update outbound set state = 'sent', external_id = $2 where id = $1 returning message_id), m as (update message set status = 'sent' where id in (select message_id from o) returning id, conversation_id)
    insert into event (type, rooms, data) select 'sent', array['conversation:' || conversation_id, 'conversation-full:' || conversation_id], jsonb_build_object('message', id) from m`,
  close: `
    with c as (update contact set state = 'closed', closed_at = now(), version = version + 1 where id = $1 and state = 'active' returning id, conversation_id, owner_id),
    a as (update assignment set ended_at = now() where contact_id in (select id from c) and ended_at is null), u as (update agent set used = used - 1, idle_since = now() where id in (select owner_id from c)),
    t as (update turn set ended_at = now() where contact_id in (select id from c) and ended_at is null),
    l as (update load_interval set ended_at = now() where agent_id in (select owner_id from c) and ended_at is null), n as (insert into load_interval (agent_id) select owner_id from c),
    s as (update conversation set last_seq = last_seq + 1 where id in (select conversation_id from c) returning id, last_seq), m as (insert into message (conversation_id, seq, text) select id, last_seq, 'closed' from s), g as (${tellAgent('c.owner_id', 'c')})
    ${tell('closed', 'c.id', 'c.owner_id', `jsonb_build_object('contact', c.id, 'agent', c.owner_id) from c`)}`,
  relay: `
    with batch as (select id, type, rooms, data from event where not published order by id limit 200), expanded as (select id, unnest(rooms) as room from batch),
    counted as (select room, count(*) as n from expanded group by room),
    bumped as (insert into room select room, n from counted order by room on conflict (name) do update set seq = room.seq + excluded.seq returning name, seq),
    numbered as (insert into room_event select e.room, b.seq - c.n + row_number() over (partition by e.room order by e.id), e.id from expanded e join counted c using (room) join bumped b on b.name = e.room returning room, seq, event_id),
    marked as (update event set published = true where id in (select id from batch))
    select n.room, n.seq, b.type, b.data from batch b join numbered n on n.event_id = b.id order by b.id`,
}

/** Texts on their way to the provider at once. */
const sendersMax = 8

/** At most one run at a time and one waiting, as one process does it. What is under way when it stops is cut off. */
function single(run: () => Promise<boolean>, stopped: () => boolean): () => void {
  let running = false
  let again = false
  const wake = async (): Promise<void> => {
    again = true
    if (running || stopped()) return
    running = true
    while (again) {
      again = false
      while (!stopped() && (await run())) { /* until nothing is left */ }
    }
    running = false
  }
  return () => void wake().catch((error: unknown) => { if (!stopped()) throw error })
}

export interface DeskFloor {
  url: string
  socketUrl: string
  stop(): Promise<void>
}

/** @param provider where texts are posted to, if anywhere. */
export async function startDeskFloor(databaseUrl: string, options: { agents: number; capacity: number; waiting: number; provider?: string }): Promise<DeskFloor> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 20, options: '-c search_path=desk' })
  pool.on('error', () => {})
  const ask = (name: keyof typeof steps, values: unknown[] = []) => pool.query({ name, text: steps[name], values })
  await pool.query(schema)
  await pool.query('insert into agent (id, capacity) select i, $2 from generate_series(1, $1) as i', [options.agents, options.capacity])
  await pool.query(`with co as (insert into conversation (last_seq, last_at) select 1, now() from generate_series(1, $1) returning id), i as (insert into identity select 'made ' || id, id from co), m as (insert into message (conversation_id, seq, text) select id, 1, 'hello' from co),
    c as (insert into contact (conversation_id, state, snippet) select id, 'waiting', 'hello' from co returning id), t as (insert into turn (contact_id) select id from c)
    insert into queue_entry (contact_id) select id from c`, [options.waiting])
  await pool.query('analyze')

  let stopping = false
  const isStopped = (): boolean => stopping
  const sockets = new WebSocketServer({ noServer: true })
  const rooms = new Map<WebSocket, Set<string>>()
  const relay = single(async () => {
    const { rows } = await ask('relay')
    // A room is told all of a batch in one frame.
    for (const [room, told] of Map.groupBy(rows as { room: string }[], (row) => row.room)) {
      const listeners = [...rooms].filter(([, joined]) => joined.has(room))
      if (listeners.length === 0) continue
      const payload = JSON.stringify(told)
      for (const [socket] of listeners) socket.send(payload)
    }
    return rows.length > 0
  }, isStopped)
  const told = async (step: Promise<pg.QueryResult>): Promise<number> => {
    const { rowCount } = await step
    if ((rowCount ?? 0) > 0) relay()
    return rowCount ?? 0
  }
  const route = single(async () => (await told(ask('offer'))) > 0, isStopped)
  const senders = Array.from({ length: sendersMax }, () => single(async () => {
    const taken = (await ask('take')).rows[0] as { id: string; address: string; text: string } | undefined
    if (!taken) return false
    if (options.provider) await post(options.provider, `Body=${encodeURIComponent(taken.text)}&To=${encodeURIComponent(taken.address)}`)
    await told(ask('sent', [taken.id, `SM${taken.id}`]))
    return true
  }, isStopped))
  const deliver = (): void => { for (const send of senders) send() }

  async function handle(path: string, body: string, url: string, signature: unknown): Promise<number> {
    if (path === '/in') {
      const form = new URLSearchParams(body)
      const signed = [...form.keys()].sort().reduce((sum, key) => sum + key + (form.get(key) ?? ''), url)
      if (createHmac('sha1', 'b'.repeat(32)).update(signed).digest('base64') !== signature) return 403
      const receipt = (await ask('receipt', [form.get('MessageSid'), body])).rows[0] as { id: string } | undefined
      if (receipt) await told(ask('arrive', [form.get('From'), form.get('Body'), receipt.id]))
      route()
      return 200
    }
    const { id, text } = JSON.parse(body) as { id: string; text?: string }
    if (path === '/accept') return (await told(ask('accept', [id]))) > 0 ? 200 : 409
    if (path === '/reply') {
      await told(ask('reply', [id, text]))
      deliver()
      return 200
    }
    await told(ask('close', [id]))
    route()
    return 200
  }

  const server = createServer((incoming, response) => {
    let body = ''
    incoming.on('data', (chunk: Buffer) => { body += chunk.toString() })
    incoming.on('end', () => {
      handle(incoming.url ?? '', body, `http://${incoming.headers.host}${incoming.url}`, incoming.headers['x-twilio-signature']).then((status) => response.writeHead(status).end('{}'), () => response.writeHead(500).end())
    })
  })
  server.on('upgrade', (incoming, socket, head) => sockets.handleUpgrade(incoming, socket, head, (client) => {
    const agent = new URL(incoming.url ?? '', 'http://floor').searchParams.get('agent') ?? ''
    rooms.set(client, new Set(['team', 'staff', `agent:${agent}`]))
    client.once('close', () => rooms.delete(client))
  }))
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', () => resolve()) })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`, socketUrl: `ws://127.0.0.1:${port}`,
    async stop() {
      stopping = true
      for (const client of sockets.clients) client.terminate()
      sockets.close()
      server.closeAllConnections()
      await new Promise<void>((resolve) => { server.close(() => resolve()) })
      await pool.end()
    },
  }
}

function post(url: string, body: string): Promise<void> {
  return new Promise((resolve) => {
    const sending = request(url, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(body) } }, (answer) => {
      answer.resume()
      answer.once('end', () => resolve())
    })
    sending.once('error', () => resolve())
    sending.end(body)
  })
}
