/**
 * A real hub on a database of its own: wired by `startHub` as the program is, with the seeded company, its workers, and the
 * stand-ins for the providers unless told otherwise. An error line in its log fails the test. With REDIS_URL in the environment it
 * is scaled out: this process is one of two servers, a worker is a process of its own (`scaled-out.ts`).
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { companyMailbox, companyNumber, companyWorkspace, password, repairsMailbox, seedCompany, staff as people } from '#prisma/seed.ts'
import { Problem } from '#contract/api/common.ts'
import type { Config } from '#server/platform/config.ts'
import { loadConfig } from '#server/platform/config.ts'
import { startHub, type Hub } from '#server/hub.ts'
import { startSimulator, type RunningSimulator } from '#simulator/start.ts'
import { jobHandlers } from '#workers/handlers.ts'
import { createTestDatabase } from './database.ts'
import { until } from './deadline.ts'
import { testLogger } from './logger.ts'
import { freePort } from './port.ts'
import { scaleOut, type Scale } from './scaled-out.ts'

export { companyMailbox, companyNumber, companyWorkspace, repairsMailbox }

/** Provider credentials of every test hub; the raw requests of the tests are signed with them. */
export const credentials = {
  accountSid: `AC${'0123456789abcdef'.repeat(2)}`,
  authToken: 'a twilio auth token for tests 0123'.replaceAll(' ', '-'),
  signingSecret: 'a-slack-signing-secret-for-tests-01',
  botToken: 'xoxb-a-slack-bot-token-for-tests-01',
  sessionSecret: 'a session secret for tests 0123456789',
}

export interface TestHubOptions {
  /** false: no stand-ins at all; providers are then unreachable. */
  simulator?: boolean
  /** false: this process works no jobs. */
  works?: boolean
  redisUrl?: string | undefined
  /** Two servers and a worker, or so many beside this one; unless said, when REDIS_URL is set. */
  scaledOut?: boolean | Scale
  /** An existing database, seeded already: a second process of the same hub. */
  databaseUrl?: string
  /** What differs from `testConfig`. */
  change?: Partial<Config>
}

/** What a door of the hub is reached by. */
export type Door = Pick<Config, 'publicUrl' | 'host' | 'smtpPort'>

export type PersonName = 'robin' | 'sam' | 'lena' | 'jonas' | 'wei' | 'priya'

/** One signed-in member of staff, over HTTP. */
export interface Staff {
  id: string
  name: string
  cookie: string
  call(method: string, path: string, body?: unknown): Promise<Answer>
  /** The body of the answer; a refusal fails the test. */
  // Each answer was parsed by its route's own schema before it left; tests read it as they need it.
  // oxlint-disable-next-line typescript/no-explicit-any
  must(method: string, path: string, body?: unknown): Promise<any>
}

export interface Answer {
  status: number
  // oxlint-disable-next-line typescript/no-explicit-any
  body: any
  code: string | undefined
}

export async function startTestHub(options: TestHubOptions = {}) {
  const dataDir = mkdtempSync(join(tmpdir(), 'hub-'))
  const database = options.databaseUrl ? null : await createTestDatabase({ max: 4 })
  const databaseUrl = options.databaseUrl ?? database?.url ?? ''
  const [port, smtpPort] = await Promise.all([freePort(), freePort()])
  const scaledOut = options.scaledOut ?? (process.env['REDIS_URL'] !== undefined && options.redisUrl === undefined && !options.databaseUrl && !options.change)
  const redisUrl = options.redisUrl ?? (scaledOut ? process.env['REDIS_URL'] : undefined)
  const plain = { ...testConfig({ port, smtpPort, dataDir, redisUrl }), ...options.change }
  const simulator = options.simulator === false ? null : await startTestSimulator(plain)
  const config = simulator ? reaching(plain, simulator) : plain
  const hub = await startHub({
    config, databaseUrl, logger: testLogger(), acquireTimeoutMs: 20_000, // a busy machine is no missing database
    ...(options.works === false || scaledOut ? {} : { work: (context) => context.jobs.work(jobHandlers(context)) }),
  })
  if (database) await seedCompany(hub, config, [config.publicUrl])
  const rest = scaledOut ? await scaleOut({ databaseUrl, like: config, works: options.works !== false, scale: typeof scaledOut === 'object' ? scaledOut : { servers: 1, workers: 1 } }) : null
  const ids = await staffIds(hub)
  const { context } = hub
  const doors: Door[] = [config, ...(rest?.configs ?? [])]
  let knocks = 0
  return {
    hub, context, config, databaseUrl, simulator,
    db: context.db,
    url: config.publicUrl,
    /** The other server's address, where there are two. */
    otherUrl: (doors[1] ?? config).publicUrl,
    urls: doors.map(({ publicUrl }) => publicUrl),
    /** Where the next from outside comes in: of two servers by turns. */
    door: (): Door => doors[knocks++ % doors.length] ?? config,
    staffId: (name: PersonName): string => ids.get(emailOf(name)) ?? '',
    signIn: (name: PersonName, at = config.publicUrl): Promise<Staff> => signIn(at, name),
    /** Resolves when nothing runs, nothing due waits and everything committed is told. */
    async quiet(withinMs?: number): Promise<void> {
      await until('the hub to be quiet', async () => {
        await context.jobs.idle()
        if (rest) await context.jobs.flush()
        if (rest && !(await rest.isIdle())) return false
        await context.relay.flush()
        const open = await context.db.one<{ n: number }>(
          `select (select count(*) from event where published_at is null)::int + (select count(*) from outbound where state in ('pending', 'sending') and next_attempt_at <= clock_timestamp())::int
             + (select count(*) from receipt where state = 'stored')::int as n`)
        return open.n === 0
      }, withinMs)
    },
    /** Runs the timers now: what the test made due is handled as if its time had come. */
    async runTimers(): Promise<void> {
      await jobHandlers(context).timers('all')
    },
    /** Works the lane of a message now. */
    async deliver(messageId: string): Promise<void> {
      const { lane } = await context.db.one<{ lane: string }>('select lane from outbound where message_id = $1 order by position desc limit 1', [messageId])
      await jobHandlers(context).deliver(lane)
    },
    async sweep(): Promise<void> {
      await jobHandlers(context).sweep('all')
    },
    async stop(): Promise<void> {
      await simulator?.stop()
      try {
        await rest?.stop()
      } finally {
        await hub.stop()
        await database?.drop()
        rmSync(dataDir, { recursive: true, force: true })
      }
    },
  }
}

export type TestHub = Awaited<ReturnType<typeof startTestHub>>

export function testConfig(at: { port: number; smtpPort: number; dataDir: string; redisUrl?: string | undefined }): Config {
  const { accountSid, authToken, signingSecret, botToken, sessionSecret } = credentials
  return loadConfig({
    NODE_ENV: 'test', DEMO: '0', PORT: String(at.port), SMTP_PORT: String(at.smtpPort), DATA_DIR: at.dataDir, SESSION_SECRET: sessionSecret, MAIL_DOMAIN: 'hillside.example', DNS_SERVERS: '127.0.0.1:9',
    TWILIO_ACCOUNT_SID: accountSid, TWILIO_AUTH_TOKEN: authToken, TWILIO_API_URL: 'http://127.0.0.1:9', SLACK_SIGNING_SECRET: signingSecret, SLACK_BOT_TOKEN: botToken, SLACK_API_URL: 'http://127.0.0.1:9/api/',
    SMTP_URL: 'smtp://127.0.0.1:9', ...(at.redisUrl ? { REDIS_URL: at.redisUrl } : {}),
  })
}

export async function startTestSimulator(config: Config): Promise<RunningSimulator> {
  const { accountSid, authToken, signingSecret, botToken } = credentials
  return startSimulator({
    hubUrl: config.publicUrl, host: '127.0.0.1', hubSmtp: { host: config.host, port: config.smtpPort }, speed: 200,
    twilio: { accountSid, authToken }, slack: { signingSecret, botToken, teamId: companyWorkspace },
    numbers: [{ phoneNumber: companyNumber, capabilities: ['voice', 'sms', 'whatsapp'] }], supportAddresses: [companyMailbox, repairsMailbox],
  })
}

/** The configuration with the stand-ins in the providers' place. */
export function reaching(config: Config, simulator: Pick<RunningSimulator, 'twilioUrl' | 'slackUrl' | 'smtpUrl' | 'dnsServer'>): Config {
  return {
    ...config, twilio: { ...config.twilio, apiUrl: simulator.twilioUrl }, slack: { ...config.slack, apiUrl: simulator.slackUrl }, smtpUrl: simulator.smtpUrl, dnsServers: [simulator.dnsServer],
  }
}

/** Signs in as the console does: with password, for a cookie. */
export async function signIn(url: string, name: PersonName): Promise<Staff> {
  const response = await fetch(`${url}/api/v1/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ email: emailOf(name), password }) })
  if (!response.ok) throw new Error(`${name} cannot sign in: ${response.status} ${await response.text()}`)
  const { staff } = (await response.json()) as { staff: { id: string; name: string } }
  const cookie = response.headers.getSetCookie().map((one) => one.split(';')[0]).join('; ')
  const call: Staff['call'] = async (method, path, body) => {
    const answer = await fetch(`${url}/api/v1${path}`, { method, headers: { cookie, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
    const text = await answer.text()
    const parsed: unknown = text === '' ? undefined : JSON.parse(text)
    return { status: answer.status, body: parsed, code: answer.status >= 400 ? Problem.parse(parsed).code : undefined }
  }
  return {
    id: staff.id, name: staff.name, cookie, call,
    async must(method, path, body) {
      const answer = await call(method, path, body)
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
      return answer.body
    },
  }
}

async function staffIds(hub: Hub): Promise<Map<string, string>> {
  return new Map((await hub.context.db.query<{ id: string; email: string }>('select id, email from agent')).map((row) => [row.email, row.id]))
}

const emailOf = (name: PersonName): string => people.find((person) => person.email.startsWith(`${name}@`))?.email ?? ''
