import path from 'node:path'
import { isIP } from 'node:net'
import { z } from 'zod'
import { keepSecret } from './kept-secrets.ts'
import { StartError } from './start-error.ts'

export { rememberedPort } from './ports.ts'

/** A setting that keeps the hub from starting. Never contains the setting's value. */
export class ConfigError extends StartError {
  constructor(message: string, hint = 'See docs/configuration.md.') {
    super(message, hint)
    this.name = 'ConfigError'
  }
}

export interface Config {
  readonly port: number
  readonly host: string
  readonly demo: boolean
  /** Whether the shown company gets a month of made-up past. */
  readonly demoHistory: boolean
  readonly production: boolean
  /** Without a slash at its end. */
  readonly publicUrl: string
  /** Absolute. */
  readonly dataDir: string
  readonly databaseUrl?: string | undefined
  readonly redisUrl?: string | undefined
  readonly role: 'all' | 'server' | 'worker'
  readonly admin: { readonly email?: string | undefined; readonly password?: string | undefined }
  readonly sessionSecret: string
  readonly smtpPort: number
  readonly smtpUrl?: string | undefined
  readonly twilio: {
    readonly accountSid?: string | undefined
    readonly authToken?: string | undefined
    readonly apiUrl?: string | undefined
    readonly apiKeySid?: string | undefined
    readonly apiKeySecret?: string | undefined
    readonly twimlAppSid?: string | undefined
  }
  readonly slack: { readonly signingSecret?: string | undefined; readonly botToken?: string | undefined; readonly apiUrl?: string | undefined }
  /** Asked when mail is verified; empty: the system's. */
  readonly dnsServers: readonly string[]
  /** The right side of reply addresses. */
  readonly mailDomain: string
  readonly logLevel: LogLevel
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

const port = z.coerce.number().int().min(0).max(65_535)
const url = (...protocols: string[]) => z.url({ protocol: new RegExp(`^(${protocols.join('|')})$`) })
const text = z.string().max(4096).optional()
const onOff = z.enum(['0', '1', 'true', 'false']).optional()

/** What docs/configuration.md says of a variable: its part of the page, what it is, and what holds without it where the schema does not say. */
const is = (part: string, description: string, otherwise?: string) => ({ part, description, ...(otherwise === undefined ? {} : { otherwise }) })

/** Every name the hub reads from its environment. docs/configuration.md is made from it. */
export const environment = z.object({
  NODE_ENV: text.meta(is('The process', '`production`: nothing is made up, the demo and the simulator never run, a missing or weak secret stops the start')),
  PORT: port.default(3000).meta(is('The process', 'where it listens')),
  HOST: z.string().default('127.0.0.1').meta(is('The process', 'the address it listens at; `0.0.0.0` for all')),
  PUBLIC_URL: url('http', 'https').optional().meta(is('The process', 'the address people and providers use; webhook signatures are checked against it', '`http://HOST:PORT`')),
  ROLE: z.enum(['all', 'server', 'worker']).default('all').meta(is('The process', 'doors and screens, the work behind them, or both')),
  DATA_DIR: z.string().default('.data').meta(is('The process', 'the embedded database, files, kept secrets and ports')),
  DATABASE_URL: url('postgres', 'postgresql').optional().meta(is('The process', 'a PostgreSQL of your own', 'the embedded one')),
  REDIS_URL: url('redis', 'rediss').optional().meta(is('The process', 'jobs and sockets over Redis; needed for more than one server', 'jobs in PostgreSQL, sockets in the process')),
  LOG_LEVEL: z.enum(logLevels).default('info').meta(is('The process', 'what is logged; the demo logs errors only unless it is set')),
  SESSION_SECRET: text.meta(is('People', 'all keys derive from it; in production at least 32 random characters', 'made once and kept in `DATA_DIR`; in production none')),
  ADMIN_EMAIL: z.email().optional().meta(is('People', 'the first administrator, made when there is none', 'in the demo the made-up one')),
  ADMIN_PASSWORD: z.string().min(8).max(128).optional().meta(is('People', 'the password they begin with; in production 12 characters or more, none of the usual ones', 'in the demo the printed one')),
  DEMO: onOff.meta(is('Demo', 'the made-up company, its history and the simulator', 'on; in production off')),
  DEMO_HISTORY: onOff.meta(is('Demo', 'off: the made-up company without its month of past, and nobody calls by themselves', 'on with the demo')),
  SMTP_PORT: port.default(2525).meta(is('Mail', 'where mail is delivered to us')),
  SMTP_URL: url('smtp', 'smtps').optional().meta(is('Mail', 'the server that sends our mail', 'in the demo the simulator; else no mail is sent')),
  MAIL_DOMAIN: z.hostname().optional().meta(is('Mail', 'the right side of reply addresses', 'the host of `PUBLIC_URL`')),
  DNS_SERVERS: text.meta(is('Mail', 'asked for DKIM, SPF and DMARC, separated by commas', 'the system’s')),
  TWILIO_ACCOUNT_SID: text.meta(is('Twilio', 'for accounts that have none of their own', 'made up in the demo')),
  TWILIO_AUTH_TOKEN: text.meta(is('Twilio', 'checks webhooks, and signs in to the API', 'made up in the demo')),
  TWILIO_API_URL: url('http', 'https').optional().meta(is('Twilio', 'another address of the API', 'Twilio; in the demo the simulator')),
  TWILIO_API_KEY_SID: text.meta(is('Twilio', 'with the next two: calls in the browser', 'calls ring the agent’s own number')),
  TWILIO_API_KEY_SECRET: text.meta(is('Twilio', 'the secret of that key')),
  TWILIO_TWIML_APP_SID: text.meta(is('Twilio', 'the TwiML app of calls in the browser')),
  SLACK_SIGNING_SECRET: text.meta(is('Slack', 'checks events of accounts that have none of their own', 'made up in the demo')),
  SLACK_BOT_TOKEN: text.meta(is('Slack', 'answers for them', 'made up in the demo')),
  SLACK_API_URL: url('http', 'https').optional().meta(is('Slack', 'another address of the API', 'Slack; in the demo the simulator')),
})
type Environment = z.infer<typeof environment>

/**
 * Reads and checks the environment. Outside production a missing session secret, and in the demo missing provider secrets,
 * are made once and kept in DATA_DIR; in production nothing is made up and a missing or weak one is a `ConfigError`.
 */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const given = parseEnvironment(env)
  const production = given.NODE_ENV === 'production'
  const demo = !production && given.DEMO !== '0' && given.DEMO !== 'false'
  const dataDir = path.resolve(given.DATA_DIR)
  if (production) refuseHalfGiven(given)
  const made = (name: string, prefix = '') => (demo ? keepSecret(dataDir, name, prefix) : undefined)
  const publicUrl = (given.PUBLIC_URL ?? `http://${given.HOST.includes(':') ? `[${given.HOST}]` : given.HOST}:${given.PORT}`).replace(/\/+$/, '')
  return {
    port: given.PORT,
    host: given.HOST,
    demo,
    demoHistory: demo && given.DEMO_HISTORY !== '0' && given.DEMO_HISTORY !== 'false',
    production,
    publicUrl,
    dataDir,
    databaseUrl: given.DATABASE_URL,
    redisUrl: given.REDIS_URL,
    role: given.ROLE,
    admin: { email: given.ADMIN_EMAIL, password: production ? strongPassword(given.ADMIN_PASSWORD) : given.ADMIN_PASSWORD },
    sessionSecret: production ? strongSecret(given.SESSION_SECRET) : (given.SESSION_SECRET ?? keepSecret(dataDir, 'sessionSecret')),
    smtpPort: given.SMTP_PORT,
    smtpUrl: given.SMTP_URL,
    twilio: {
      accountSid: given.TWILIO_ACCOUNT_SID ?? made('twilioAccountSid', 'AC'),
      authToken: given.TWILIO_AUTH_TOKEN ?? made('twilioAuthToken'),
      apiUrl: given.TWILIO_API_URL,
      apiKeySid: given.TWILIO_API_KEY_SID,
      apiKeySecret: given.TWILIO_API_KEY_SECRET,
      twimlAppSid: given.TWILIO_TWIML_APP_SID,
    },
    slack: {
      signingSecret: given.SLACK_SIGNING_SECRET ?? made('slackSigningSecret'),
      botToken: given.SLACK_BOT_TOKEN ?? made('slackBotToken', 'xoxb-'),
      apiUrl: given.SLACK_API_URL,
    },
    dnsServers: (given.DNS_SERVERS ?? '').split(',').map((server) => server.trim()).filter(Boolean),
    mailDomain: given.MAIL_DOMAIN ?? mailDomainOf(publicUrl),
    logLevel: given.LOG_LEVEL,
  }
}

function parseEnvironment(env: NodeJS.ProcessEnv): Environment {
  // An empty variable, as compose files pass on, is a missing one.
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ''))
  const parsed = environment.safeParse(set)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new ConfigError(`${String(issue?.path[0])} is not usable: ${issue?.message}.`)
}

/** Weak: short, a word everybody knows, or few different characters. */
function strongSecret(secret: string | undefined): string {
  const how = 'Set it to at least 32 random characters, for example from: openssl rand -hex 32'
  if (!secret) throw new ConfigError('SESSION_SECRET is missing.', how)
  const isKnown = /change.?me|secret|password|example|default|tributary/i.test(secret)
  if (secret.length < 32 || new Set(secret).size < 10 || isKnown) throw new ConfigError('SESSION_SECRET is too weak.', how)
  return secret
}

/** The first administrator may do everything, and the sign-in is reached by the world. */
function strongPassword(password: string | undefined): string | undefined {
  if (password === undefined) return undefined
  const isKnown = /change.?me|password|administrator|tributary|lamps-and-light|12345/i.test(password)
  if (password.length < 12 || new Set(password).size < 6 || isKnown) throw new ConfigError('ADMIN_PASSWORD is too weak.', 'Set it to at least 12 characters nobody would guess.')
  return password
}

function refuseHalfGiven(given: Environment): void {
  const together = [
    ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN'],
    ['TWILIO_API_KEY_SID', 'TWILIO_API_KEY_SECRET', 'TWILIO_TWIML_APP_SID'],
    ['SLACK_SIGNING_SECRET', 'SLACK_BOT_TOKEN'],
    ['ADMIN_EMAIL', 'ADMIN_PASSWORD'],
  ] as const
  for (const names of together) {
    const missing = names.filter((name) => given[name] === undefined)
    const present = names.filter((name) => given[name] !== undefined)
    if (missing.length && present.length) throw new ConfigError(`${missing.join(' and ')} is missing, although ${present.join(' and ')} is set.`, 'Set all of them, or none.')
  }
  const wrong = (
    [['TWILIO_ACCOUNT_SID', /^AC[0-9a-f]{32}$/i], ['TWILIO_AUTH_TOKEN', /^\S{32,}$/], ['SLACK_SIGNING_SECRET', /^\S{32,}$/], ['SLACK_BOT_TOKEN', /^xoxb-\S{20,}$/]] as const
  ).find(([name, form]) => given[name] !== undefined && !form.test(given[name]))
  if (wrong) throw new ConfigError(`${wrong[0]} does not look like one.`, 'Copy it again from the provider.')
}

function mailDomainOf(publicUrl: string): string {
  const host = new URL(publicUrl).hostname
  return isIP(host.replace(/^\[|\]$/g, '')) || !host.includes('.') ? 'tributary.example' : host
}
