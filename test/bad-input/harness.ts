/**
 * The list of bad input, row by row, against one real hub set up as in production. After each row: the process lives, every
 * refusal had the fixed shape and came within a second, only the tables the row names changed, the event loop never stood
 * still, the rejection is in the figures, the log told nothing it must not, and the next valid input of that channel works.
 */
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { performance } from 'node:perf_hooks'
import { expect, test } from 'vitest'
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js'
import { Problem } from '#contract/api/common.ts'
import { companyNumber, credentials, startTestHub, type Staff, type TestHub } from '../support/hub.ts'
import { logLines } from '../support/logger.ts'
import { newSid, smtpMail } from '../support/factories.ts'
import { StaffViewer } from '../support/viewers.ts'
import { signedSlackHeaders, slackEnvelope, slackMessage } from '../channels/slack-provider.ts'

/** What the rows send and no log may show: a word for every text, an address of every kind. */
export const canary = { word: 'zebrafinch', phone: '+41795550177', mail: 'mei@zebrafinch.example', card: '4111 1111 1111 1111' }

export interface Answer {
  status: number
  type: string
  body: string
  headers: Record<string, string | string[] | undefined>
}

export interface Row {
  /** Tables whose rows may change; none unless told. */
  changes?: readonly string[]
  /** Whether `/metrics` shows the refusal; so by default when nothing may change. */
  isCounted?: boolean
  /** Many requests at once: each waits for those before it, so only the whole is timed. */
  isSlow?: boolean
}

export type RowChannel = 'twilio' | 'slack' | 'mail' | 'staff' | 'api'

/** What an ordinary message changes. */
export const messageTables = ['contact', 'conversation', 'conversation_team', 'customer', 'event', 'identity', 'message', 'queue_entry', 'receipt', 'room', 'room_event', 'sla_clock', 'turn', 'thread', 'claim', 'routing_decision', 'wait_reason'] as const

const requestMsMax = 1_000
const lagMsMax = 100
const rejectionCounters = /^tributary_(?:receipts_rejected|receipts_quarantined|http_refused|sockets_rejected|rate_limited)_total(?:\{[^}]*\})? ([\d.e+]+)$/gm
/** When somebody was last seen, and until when their window counts as there, is no effect of a row. */
const columnsLeftOut = ['last_seen_at', 'seen_at', 'lease_until', 'published_at']

let running: TestHub | null = null
let lena: Staff
let sam: Staff
let viewer: StaffViewer
let answers: { answer: Answer; ms: number }[] = []
/** How long this process wanted a core and had none, other tests running beside it. */
let starvedMs = 0
let tablesQuery = ''
export const idsCovered = new Set<string>()

export const hub = (): TestHub => {
  if (!running) throw new Error('the hub is not started')
  return running
}
export const staff = (): Staff => lena
/** Serves no queue: being available brings them nothing. */
export const supervisor = (): Staff => sam
export const staffViewer = (): StaffViewer => viewer

export async function startRows(): Promise<void> {
  running = await startTestHub({ change: { production: true } })
  lena = await running.signIn('lena')
  sam = await running.signIn('sam')
  await sam.must('POST', '/presence', { presence: 'available' })
  viewer = await new StaffViewer(running.url, lena).start()
  const tables = await running.db.query<{ name: string }>(`select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE' and table_name not like '\\_prisma%' order by 1`)
  // The sweep works out where customers stand and forgets old decisions and events, whatever comes in meanwhile; how far it got is a setting.
  const kept = tables.filter(({ name }) => name !== 'customer_standing' && name !== 'stage_change')
  tablesQuery = kept.map(({ name }) => `select '${name}' as name, count(*)::int as rows, coalesce(sum(hashtextextended((to_jsonb(t.*) - $1::text[])::text, 0)), 0)::text as content from "${name}" t${name === 'setting' ? ` where t.key not in ('standings', 'routing-decisions-forgotten', 'events-forgotten')` : ''}`).join(' union all ')
  for (const check of Object.values(nextValid)) await check()
  await running.quiet()
}

export async function stopRows(): Promise<void> {
  viewer.stop()
  await running?.stop()
}

/** One row of the list, or several that are one act. `ids` as in the list, separated by commas. */
export function row(channel: RowChannel, ids: string, title: string, act: () => Promise<void>, { changes = [], isCounted = changes.length === 0, isSlow = false }: Row = {}): void {
  for (const id of ids.split(', ')) idsCovered.add(id)
  test(`${ids} ${title}`, { timeout: 20_000 }, async () => {
    await hub().quiet()
    const before = await tableStates()
    const rejected = isCounted ? await rejections() : 0
    const lag = watchLag()
    answers = []
    const linesBefore = logLines().length
    await act()
    const lagMs = lag()
    for (const { answer, ms } of answers) assertAnswer(answer, isSlow ? 0 : ms)
    if (changes.length > 0) await hub().quiet()
    const after = await tableStates()
    expect([...after].filter(([name, state]) => state !== before.get(name) && !changes.includes(name)).map(([name]) => name), 'tables that changed').toEqual([])
    expect(lagMs, 'the event loop stood still, ms').toBeLessThan(lagMsMax)
    if (isCounted) expect(await rejections(), 'rejections in /metrics').toBeGreaterThan(rejected)
    assertNothingTold(JSON.stringify(logLines().slice(linesBefore)))
    await nextValid[channel]()
  })
}

/** Name of each table with the number and a sum of its rows, in one statement. */
async function tableStates(): Promise<Map<string, string>> {
  const rows = await hub().db.query<{ name: string; rows: number; content: string }>(tablesQuery, [columnsLeftOut])
  return new Map(rows.map(({ name, rows: count, content }) => [name, `${count} ${content}`]))
}

async function rejections(): Promise<number> {
  const text = await (await fetch(`${hub().url}/metrics`)).text()
  return [...text.matchAll(rejectionCounters)].reduce((sum, [, value]) => sum + Number(value), 0)
}

/** The longest time this thread was at work without a pause; waiting for a core that others use does not count. */
function watchLag(): () => number {
  const cpu = (process as { threadCpuUsage?: () => NodeJS.CpuUsage }).threadCpuUsage?.bind(process) ?? process.cpuUsage.bind(process)
  const now = () => { const { user, system } = cpu(); return { wall: performance.now(), cpu: (user + system) / 1_000 } }
  let last = now()
  let longest = 0
  const look = (): void => {
    const at = now()
    const [wall, worked] = [at.wall - last.wall, at.cpu - last.cpu]
    longest = Math.max(longest, Math.min(wall, worked))
    // Longer than the timer and its work: others had the core.
    if (wall - worked > 20) starvedMs += wall - worked - 5
    last = at
  }
  const timer = setInterval(look, 5)
  return () => {
    look()
    clearInterval(timer)
    return longest
  }
}

function assertAnswer(answer: Answer, ms: number): void {
  expect(ms, `time of an answer with ${answer.status}`).toBeLessThan(requestMsMax)
  if (answer.status < 400) return
  expect(answer.status).toBeLessThan(500)
  expect(answer.type).toMatch(/^application\/problem\+json/)
  expect(Problem.parse(JSON.parse(answer.body))).toMatchObject({ status: answer.status })
  expect(answer.body).not.toMatch(/\bat \S+ \(|node_modules|server\/|select |insert |\.ts:/)
  expect(answer.body).not.toContain(canary.word)
}

const secrets = [...Object.values(credentials), canary.word, canary.phone, canary.phone.slice(1), canary.mail, canary.card, canary.card.replaceAll(' ', '')]

function assertNothingTold(log: string): void {
  for (const secret of [...secrets, lena.cookie.split('=')[1] ?? '']) expect(log, 'the log').not.toContain(secret)
}

/** The next ordinary input of each channel, from people who have nothing to do with the rows. */
const nextValid: Record<RowChannel, () => Promise<void>> = {
  async twilio() {
    const sid = newSid()
    expect(await twilio(smsOf('thanks', { MessageSid: sid, From: '+14155550111' }))).toMatchObject({ status: 200, body: '<Response/>' })
    await stored(sid)
  },
  async slack() {
    const ts = newTs()
    expect(await slack(eventOf(slackMessage('thanks', { ts, event_ts: ts, user: 'UGOOD', channel: 'DGOOD' })))).toMatchObject({ status: 200 })
    await stored(`DGOOD:${ts}`)
  },
  async mail() {
    const messageId = `${newSid()}@orderly.example`
    await smtpMail(hub().config, { from: 'noa@orderly.example', subject: 'Order', text: 'thanks', messageId })
    await stored(`<${messageId}>`)
  },
  async staff() {
    expect(await viewer.ask('sync', { rooms: {}, conversationId: null })).toMatchObject({ ok: true })
  },
  async api() {
    const response = await fetch(`${hub().url}/api/v1/me`, { headers: { cookie: lena.cookie } })
    expect(response.status).toBe(200)
  },
}

async function stored(externalId: string): Promise<void> {
  expect(await hub().db.query('select 1 from message where external_id = $1', [externalId])).toHaveLength(1)
}

/** Milliseconds since now, without those in which others had the core. */
export function stopwatch(): () => number {
  const [startedAt, starvedBefore] = [performance.now(), starvedMs]
  return () => performance.now() - startedAt - (starvedMs - starvedBefore)
}

/** A request with every header as given, the host too, which `fetch` would not let out. */
export async function http(method: string, path: string, { headers = {}, body }: { headers?: Record<string, string>; body?: string | Buffer } = {}): Promise<Answer> {
  const elapsed = stopwatch()
  const { hostname, port } = new URL(hub().url)
  const answer = await new Promise<Answer>((resolve, reject) => {
    const request = httpRequest({ hostname, port, method, path, headers: { ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }), ...headers }, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', body: Buffer.concat(chunks).toString('utf8'), headers: response.headers }))
      response.on('error', reject)
    })
    request.on('error', reject)
    request.end(body)
  })
  answers.push({ answer, ms: elapsed() })
  return answer
}

/** Bytes as they are; what came back until the hub closed the line, or fell silent for `quietMs`. */
export async function rawHttp(bytes: string, quietMs = 150): Promise<string> {
  const { hostname, port } = new URL(hub().url)
  const socket = connect(Number(port), hostname)
  let heard = ''
  await new Promise<void>((resolve) => {
    socket.setTimeout(quietMs, resolve)
    socket.on('close', () => resolve())
    socket.on('error', () => resolve())
    socket.on('data', (chunk: Buffer) => { heard += chunk.toString('latin1') })
    socket.write(bytes)
  })
  socket.destroy()
  return heard
}

/** A text as Twilio posts it, from the number no log may show. */
export function smsOf(text: string, more: Record<string, string> = {}): Record<string, string> {
  const sid = more['MessageSid'] ?? newSid()
  return { MessageSid: sid, SmsSid: sid, SmsMessageSid: sid, AccountSid: credentials.accountSid, From: canary.phone, To: companyNumber, Body: text, NumMedia: '0', NumSegments: '1', SmsStatus: 'received', ApiVersion: '2010-04-01', ...more }
}

export interface TwilioSent {
  path?: string
  /** What was signed, when it is not what is sent. */
  signedAs?: Record<string, string>
  signedUrl?: string
  token?: string
  signature?: string
  body?: string
  headers?: Record<string, string>
}

export function twilio(params: Record<string, string>, sent: TwilioSent = {}): Promise<Answer> {
  const { path = '/webhooks/twilio/messages', signedAs = params, token = credentials.authToken, body = new URLSearchParams(params).toString(), headers = {} } = sent
  const signature = sent.signature ?? getExpectedTwilioSignature(token, sent.signedUrl ?? hub().url + path, signedAs)
  return http('POST', path, { body, headers: { 'content-type': 'application/x-www-form-urlencoded', ...(signature === '' ? {} : { 'x-twilio-signature': signature }), ...headers } })
}

let events = 0
/** An envelope nobody has sent yet. */
export const eventOf = (event: unknown, more: Record<string, unknown> = {}): Record<string, unknown> => slackEnvelope(event, { event_id: `Ev${newSid('')}${events++}`, ...more })

let messages = 0
export const newTs = (): string => `1790000${String(100 + Math.floor(messages / 1000))}.${String(messages++ % 1000).padStart(6, '0')}`

export interface SlackSent {
  raw?: string
  /** The bytes that are signed, when they are not those that are sent. */
  signed?: string
  secret?: string
  at?: Date
  headers?: Record<string, string>
}

export function slack(body: unknown, { raw = JSON.stringify(body), signed = raw, secret = credentials.signingSecret, at = new Date(), headers = {} }: SlackSent = {}): Promise<Answer> {
  return http('POST', '/webhooks/slack/events', { body: raw, headers: { 'content-type': 'application/json', ...signedSlackHeaders(Buffer.from(signed), secret, at), ...headers } })
}

/** A call of the API by Lena. */
export function api(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  return http(method, `/api/v1${path}`, { headers: { cookie: lena.cookie, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers }, ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }) })
}

/** The inbound message of an external id, as the database has it. */
export async function messageOf(externalId: string): Promise<{ id: string; text: string; html: string | null; subject: string | null; conversationId: string; contactId: string | null; identityId: string; unverified: boolean; evidence: string | null; sentAt: Date | null; data: Record<string, unknown>; threadId: string | null }> {
  return hub().db.one('select id, text, html, subject, conversation_id as "conversationId", contact_id as "contactId", identity_id as "identityId", unverified, evidence, sent_at as "sentAt", data, thread_id as "threadId" from message where external_id = $1', [externalId])
}
