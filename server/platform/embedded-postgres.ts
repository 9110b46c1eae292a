/**
 * The database of `npm start`: a real PostgreSQL, a child process, its data below DATA_DIR. Nothing in here is needed
 * when DATABASE_URL is set, but the hub's lock.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import type { Logger } from 'pino'
import { databaseAccount, type Account } from './embedded-postgres/account.ts'
import { asBatch } from './embedded-postgres/batch.ts'
import { findBinaries, type Binaries } from './embedded-postgres/binaries.ts'
import { placeDataFolder, prepareDataFolder, programOptions, readPassword } from './embedded-postgres/data-folder.ts'
import { findOtherHub, hubIsTaken } from './embedded-postgres/hub-lock.ts'
import { findRunningServer, isAlive, stopServer, type RunningServer } from './embedded-postgres/process.ts'
import { rememberedPort } from './ports.ts'
import { healthyAfterMs, restartWaitMs } from './embedded-postgres/restarts.ts'
import { fileStartError, StartError } from './start-error.ts'

export { acquireHubLock, type HubLock } from './embedded-postgres/hub-lock.ts'
export { StartError } from './start-error.ts'

export interface EmbeddedPostgres {
  url: string
  dataPath: string
  /** Stops the server, unless another hub has taken it over meanwhile. */
  stop(): Promise<void>
}

export interface EmbeddedPostgresOptions {
  /** Server settings, for tests: `{ fsync: 'off' }`. */
  settings?: Record<string, string>
}

const readyTimeoutMs = 30_000
const launchesMax = 10

/**
 * Starts the database of this DATA_DIR, or takes over the one a killed hub left running. Makes it first if there is none.
 * Everything that can be wrong with the machine or the folder is thrown as `StartError`.
 */
export async function startEmbeddedPostgres(dataDir: string, logger: Logger, options: EmbeddedPostgresOptions = {}): Promise<EmbeddedPostgres> {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o711 })
    const account = databaseAccount()
    const binaries = findBinaries(account)
    const dataPath = placeDataFolder(path.resolve(dataDir), account)
    await prepareDataFolder(dataPath, binaries, account)
    return await startOn({ dataDir, dataPath, binaries, account, password: readPassword(dataPath), logger, settings: options.settings ?? {} })
  } catch (error) {
    throw asStartError(error, dataDir)
  }
}

interface Place {
  dataDir: string
  dataPath: string
  binaries: Binaries
  account: Account | undefined
  password: string
  logger: Logger
  settings: Record<string, string>
}

async function startOn(place: Place): Promise<EmbeddedPostgres> {
  let server = (await adopt(place)) ?? (await launch(place))
  const url = urlOf(place, server.port)
  let stopping = false
  let restarts = 0
  let startedAt = performance.now()
  let dueAt: number | null = null
  let restarting: Promise<void> | undefined

  const restart = async () => {
    try {
      server = await launch(place, server.port)
    } catch (error) {
      place.logger.error({ err: asStartError(error, place.dataDir) }, 'database could not be started again')
    } finally {
      restarting = undefined
      startedAt = performance.now()
    }
  }
  // Polled, not listened to: a server that was taken over is nobody's child.
  const watch = setInterval(() => {
    if (stopping || restarting || isAlive(server.pid)) return
    const now = performance.now()
    if (dueAt === null) {
      restarts = now - startedAt > healthyAfterMs ? 1 : restarts + 1
      const waitMs = restartWaitMs(restarts)
      dueAt = now + waitMs
      place.logger.error({ pid: server.pid, restarts, waitMs }, 'database ended unexpectedly, starting it again')
    }
    if (now < dueAt) return
    dueAt = null
    restarting = restart()
  }, 250).unref()

  return {
    url,
    dataPath: place.dataPath,
    async stop() {
      stopping = true
      clearInterval(watch)
      await restarting
      const running = findRunningServer(place.dataPath)
      if (!running) return
      const other = await findOtherHub(url).catch(() => undefined)
      if (other) place.logger.warn({ hub: other.pid }, 'another hub uses the database now, it is left running')
      else await stopServer(running.pid, place.dataPath)
    },
  }
}

/** A hub that was killed left its server behind: usable as it is, unless a living hub works on it. */
async function adopt(place: Place): Promise<RunningServer | undefined> {
  const running = findRunningServer(place.dataPath)
  if (!running) return undefined
  const url = urlOf(place, running.port)
  // It may be in the middle of starting or stopping, or recover what it wrote last.
  for (const deadline = Date.now() + readyTimeoutMs; Date.now() < deadline && isAlive(running.pid); await sleep(25)) {
    if (!running.port) break
    if (!(await ensureDatabase(url))) continue
    const other = await findOtherHub(url)
    if (other && isAlive(other.pid)) throw hubIsTaken(other)
    place.logger.info({ pid: running.pid }, 'database left by an earlier hub taken over')
    return running
  }
  await stopServer(running.pid, place.dataPath)
  return undefined
}

/**
 * What a statement costs besides its work: its text is not copied to where nobody looks and the process is not renamed, and what a
 * transaction of ours locks (tables and their indexes, about a hundred) fits into the slots a connection has for itself.
 */
const cheaperStatements = { update_process_title: 'off', track_activity_query_size: '128', max_locks_per_transaction: '256' }

async function launch(place: Place, fixedPort?: number): Promise<RunningServer> {
  for (let attempt = 1; ; attempt++) {
    const port = fixedPort ?? (await rememberedPort(place.dataDir, 'postgres'))
    const settings = Object.entries({
      listen_addresses: '127.0.0.1', unix_socket_directories: socketFits(place.dataPath) ? place.dataPath : '', max_connections: '100', log_min_messages: 'fatal', ...cheaperStatements, ...place.settings,
    }).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const child = spawn(...asBatch(place.binaries.postgres, ['-D', place.dataPath, '-p', String(port), ...settings]), {
      ...programOptions(place.binaries, place.account), stdio: ['ignore', 'ignore', 'pipe'],
      detached: true, // its own group: Ctrl-C must reach the hub first
    })
    let output = ''
    child.stderr.on('data', (chunk: Buffer) => { output = (output + chunk.toString()).slice(-2000) })
    child.once('error', (error) => { output += error.message })
    const hasEnded = () => child.pid === undefined || child.exitCode !== null || child.signalCode !== null
    const deadline = Date.now() + readyTimeoutMs
    while (!hasEnded() && Date.now() < deadline) {
      // Two starts at once may have taken the same port: what answers there must be this child.
      if ((await ensureDatabase(urlOf(place, port))) && !hasEnded() && findRunningServer(place.dataPath)?.pid === child.pid) {
        child.unref()
        ;(child.stderr as unknown as { unref(): void }).unref() // a pipe's socket; the type says only Readable
        return { pid: child.pid!, port }
      }
      await sleep(15)
    }
    if (!hasEnded()) {
      child.kill('SIGKILL')
      throw new Error(`PostgreSQL was not ready after ${readyTimeoutMs / 1000} s: ${output}`)
    }
    const adopted = await adopt(place) // another start was faster
    if (adopted) return adopted
    await sleep(200) // its last words may still be on their way, and a killed server's processes need a moment to end
    if (attempt === launchesMax || !/already exists|in use|shared memory|TCP\/IP sockets/.test(output)) throw new Error(output || 'PostgreSQL ended without a word')
  }
}

/** A round trip through the server's socket file costs half of one through TCP; where there is none yet, or its path would be too long, it is TCP. */
function urlOf(place: Place, port: number): string {
  const host = socketFits(place.dataPath) && existsSync(path.join(place.dataPath, `.s.PGSQL.${port}`)) ? encodeURIComponent(place.dataPath) : '127.0.0.1'
  return `postgres://tributary:${place.password}@${host}:${port}/tributary`
}

/** Systems hold the path of a socket in 104 bytes or a few more; its name takes 16 of them. */
function socketFits(dataPath: string): boolean {
  return Buffer.byteLength(dataPath) <= 87
}

/** Whether the server answers; makes the database `tributary` when a first start was cut off before that. */
async function ensureDatabase(url: string): Promise<boolean> {
  if (await runOnce(url, 'select 1')) return true
  const postgres = new URL(url)
  postgres.pathname = '/postgres'
  return (await runOnce(postgres.href, 'create database tributary')) && runOnce(url, 'select 1')
}

async function runOnce(url: string, sql: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2000 })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query(sql)
    return true
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    if (code === '28P01') throw new StartError('The database refuses the password kept in its own data folder.', 'Restore that folder as it was, or set DATA_DIR to another one.')
    if (code === '53100' || /No space left|wrote only/.test(message)) throw error
    return false
  } finally {
    await client.end().catch(() => {})
  }
}

function asStartError(error: unknown, dataDir: string): StartError {
  if (error instanceof StartError) return error
  const { code, message, stderr } = error as { code?: string; message: string; stderr?: string }
  const text = `${stderr ?? ''} ${message}`
  const said = (/(?:FATAL|PANIC|error|ERROR): .*/.exec(text)?.[0] ?? text.trim().split('\n')[0] ?? '').slice(0, 300)
  // PostgreSQL in the middle of a page says "wrote only 4096 of 8192 bytes".
  if (code === '53100' || /No space left on device|disk quota|wrote only \d+ of/i.test(text)) return new StartError('The disk is full: the database cannot write.', 'Free some space and start again.')
  if (code === 'ENOENT' || /error while loading shared libraries/.test(text)) return new StartError(`PostgreSQL's programs do not run on this system: ${said}.`, 'They need Linux with glibc, or macOS; elsewhere set DATABASE_URL.')
  return fileStartError(error, dataDir) ?? new StartError(`The database did not start: ${said}.`, 'Set DATABASE_URL to use a PostgreSQL of your own.')
}
