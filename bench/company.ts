/** A company made through the API for benches that need people at work: one team, queue and number, agents each with a console. */
import { createHmac } from 'node:crypto'
import { Agent, request } from 'node:http'
import { io, type Socket } from 'socket.io-client'
import type { StaffEnvelope } from '../contract/events.ts'
import { signIn, twilio, type HubProcess } from './hub-process.ts'

export const ours = '+15005550006'
const keepAlive = new Agent({ keepAlive: true, maxSockets: 128 })
const password = 'bench-password-1'

export interface BenchAgent {
  id: string
  cookie: string
  socket: Socket
  /** Called with every event as the console parses it. */
  onEvent(listener: (envelope: StaffEnvelope) => void): void
  /** Acts over HTTP; resolves with status and body. */
  act<T>(method: string, route: string, body?: unknown): Promise<{ status: number; body: T }>
}

export interface Company {
  queueId: string
  accountId: string
  dispositionId: string
  agents: BenchAgent[]
  supervisor: { cookie: string }
  close(): void
}

/** @param unitsPerText what a text takes of an agent's 100 deferred units. */
export async function makeCompany(hub: HubProcess, options: { agents: number; unitsPerText: number }): Promise<Company> {
  const { cookie, call } = await signIn(hub.url)
  const team = await call<{ id: string }>('POST', '/teams', { name: 'Bench', memberIds: [] })
  const queue = await call<{ id: string }>('POST', '/queues', { name: 'Bench', teamId: team.id, units: { sms: options.unitsPerText } })
  const account = await call<{ id: string }>('POST', '/channel-accounts', { channel: 'sms', address: ours, name: 'Bench', queueId: queue.id, settings: { accountSid: twilio.accountSid }, secrets: { authToken: twilio.authToken } })
  const disposition = await call<{ id: string }>('POST', '/dispositions', { name: 'Done' })
  const agents: BenchAgent[] = []
  for (let i = 0; i < options.agents; i++) agents.push(await makeAgent(hub, call, `agent${i}@bench.example`, team.id, queue.id))
  return {
    queueId: queue.id, accountId: account.id, dispositionId: disposition.id, agents, supervisor: { cookie },
    close() {
      for (const { socket } of agents) socket.close()
      keepAlive.destroy()
    },
  }
}

async function makeAgent(hub: HubProcess, call: Awaited<ReturnType<typeof signIn>>['call'], email: string, teamId: string, queueId: string): Promise<BenchAgent> {
  const { link } = await call<{ link: string }>('POST', '/invites', { email, name: email, role: 'agent', teamIds: [teamId], queueIds: [queueId] })
  const accepted = await fetch(`${hub.url}/api/v1/invitation/accept`, {
    method: 'POST', headers: { 'content-type': 'application/json', origin: hub.url }, body: JSON.stringify({ token: link.split('#').at(-1)?.replace(/^token=/, ''), name: email, password, locale: 'en' }),
  })
  if (!accepted.ok) throw new Error(`invitation: ${accepted.status} ${await accepted.text()}`)
  const cookie = accepted.headers.getSetCookie().map((one) => one.split(';')[0]).join('; ')
  const act: BenchAgent['act'] = (method, route, body) => send(`${hub.url}/api/v1${route}`, { method, headers: { cookie, origin: hub.url, 'content-type': 'application/json' } }, body === undefined ? '' : JSON.stringify(body))
  const me = await act<{ id: string }>('GET', '/me')
  const socket = await openConsole(hub, cookie)
  return { id: me.body.id, cookie, socket, act, onEvent: (listener) => void socket.on('events', (envelopes: StaffEnvelope[]) => envelopes.forEach(listener)) }
}

/** A console's socket, signed in and in step. */
export async function openConsole(hub: Pick<HubProcess, 'url'>, cookie: string): Promise<Socket> {
  const socket = io(`${hub.url}/staff`, { transports: ['websocket'], extraHeaders: { cookie }, forceNew: true })
  await new Promise<void>((resolve, reject) => { socket.once('connect', resolve); socket.once('connect_error', reject) })
  await socket.timeout(10_000).emitWithAck('sync', { rooms: {}, conversationId: null })
  return socket
}

/** A text by signed webhook; true when it was taken. */
export async function text(url: string, from: string, words: string, sid: string): Promise<boolean> {
  const fields: Record<string, string> = { MessageSid: sid, SmsSid: sid, AccountSid: twilio.accountSid, From: from, To: ours, Body: words, NumMedia: '0', NumSegments: '1', ApiVersion: '2010-04-01' }
  const signed = Object.keys(fields).sort().reduce((sum, key) => sum + key + (fields[key] ?? ''), url)
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': createHmac('sha1', twilio.authToken).update(signed).digest('base64') }
  return (await send(url, { method: 'POST', headers }, new URLSearchParams(fields).toString())).status === 200
}

export const sidOf = (words: string): string => `SM${createHmac('md5', 'bench').update(words).digest('hex')}`

/** On kept connections; a broken one is status 0. The body is parsed when it is JSON. */
export function send<T>(url: string, { method, headers }: { method: string; headers: Record<string, string> }, body: string): Promise<{ status: number; body: T }> {
  return new Promise((resolve) => {
    const sending = request(url, { method, agent: keepAlive, headers: { ...headers, 'content-length': Buffer.byteLength(body) } }, (answer) => {
      let said = ''
      answer.on('data', (chunk: Buffer) => { said += chunk.toString() })
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, body: (said.startsWith('{') ? JSON.parse(said) : undefined) as T }))
    })
    sending.once('error', () => resolve({ status: 0, body: undefined as T })) // nobody reads the body of a failure
    sending.end(body)
  })
}

/** Waits until something counted in this process is so. */
export async function until(done: () => boolean, limitMs: number): Promise<boolean> {
  const end = performance.now() + limitMs
  while (!done()) {
    if (performance.now() > end) return false
    await new Promise((resolve) => { setTimeout(resolve, 5) })
  }
  return true
}

/** Calls `act` at `perSecond` for `seconds`, whatever the calls before take; each is told when it was due. Returns how late it was itself. */
export async function openLoop(perSecond: number, seconds: number, act: (i: number, dueAt: number) => void): Promise<number[]> {
  const startedAt = performance.now() + 20
  const lagMs: number[] = []
  for (let i = 0; i < perSecond * seconds;) {
    const dueAt = startedAt + (i * 1000) / perSecond
    const wait = dueAt - performance.now()
    // Up to a millisecond late, as timers are: waiting without one would take a tenth of the machine from who is measured.
    if (wait > 0) {
      await new Promise((resolve) => { setTimeout(resolve, wait) })
      continue
    }
    lagMs.push(-wait)
    act(i, dueAt)
    i += 1
  }
  return lagMs
}
