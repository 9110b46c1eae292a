import { setTimeout as sleep } from 'node:timers/promises'
import { Pool, type PoolClient, type PoolConfig, type QueryConfig } from 'pg'
import { isConnectionError, isRace, DatabaseUnavailable } from './db/errors.ts'
import { statementName } from './db/statement-name.ts'
import { typeParsers } from './db/types.ts'
import { count } from './telemetry.ts'

export { DatabaseUnavailable } from './db/errors.ts'

/**
 * SQL in a transaction. Columns come back as the statement names them (`select created_at as "createdAt"`): timestamps as
 * Date, int8 and numeric as number, uuid and date as string, jsonb parsed. A JS array becomes a PostgreSQL array, so a
 * jsonb parameter that may be an array goes through `JSON.stringify`.
 */
export interface Tx {
  query<T>(sql: string, values?: readonly unknown[]): Promise<T[]>
  /** The one row there must be; anything else is a bug and throws. */
  one<T>(sql: string, values?: readonly unknown[]): Promise<T>
  /** The row, if there is one; more than one is a bug and throws. */
  maybe<T>(sql: string, values?: readonly unknown[]): Promise<T | undefined>
  /** The number of rows changed. */
  execute(sql: string, values?: readonly unknown[]): Promise<number>
}

export interface TxOptions {
  statementTimeoutMs?: number
}

/** The same outside a transaction: each statement commits by itself. */
export interface Db extends Tx {
  /**
   * Runs `fn` in a READ COMMITTED transaction, and again from its start, at most three times more, when it lost a race
   * (deadlock, serialization, unique violation). Effects outside the database belong behind the returned promise.
   */
  tx<T>(fn: (tx: Tx) => Promise<T>, options?: TxOptions): Promise<T>
  /** A connection of one's own, to be released; for locks of a session. */
  client(): Promise<PoolClient>
  /** Waiting for a connection now, and connections there are. */
  load(): { waiting: number; open: number }
  close(): Promise<void>
}

export interface DbOptions {
  max: number
  applicationName: string
  searchPath?: string
}

const acquireTimeoutMs = 2000
const statementTimeoutMs = 15_000
const idleInTransactionTimeoutMs = 30_000
const reruns = 3

/** Opens a pool; connects on first use. */
export function createDb(url: string, options: DbOptions): Db {
  const pool = new Pool({
    connectionString: url,
    max: options.max,
    application_name: options.applicationName,
    connectionTimeoutMillis: acquireTimeoutMs,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    // Statements are sent without waiting for the answer to the one before: BEGIN costs no round trip of its own.
    pipeline: true,
    types: typeParsers,
    options: [
      `-c statement_timeout=${statementTimeoutMs}`,
      `-c idle_in_transaction_session_timeout=${idleInTransactionTimeoutMs}`,
      '-c timezone=UTC',
      ...(options.searchPath ? [`-c search_path=${options.searchPath}`] : []),
    ].join(' '),
  } as PoolConfig)
  pool.on('error', () => count('databaseErrors', { kind: 'idle' }))
  // A checked-out client has no listener of the pool's: its connection's end would end the process.
  pool.on('connect', (client) => client.on('error', () => count('databaseErrors', { kind: 'lost' })))

  const acquire = async (): Promise<PoolClient> => {
    try {
      return await pool.connect()
    } catch (error) {
      count('databaseErrors', { kind: 'unavailable' })
      throw new DatabaseUnavailable(error)
    }
  }
  const outside = async <T>(use: (client: PoolClient) => Promise<T>): Promise<T> => {
    const client = await acquire()
    let broken = false
    try {
      return await use(client)
    } catch (error) {
      broken = isConnectionError(error)
      throw broken ? new DatabaseUnavailable(error) : error
    } finally {
      client.release(broken)
    }
  }
  return {
    query: (sql, values) => outside((client) => onClient(client).query(sql, values)),
    one: (sql, values) => outside((client) => onClient(client).one(sql, values)),
    maybe: (sql, values) => outside((client) => onClient(client).maybe(sql, values)),
    execute: (sql, values) => outside((client) => onClient(client).execute(sql, values)),
    async tx(fn, txOptions = {}) {
      for (let run = 0; ; run++) {
        try {
          return await runTransaction(await acquire(), fn, txOptions)
        } catch (error) {
          if (run === reruns || !isRace(error)) throw isConnectionError(error) ? new DatabaseUnavailable(error) : error
          count('transactionsRetried', { code: error.code })
          await sleep((run + Math.random()) * 8)
        }
      }
    },
    client: acquire,
    load: () => ({ waiting: pool.waitingCount, open: pool.totalCount }),
    close: () => pool.end(),
  }
}

async function runTransaction<T>(client: PoolClient, fn: (tx: Tx) => Promise<T>, options: TxOptions): Promise<T> {
  let broken = false
  try {
    const limit = options.statementTimeoutMs === undefined ? '' : `; set local statement_timeout = ${Math.trunc(options.statementTimeoutMs)}`
    const begun = client.query(`begin isolation level read committed${limit}`)
    begun.catch(() => {}) // awaited below, after `fn` has sent its statements
    const result = await fn(onClient(client))
    await begun
    const { command } = await client.query('commit')
    if (command !== 'COMMIT') throw new Error('A statement failed, its error was swallowed, and the transaction was rolled back.')
    return result
  } catch (error) {
    broken = isConnectionError(error)
    if (!broken) await client.query('rollback').catch(() => { broken = true })
    throw error
  } finally {
    client.release(broken)
  }
}

function onClient(client: PoolClient): Tx {
  const run = (sql: string, values: readonly unknown[] = []) => client.query({ text: sql, values: [...values], name: statementName(sql) } as QueryConfig)
  return {
    async query<T>(sql: string, values?: readonly unknown[]) {
      return (await run(sql, values)).rows as T[]
    },
    async one<T>(sql: string, values?: readonly unknown[]) {
      const { rows } = await run(sql, values)
      if (rows.length !== 1) throw new Error(`Expected one row, got ${rows.length}: ${firstWords(sql)}`)
      return rows[0] as T
    },
    async maybe<T>(sql: string, values?: readonly unknown[]) {
      const { rows } = await run(sql, values)
      if (rows.length > 1) throw new Error(`Expected at most one row, got ${rows.length}: ${firstWords(sql)}`)
      return rows[0] as T | undefined
    },
    async execute(sql, values) {
      return (await run(sql, values)).rowCount ?? 0
    },
  }
}

function firstWords(sql: string): string {
  return sql.trim().replaceAll(/\s+/g, ' ').slice(0, 80)
}
