/** Reads the environment, finds the database, starts the hub, prints one page, stops in order. */
import type { Request, Response, Router } from 'express'
import { spawn } from 'node:child_process'
import { request as httpRequest } from 'node:http'
import path from 'node:path'
import type { Context } from './context.ts'
import type { Hub } from './hub.ts'
import { keepCompiled, useCompileCache } from './platform/compile-cache.ts'
import { loadConfig, rememberedPort, type Config } from './platform/config.ts'
import { acquireHubLock, startEmbeddedPostgres, StartError, type EmbeddedPostgres } from './platform/embedded-postgres.ts'
import { createLogger, type Logger } from './platform/logger.ts'

const startedAt = performance.now()

async function main(): Promise<void> {
  const stops: (() => Promise<void>)[] = []
  const stop = onSignals(stops)
  try {
    const config = loadConfig(process.env)
    useCompileCache(config.dataDir)
    // On a terminal the start page is what people read; the log goes there only when asked for.
    const logger = createLogger(process.env['LOG_LEVEL'] ? config.logLevel : config.demo ? 'error' : config.logLevel)
    await start(config, logger, stops)
  } catch (error) {
    await stop(1, error)
  }
}

async function start(config: Config, logger: Logger, stops: (() => Promise<void>)[]): Promise<void> {
  const building = config.role === 'worker' ? Promise.resolve() : buildScreens()
  building.catch(() => {}) // awaited below
  const database = config.databaseUrl ? null : await startEmbeddedPostgres(config.dataDir, logger)
  if (database) stops.unshift(() => database.stop())
  const databaseUrl = config.databaseUrl ?? database?.url ?? ''
  // Several server processes need Redis between them; without it a second hub on this database refuses to start.
  if (!config.redisUrl && config.role !== 'worker') {
    const lock = await acquireHubLock(databaseUrl)
    stops.unshift(() => lock.release())
  }
  const [{ migrate }, { startHub }, { jobHandlers }, { schedule }] = await Promise.all([import('../prisma/migrate.ts'), import('./hub.ts'), import('../workers/handlers.ts'), import('../workers/schedule.ts')])
  await migrate(databaseUrl, logger)
  const showing = config.demo && config.role !== 'worker' ? await startDemo(config) : null
  if (showing) stops.unshift(() => showing.stop())
  const hub = await startHub({
    config: showing?.config ?? config, databaseUrl, logger,
    ...(showing ? { before: showing.pages } : {}),
    ...(config.role === 'server' ? {} : { work: async (context) => { await context.jobs.work(jobHandlers(context)); await schedule(context.jobs) } }),
  })
  stops.unshift(() => hub.stop())
  await building
  if (config.role === 'worker') {
    process.stdout.write('Tributary works: routing, clocks, delivery, surveys.\n')
    return
  }
  const people = showing ? await showing.prepare(hub) : await firstAdmin(config, hub)
  printPage(config, hub.url ?? '', database, people, showing !== null)
  keepCompiled()
  logger.info({ event: 'hub.started', ms: Math.round(performance.now() - startedAt) }, 'the hub runs')
  if (showing && config.demoHistory) {
    const stopper = new AbortController()
    const filled = showing.fill(databaseUrl, config, stopper.signal).catch((error: unknown) => logger.error({ err: error }, 'the history could not be made'))
    const called = showing.callers(hub, stopper.signal).catch((error: unknown) => { if (!stopper.signal.aborted) logger.error({ err: error }, 'nobody calls any more') })
    stops.unshift(async () => {
      stopper.abort()
      await Promise.all([filled, called])
    })
  }
}

/** In a process of its own: Vite changes the environment it runs in, and its memory is not ours to keep. */
async function buildScreens(): Promise<void> {
  const { isBuilt } = await import('../build.ts')
  if (await isBuilt()) return
  const { code, said } = await runProgram('../build.ts', {}, null)
  if (code !== 0) throw new StartError('The screens could not be built.', said)
}

/** The month behind the company, told by a process of its own until `signal`. */
async function fillHistory(databaseUrl: string, config: Config, signal: AbortSignal): Promise<void> {
  const { code, said } = await runProgram('../prisma/history/run.ts', { DATABASE_URL: databaseUrl, DATA_DIR: config.dataDir, LOG_LEVEL: 'error' }, signal)
  if (code !== 0 && !signal.aborted) throw new Error(`the history ended with ${code}: ${said}`)
}

function runProgram(file: string, env: Record<string, string>, signal: AbortSignal | null): Promise<{ code: number | null; said: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--no-warnings', path.join(import.meta.dirname, file)], { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } })
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => { said = (said + chunk.toString()).slice(-4_000) })
    child.once('error', reject)
    child.once('exit', (code) => resolve({ code, said: said.trim() }))
    signal?.addEventListener('abort', () => child.kill('SIGTERM'), { once: true })
  })
}

interface People {
  email: string
  password: string
  role: string
}

interface Showing {
  /** The configuration with the stand-ins' addresses, where the environment names no provider. */
  config: Config
  pages(context: () => Context): Router
  prepare(hub: Hub): Promise<People[]>
  /** Makes the month behind the company, while the hub is in use already. */
  fill(databaseUrl: string, config: Config, signal: AbortSignal): Promise<void>
  /** Has somebody of the history call now and then, until `signal`. */
  callers(hub: Hub, signal: AbortSignal): Promise<void>
  stop(): Promise<void>
}

/** Demo mode: the stand-ins for Twilio, Slack and mail, the made-up shop's website, and the company with its history. */
async function startDemo(config: Config): Promise<Showing> {
  const [express, { startSimulator }, { siteRouter }, seed] = await Promise.all([import('express'), import('../simulator/start.ts'), import('../simulator/site/site.ts'), import('../prisma/seed.ts')])
  const port = (name: string): Promise<number> => rememberedPort(config.dataDir, `simulator-${name}`)
  const { accountSid = '', authToken = '' } = config.twilio
  const { signingSecret = '', botToken = '' } = config.slack
  const simulator = await startSimulator({
    hubUrl: config.publicUrl, host: '127.0.0.1', dataDir: config.dataDir, hubSmtp: { host: config.host, port: config.smtpPort },
    ports: { twilio: await port('twilio'), slack: await port('slack'), mail: await port('mail'), dns: await port('dns'), page: await port('page') },
    twilio: { accountSid, authToken }, slack: { signingSecret, botToken, teamId: seed.companyWorkspace },
    numbers: [{ phoneNumber: seed.companyNumber, capabilities: ['voice', 'sms', 'whatsapp'] }], supportAddresses: [seed.companyMailbox, seed.repairsMailbox, seed.accountsMailbox],
  })
  return {
    config: {
      ...config,
      twilio: { ...config.twilio, apiUrl: config.twilio.apiUrl ?? simulator.twilioUrl },
      slack: { ...config.slack, apiUrl: config.slack.apiUrl ?? simulator.slackUrl },
      smtpUrl: config.smtpUrl ?? simulator.smtpUrl,
      dnsServers: config.dnsServers.length > 0 ? config.dnsServers : [simulator.dnsServer],
    },
    pages: (context) => demoPages(express.Router(), simulator.pageUrl, siteRouter({ account: () => siteAccount(context()), publicOrigin: new URL(config.publicUrl).origin })),
    prepare: (hub) => seed.seedCompany(hub, config, [new URL(config.publicUrl).origin]),
    fill: fillHistory,
    callers: async ({ context }, signal) => {
      const [{ startCallers }, { nextCaller }] = await Promise.all([import('../simulator/callers.ts'), import('../prisma/history/caller.ts')])
      await startCallers(simulator.customers, { next: () => nextCaller(context), isAnybodyThere: () => context.realtime.io.of('/staff').sockets.size > 0, signal })
    },
    stop: () => simulator.stop(),
  }
}

async function siteAccount(context: Context): Promise<{ id: string; siteSecret: string } | undefined> {
  const row = await context.db.maybe<{ id: string; sealed: string | null }>(`select id, sealed_secrets as sealed from channel_account where channel = 'webchat' and retired_at is null order by created_at limit 1`)
  if (!row?.sealed) return undefined
  const { siteSecret } = JSON.parse(context.secrets.openSecret(row.sealed)) as { siteSecret?: string } // sealed by our own settings
  return siteSecret ? { id: row.id, siteSecret } : undefined
}

/** The shop's website at `/demo`, and the simulator's page passed through at `/simulator`, so that one port shows everything. */
function demoPages(router: Router, simulatorUrl: string, site: Router): Router {
  router.use('/demo', site)
  router.get('/simulator', (_request, response) => response.redirect('/simulator/index.html'))
  router.use('/simulator', (request: Request, response: Response) => {
    // Who is signed in on the console is not the stand-in's business.
    const { host: _host, cookie: _cookie, authorization: _authorization, ...headers } = request.headers
    // A request line may name a whole address: only its path goes on, and only to the stand-in.
    const { pathname, search } = new URL(request.originalUrl, simulatorUrl)
    const passed = httpRequest(simulatorUrl, { path: pathname + search, method: request.method, headers }, (answer) => {
      response.removeHeader('Content-Security-Policy')
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    passed.on('error', () => { if (!response.headersSent) response.status(502).type('text').send('The simulator does not answer.') })
    response.on('close', () => passed.destroy())
    request.pipe(passed)
  })
  return router
}

async function firstAdmin(config: Config, hub: Hub): Promise<People[]> {
  const { email, password } = config.admin
  if (!email || !password) return []
  const { ensureFirstAdmin } = await import('./features/staff/staff.usecases.ts')
  await ensureFirstAdmin({ ...hub.context, auth: hub.auth }, { email, password })
  return [{ email, password: '(ADMIN_PASSWORD)', role: 'admin' }]
}

function printPage(config: Config, url: string, database: EmbeddedPostgres | null, people: readonly People[], isDemo: boolean): void {
  const lines = [
    '', '  Tributary runs.', '',
    `  Console     ${url}/`,
    ...(isDemo ? [`  Website     ${url}/demo        a shop with the chat widget`, `  Simulator   ${url}/simulator   be the customer: phone, SMS, WhatsApp, Slack, mail`] : []),
    `  API         ${url}/api/docs`, '',
    ...(people.length > 0 ? ['  Sign in as', ...people.map((one) => `    ${one.role.padEnd(11)} ${one.email.padEnd(28)} ${one.password}`), ''] : []),
    ...(people.length === 0 ? ['  Nobody can sign in yet: set ADMIN_EMAIL and ADMIN_PASSWORD and start again.', ''] : []),
    ...(database ? [`  Data        ${database.dataPath}`] : []),
    `  Mail in     ${config.host}:${config.smtpPort} (SMTP)`,
    '  Ctrl-C stops everything.', '',
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}

/**
 * Stops once, in order, whatever asks. npm passes a Ctrl-C on a second time within a millisecond, so only a signal a second
 * later means "at once".
 */
function onSignals(stops: (() => Promise<void>)[]): (code: number, error?: unknown) => Promise<never> {
  let stoppingSince = 0
  const stop = async (code: number, error?: unknown): Promise<never> => {
    // What fails because we are stopping is no news.
    if (stoppingSince !== 0) return new Promise<never>(() => {})
    if (error !== undefined) tell(error)
    stoppingSince = performance.now()
    const limit = setTimeout(() => process.exit(code || 1), 30_000)
    for (const one of stops) await one().catch((failed: unknown) => { if (code === 0) tell(failed) })
    clearTimeout(limit)
    process.exit(code)
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stoppingSince === 0) void stop(0)
      else if (performance.now() - stoppingSince > 1_000) process.exit(1)
    })
  }
  // Under npm a killed npm leaves us without a parent: nobody could stop us any more by its window.
  process.on('uncaughtException', (error) => {
    if (stoppingSince === 0) void stop(1, error)
  })
  return stop
}

/** One clear line for what a person can mend; a stack for bugs. */
function tell(error: unknown): void {
  if (error instanceof StartError) process.stderr.write(`\n  ${error.message}\n${error.hint ? `  ${error.hint}\n` : ''}\n`)
  else process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
}

void main()
