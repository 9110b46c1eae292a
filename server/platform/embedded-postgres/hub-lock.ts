import os from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { isAlive } from './process.ts'
import { StartError } from '../start-error.ts'

/** "tributary" cut to a number; with the database it names the lock. */
const lockKey = 1_953_656_162
const applicationPrefix = 'tributary hub'

export interface HubLock {
  release(): Promise<void>
}

interface Holder {
  pid: number
  host: string
}

/**
 * Makes this process the database's one hub until `release`, or throws a `StartError` that tells who is. Held on a
 * connection of its own; if that breaks (the database restarts) the lock is taken again, and `onLost` hears it when
 * another hub was faster.
 */
export async function acquireHubLock(url: string, onLost?: (error: StartError) => void): Promise<HubLock> {
  let released = false
  let client = await takeLock(url)
  const watch = () => client.once('end', () => void retake())
  const retake = async (): Promise<void> => {
    if (released) return
    try {
      client = await takeLock(url)
      if (released) await client.end()
      else watch()
    } catch (error) {
      if (error instanceof StartError) return onLost?.(error)
      await sleep(500, undefined, { ref: false })
      return retake()
    }
  }
  watch()
  return {
    async release() {
      released = true
      await client.end().catch(() => {}) // already broken
    },
  }
}

/** The hub that holds the database now, if it is not this process. */
export async function findOtherHub(url: string): Promise<Holder | undefined> {
  const client = await connect(url, 'tributary look')
  try {
    return await readHolder(client)
  } finally {
    await client.end()
  }
}

export function hubIsTaken(holder: Holder): StartError {
  const where = holder.host === os.hostname() ? '' : ` on ${holder.host}`
  return new StartError(`Another Tributary hub (process ${holder.pid}${where}) already runs on this database.`, 'Stop that one first, or give this one its own DATA_DIR or DATABASE_URL.')
}

async function takeLock(url: string): Promise<Client> {
  const client = await connect(url, `${applicationPrefix} ${process.pid} ${os.hostname()}`)
  // A hub that was killed this instant is still known to the database until its connections are noticed as closed.
  for (let attempt = 0; ; attempt++) {
    const { rows } = await client.query<{ taken: boolean }>('select pg_try_advisory_lock($1) as taken', [lockKey])
    if (rows[0]?.taken) return client
    const holder = await readHolder(client)
    const mayEnd = !holder || (holder.host === os.hostname() && !isAlive(holder.pid))
    if (attempt >= 40 || !mayEnd) {
      await client.end()
      throw hubIsTaken(holder ?? { pid: 0, host: 'an unknown machine' })
    }
    await sleep(50)
  }
}

async function readHolder(client: Client): Promise<Holder | undefined> {
  const { rows } = await client.query<{ name: string }>(
    `select a.application_name as name from pg_locks l join pg_stat_activity a on a.pid = l.pid
     where l.locktype = 'advisory' and l.granted and l.objsubid = 1 and (l.classid::bigint << 32 | l.objid::bigint) = $1
       and l.database = (select oid from pg_database where datname = current_database())`,
    [lockKey],
  )
  const name = rows[0]?.name
  if (name === undefined) return undefined
  const [pid, host] = name.slice(applicationPrefix.length + 1).split(' ')
  return Number(pid) === process.pid && host === os.hostname() ? undefined : { pid: Number(pid), host: host ?? '?' }
}

async function connect(url: string, applicationName: string): Promise<Client> {
  const client = new Client({ connectionString: url, application_name: applicationName.slice(0, 63), connectionTimeoutMillis: 5000, keepAlive: true })
  client.on('error', () => {}) // 'end' follows, and is listened to
  await client.connect()
  return client
}
