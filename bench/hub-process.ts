/** The system under test: the process `npm start` runs, with an empty database, entered by its own doors. */
import { spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export interface HubProcess {
  url: string
  dataDir: string
  databaseUrl: string
  child: ChildProcess
  readyMs: number
  rssMb(): number
  stop(): Promise<void>
}

export const admin = { email: 'admin@bench.example', password: 'bench-password-1' }
export const twilio = { accountSid: `AC${'0'.repeat(32)}`, authToken: 'b'.repeat(32) }

const root = path.join(import.meta.dirname, '..')

/** Starts it and waits until it is ready. `keep`: a data folder used before. */
export async function startHubProcess(env: Record<string, string> = {}, keep?: string): Promise<HubProcess> {
  const dataDir = keep ?? mkdtempSync(path.join(os.tmpdir(), 'tributary-bench-'))
  // The database's user must be able to pass, when we are root.
  chmodSync(dataDir, 0o711)
  const [port, smtpPort] = [env['PORT'] ?? await freePort(), await freePort()]
  const startedAt = performance.now()
  const child = spawn(process.execPath, ['--no-warnings', 'server/main.ts'], {
    cwd: root,
    env: {
      ...process.env, NODE_ENV: '', DEMO: '0', PORT: String(port), SMTP_PORT: String(smtpPort), DATA_DIR: dataDir, LOG_LEVEL: 'error', ADMIN_EMAIL: admin.email, ADMIN_PASSWORD: admin.password,
      TWILIO_ACCOUNT_SID: twilio.accountSid, TWILIO_AUTH_TOKEN: twilio.authToken, TWILIO_API_URL: 'http://127.0.0.1:9', ...env,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const url = `http://127.0.0.1:${port}`
  while ((await fetch(`${url}/readyz`).then((answer) => answer.ok, () => false)) === false) {
    if (child.exitCode !== null) throw new Error(`the hub ended with ${child.exitCode}`)
    await sleep(10)
  }
  const readyMs = performance.now() - startedAt
  return {
    url, dataDir, child, readyMs,
    get databaseUrl() { return env['DATABASE_URL'] ?? embeddedUrl(dataDir) },
    rssMb: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024,
    async stop() {
      const ended = new Promise((resolve) => { child.once('exit', resolve) })
      child.kill('SIGTERM')
      await ended
      if (!keep) rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

function embeddedUrl(dataDir: string): string {
  const data = path.join(dataDir, 'postgres')
  const [, , , port, socketFolder] = readFileSync(path.join(data, 'postmaster.pid'), 'utf8').split('\n')
  return `postgres://tributary:${readFileSync(path.join(data, 'tributary-password'), 'utf8').trim()}@${socketFolder ? encodeURIComponent(socketFolder) : '127.0.0.1'}:${port}/tributary`
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

/** A signed-in program: cookie and JSON. */
export async function signIn(url: string): Promise<{ cookie: string; call<T>(method: string, route: string, body?: unknown): Promise<T> }> {
  const ask = (): Promise<Response> => fetch(`${url}/api/v1/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(admin) })
  let answer = await ask()
  // Doors open before the first administrator is made.
  for (const end = performance.now() + 5_000; !answer.ok && performance.now() < end; answer = await ask()) await sleep(100)
  if (!answer.ok) throw new Error(`sign-in: ${answer.status}`)
  const cookie = answer.headers.getSetCookie().map((one) => one.split(';')[0]).join('; ')
  return {
    cookie,
    async call<T>(method: string, route: string, body?: unknown) {
      const response = await fetch(`${url}/api/v1${route}`, { method, headers: { cookie, origin: url, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
      if (!response.ok) throw new Error(`${method} ${route}: ${response.status} ${await response.text()}`)
      return (response.status === 204 ? undefined : await response.json()) as T
    },
  }
}
