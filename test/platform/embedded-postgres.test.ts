import { spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { acquireHubLock, startEmbeddedPostgres, type EmbeddedPostgres } from '#server/platform/embedded-postgres.ts'
import { restartWaitMs } from '#server/platform/embedded-postgres/restarts.ts'
import { findRunningServer, stopServer } from '#server/platform/embedded-postgres/process.ts'
import { StartError } from '#server/platform/start-error.ts'
import { expectErrorLog, testLogger } from '../support/logger.ts'

let folder: string
let dataPath: string
const started: EmbeddedPostgres[] = []
const children: ChildProcess[] = []

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'tributary-pg-'))
  chmodSync(folder, 0o711)
  dataPath = path.join(folder, 'postgres')
})
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const server of started.splice(0)) await server.stop()
  const left = findRunningServer(dataPath)
  if (left) await stopServer(left.pid, dataPath)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function start(): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres(folder, testLogger())
  started.push(server)
  return server
}

/** A hub of its own process: starts the database and, if told so, takes the lock; says "ready" and stays. */
async function startHub(lock: boolean): Promise<ChildProcess> {
  const root = path.join(import.meta.dirname, '../..')
  const code = `
    const { startEmbeddedPostgres, acquireHubLock } = await import('#server/platform/embedded-postgres.ts')
    const { createLogger } = await import('#server/platform/logger.ts')
    const server = await startEmbeddedPostgres(${JSON.stringify(folder)}, createLogger('silent'))
    ${lock ? 'await acquireHubLock(server.url)' : ''}
    console.log('ready')
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', code], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  await new Promise((resolve, reject) => {
    child.stdout!.once('data', resolve)
    child.once('exit', () => reject(new Error('the hub ended')))
  })
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => { child.once('exit', resolve) })
  child.kill('SIGKILL')
  await gone
}

async function ask<T>(url: string, sql: string): Promise<T[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows as T[]
  } finally {
    await client.end()
  }
}

test('starts from nothing, keeps what was written over a stop, and keeps its port', async () => {
  const first = await start()
  await ask(first.url, 'create table kept (id int)')
  expect(statSync(path.join(dataPath, 'tributary-password')).mode & 0o777).toBe(0o600)
  await first.stop()
  expect(findRunningServer(dataPath)).toBeUndefined()
  const second = await start()
  expect(second.url).toBe(first.url)
  expect(await ask(second.url, `select count(*)::int as n from kept`)).toEqual([{ n: 0 }])
})

test('knows letters of all scripts', async () => {
  const { url } = await start()
  expect(await ask(url, `select lower('ÉMILIE') as lower, '陈美' ~ '^\\w+$' as word`)).toEqual([{ lower: 'émilie', word: true }])
})

test('is reached through its socket file, or through TCP where the path would be too long', async () => {
  expect(new URL((await start()).url).hostname).toBe(encodeURIComponent(path.join(folder, 'postgres')))
  const deep = path.join(folder, 'a'.repeat(90))
  const other = await startEmbeddedPostgres(deep, testLogger())
  started.push(other)
  expect(new URL(other.url).hostname).toBe('127.0.0.1')
  expect(await ask(other.url, 'select 1 as n')).toEqual([{ n: 1 }])
})

test.skipIf(process.platform !== 'linux' || !existsSync('/usr/bin/chrt'))('its processes push nobody aside who sent them something', async () => {
  await start()
  const { pid } = findRunningServer(dataPath)!
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
  // Field 41 of proc_pid_stat(5) is the policy; 3 is SCHED_BATCH. The name, the second, may hold spaces. A connection may have ended meanwhile.
  const policies = [pid, ...children].flatMap((id) => {
    try {
      return [readFileSync(`/proc/${id}/stat`, 'utf8').split(') ').at(-1)!.split(' ')[41 - 3]]
    } catch {
      return []
    }
  })
  expect(policies.length).toBeGreaterThan(1)
  expect(new Set(policies)).toEqual(new Set(['3']))
})

test('takes over the server of a hub that was killed', async () => {
  const hub = await startHub(true)
  const before = findRunningServer(dataPath)!
  await kill(hub)
  await start()
  expect(findRunningServer(dataPath)?.pid).toBe(before.pid)
})

test('starts after hub and server were killed', async () => {
  const hub = await startHub(true)
  const before = findRunningServer(dataPath)!
  await kill(hub)
  process.kill(before.pid, 'SIGKILL')
  const { url } = await start()
  expect(await ask(url, 'select 1 as n')).toEqual([{ n: 1 }])
})

test('starts when the number in the pid file now belongs to another program', async () => {
  await (await start()).stop()
  writeFileSync(path.join(dataPath, 'postmaster.pid'), `${process.pid}\n${dataPath}\n0\n5432\n`)
  expect(await ask((await start()).url, 'select 1 as n')).toEqual([{ n: 1 }])
})

test('starts the server again when only that was killed', async () => {
  expectErrorLog(/database ended unexpectedly/)
  const { url } = await start()
  process.kill(findRunningServer(dataPath)!.pid, 'SIGKILL')
  await vi.waitFor(() => ask(url, 'select 1'), { timeout: 8000, interval: 50 })
})

test('a server that ends again and again is started again, later each time, and never given up', () => {
  expect([1, 5, 6, 7, 8, 12, 1_000].map(restartWaitMs)).toEqual([0, 0, 1_000, 2_000, 4_000, 60_000, 60_000])
})

test('a second hub is told who runs on the folder, and does the first no harm', async () => {
  const hub = await startHub(true)
  await expect(startEmbeddedPostgres(folder, testLogger())).rejects.toThrow(`Another Tributary hub (process ${hub.pid}) already runs on this database.`)
  expect(findRunningServer(dataPath)).toBeDefined()
})

test('a hub that lost the race for the lock leaves the server to the winner', async () => {
  const mine = await startEmbeddedPostgres(folder, testLogger())
  const hub = await startHub(true)
  await expect(acquireHubLock(mine.url)).rejects.toThrow(StartError)
  await mine.stop()
  expect(findRunningServer(dataPath)).toBeDefined()
  await kill(hub)
})

test('two starts at once on a new folder: both find the one database', async () => {
  const fresh = mkdtempSync(path.join(os.tmpdir(), 'tributary-pg-'))
  chmodSync(fresh, 0o711)
  const [one, other] = await Promise.all([startEmbeddedPostgres(fresh, testLogger()), sleep(5).then(() => startEmbeddedPostgres(fresh, testLogger()))])
  expect(other.url).toBe(one.url)
  await Promise.all([one.stop(), other.stop()])
  rmSync(fresh, { recursive: true, force: true })
}, 30_000)

test('a folder of another version, without a password, or with other files is refused in one line', async () => {
  const version = path.join(dataPath, 'PG_VERSION')
  writeFileSync(version, '16\n')
  await expect(start()).rejects.toThrow(/was made by PostgreSQL 16, this is PostgreSQL 18/)
  writeFileSync(version, '18\n')

  const password = path.join(dataPath, 'tributary-password')
  const kept = readFileSync(password)
  rmSync(password)
  await expect(start()).rejects.toThrow(/no file "tributary-password"/)
  writeFileSync(password, kept, { mode: 0o600 })

  const other = mkdtempSync(path.join(os.tmpdir(), 'tributary-pg-'))
  chmodSync(other, 0o711)
  mkdirSync(path.join(other, 'postgres'))
  writeFileSync(path.join(other, 'postgres', 'letter.txt'), 'Dear Sir')
  await expect(startEmbeddedPostgres(other, testLogger())).rejects.toThrow(/holds files but no PostgreSQL database/)
  rmSync(other, { recursive: true, force: true })
})

test('a lost lock connection is taken again', async () => {
  const { url } = await start()
  const lock = await acquireHubLock(url)
  await ask(url, `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'tributary hub %'`)
  await vi.waitFor(async () => expect(await ask(url, `select 1 from pg_locks where locktype = 'advisory'`)).toHaveLength(1), { timeout: 3000 })
  await lock.release()
  expect(await ask(url, `select 1 from pg_locks where locktype = 'advisory'`)).toHaveLength(0)
})
