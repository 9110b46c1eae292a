/**
 * The first two minutes of a newcomer, with the process `npm start` runs: one page of text, nothing left behind, what may go wrong
 * told in one line. Over 10 s: each case starts a whole hub with its own database.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'

const root = path.join(import.meta.dirname, '../..')
let dataDir: string
let ports: { port: number; smtp: number }

interface Started {
  child: ChildProcess
  output(): string
  until(text: RegExp): Promise<string>
  ended: Promise<number | null>
}

const running = new Set<ChildProcess>()

function start(env: Record<string, string> = {}): Started {
  const child = spawn(process.execPath, ['--no-warnings', 'server/main.ts'], {
    cwd: root, detached: true, stdio: ['ignore', 'pipe', 'pipe'],
    // With what it compiled itself, as a newcomer's.
    env: { ...process.env, NODE_COMPILE_CACHE: '', NODE_ENV: '', DEMO_HISTORY: '0', DATA_DIR: dataDir, PORT: String(ports.port), SMTP_PORT: String(ports.smtp), DATABASE_URL: '', REDIS_URL: '', ...env },
  })
  running.add(child)
  let output = ''
  const watchers = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      for (const watch of watchers) watch()
    })
  }
  const ended = new Promise<number | null>((resolve) => { child.once('exit', resolve) })
  return {
    child, ended,
    output: () => output,
    until: (text) => new Promise((resolve, reject) => {
      const watch = (): void => {
        if (!text.test(output)) return
        watchers.delete(watch)
        resolve(output)
      }
      watchers.add(watch)
      void ended.then((code) => reject(new Error(`ended with ${code}: ${output}`)))
      watch()
    }),
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

/** The embedded server's process, from the folder the start page names. */
function databasePid(page: string): number {
  const folder = /Data\s+(\S+)/.exec(page)?.[1] ?? ''
  return Number(readFileSync(path.join(folder, 'postmaster.pid'), 'utf8').split('\n')[0])
}

beforeAll(async () => {
  dataDir = mkdtempSync(path.join(os.tmpdir(), 'tributary-start-'))
  chmodSync(dataDir, 0o711)
  ports = { port: await freePort(), smtp: await freePort() }
})
afterEach(async () => {
  const left = [...running].filter((child) => child.exitCode === null && child.signalCode === null)
  running.clear()
  await Promise.all(left.map((child) => new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.kill('SIGTERM')
  })))
})
afterAll(() => rmSync(dataDir, { recursive: true, force: true }))

describe('npm start', () => {
  test('prints one page that says what to open and who to be, keeps its data, and leaves no process behind', { timeout: 90_000 }, async () => {
    const first = start()
    const page = await first.until(/Ctrl-C/)
    expect(page).toContain(`http://127.0.0.1:${ports.port}/`)
    expect(page).toMatch(/Website .*\/demo/)
    expect(page).toMatch(/Simulator .*\/simulator/)
    expect(page).toMatch(/agent +lena@/)
    expect(page.split('\n').length).toBeLessThan(30)
    const answers = await Promise.all(['/readyz', '/', '/demo', '/simulator/index.html', '/widget.js', '/api/v1/openapi.json'].map((address) => fetch(`http://127.0.0.1:${ports.port}${address}`).then((answer) => answer.status)))
    expect(answers).toEqual([200, 200, 200, 200, 200, 200])
    const database = databasePid(page)
    const accounts = await count(page)

    process.kill(-first.child.pid!, 'SIGINT')
    process.kill(-first.child.pid!, 'SIGINT')
    expect(await first.ended).toBe(0)
    expect(isAlive(database)).toBe(false)

    const second = start()
    await second.until(/Ctrl-C/)
    expect(await count(second.output())).toBe(accounts)

    process.kill(second.child.pid!, 'SIGKILL')
    await second.ended
    const third = start()
    expect(await count(await third.until(/Ctrl-C/))).toBe(accounts)

    const rival = start({ PORT: String(await freePort()), SMTP_PORT: String(await freePort()) })
    expect(await rival.ended).toBe(1)
    expect(rival.output().trim().split('\n').length).toBeLessThanOrEqual(2)
    expect(rival.output()).toMatch(/already|another|runs/i)

    third.child.kill('SIGTERM')
    expect(await third.ended).toBe(0)
  })

  test('says in one line that its port is taken', { timeout: 60_000 }, async () => {
    const other = createServer()
    await new Promise<void>((resolve) => { other.listen(ports.port, '127.0.0.1', () => resolve()) })
    const hub = start()
    expect(await hub.ended).toBe(1)
    expect(hub.output()).toContain(`Port ${ports.port} is taken`)
    expect(hub.output().trim().split('\n').length).toBeLessThanOrEqual(2)
    await new Promise((resolve) => { other.close(resolve) })
  })

  test('refuses production without a secret, and starts nothing', async () => {
    const hub = start({ NODE_ENV: 'production', SESSION_SECRET: '' })
    expect(await hub.ended).toBe(1)
    expect(hub.output()).toContain('SESSION_SECRET is missing')
    expect(existsSync(path.join(dataDir, 'postmaster.pid'))).toBe(false)
  })
})

/** Rows that only a kept database still has, asked through the start page's own sign-in. */
async function count(page: string): Promise<number> {
  const [, email, password] = /admin +(\S+) +(\S+)/.exec(page) ?? []
  const base = `http://127.0.0.1:${ports.port}`
  const session = await fetch(`${base}/api/v1/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ email, password }) })
  const cookie = session.headers.getSetCookie().map((one) => one.split(';')[0]).join('; ')
  const answer = await fetch(`${base}/api/v1/channel-accounts`, { headers: { cookie } })
  return ((await answer.json()) as { items: unknown[] }).items.length
}
