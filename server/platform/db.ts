import { setTimeout as sleep } from 'node:timers/promises'
import { Pool, type PoolClient, type PoolConfig } from 'pg'
import { isConnectionError, isRace, DatabaseUnavailable, TransactionOver } from './db/errors.ts'
import { sessionOn, type Statements } from './db/statements.ts'
import { typeParsers } from './db/types.ts'
import { count } from './telemetry.ts'

export { DatabaseUnavailable } from './db/errors.ts'
export type { Statements } from './db/statements.ts'

/** SQL in a transaction. */
export interface Tx extends Statements {
  /**
   * Sends a statement that nobody waits for: it goes out with the next one, in order, and the transaction commits only if it
   * succeeded. A round trip costs more than most statements, so what a use case writes last needs only one.
   */
  send(sql: string, values?: readonly unknown[]): void
}

export interface TxOptions {
  statementTimeoutMs?: number
  /**
   * `generic`, the usual: a statement is planned once per connection and for all its values, because planning costs more than
   * looking a few rows up. `values`: planned for the values at hand, for what reads very many rows.
   */
  plans?: 'generic' | 'values'
  /** `fn` sends all its statements at once and decides nothing by their answers: COMMIT leaves with them. */
  commits?: 'with-its-statements'
}

/**
 * The same outside a transaction: each statement commits by itself. `query` is for lists, with filters that may be left out: it is planned
 * for the values at hand. What looks a few rows up (`one`, `maybe`, `together`) is planned once per connection, as in a transaction.
 */
export interface Db extends Statements {
  /**
   * Runs `fn` in a READ COMMITTED transaction, and again from its start, at most three times more, when it lost a race
   * (deadlock, serialization, unique violation). Effects outside the database belong behind the returned promise.
   */
  tx<T>(fn: (tx: Tx) => Promise<T>, options?: TxOptions): Promise<T>
  /** Reads on one connection: those asked for at once are sent at once. Each sees what is committed when it runs. */
  together<T>(read: (reader: Statements) => Promise<T>): Promise<T>
  /** The same for what reads very many rows (reports; the board, from another `Db` than they): on few connections of its own, so that nothing else waits for it. */
  readonly long: Pick<Db, 'query' | 'maybe' | 'tx'>
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
  /** How long somebody waits for a connection before the database counts as unavailable. */
  acquireTimeoutMs?: number
}

const acquireTimeoutMs = 2000
/**
 * A statement is planned once per connection and for all its values, and by index: a plan made while a table was small would read all
 * of it until the table is next analysed, and one by bitmap would read what is long done again with each run. To begin with workers
 * of its own, or to compile it, takes longer than a lookup does.
 */
const plannedOnce = ['-c plan_cache_mode=force_generic_plan', '-c enable_seqscan=off', '-c enable_bitmapscan=off', '-c max_parallel_workers_per_gather=0', '-c jit=off']
const plannedForValues = ['plan_cache_mode = auto', 'enable_seqscan = on', 'enable_bitmapscan = on']
/** Connections for lists, besides the others. */
const listsMax = 4
const longMax = 4
/** Who asks for a report waits for another's. */
const longAcquireTimeoutMs = 15_000
const statementTimeoutMs = 15_000
const idleInTransactionTimeoutMs = 30_000
const reruns = 3

/** Opens its pools; they connect on first use. */
export function createDb(url: string, options: DbOptions): Db {
  const open = (max: number, planning: readonly string[], patienceMs = options.acquireTimeoutMs ?? acquireTimeoutMs): Pool => {
    const pool = new Pool({
      connectionString: url,
      max,
      application_name: options.applicationName,
      connectionTimeoutMillis: patienceMs,
      // A new connection plans every statement anew: one that waits costs less.
      idleTimeoutMillis: 600_000,
      keepAlive: true,
      // Statements are sent without waiting for the answer to the one before: BEGIN costs no round trip of its own.
      pipeline: true,
      types: typeParsers,
      options: [
        `-c statement_timeout=${statementTimeoutMs}`,
        `-c idle_in_transaction_session_timeout=${idleInTransactionTimeoutMs}`,
        '-c timezone=UTC',
        // Said once per connection instead of by each BEGIN.
        '-c default_transaction_isolation=read\\ committed',
        ...planning,
        ...(options.searchPath ? [`-c search_path=${options.searchPath}`] : []),
      ].join(' '),
    } as PoolConfig)
    pool.on('error', () => count('databaseErrors', { kind: 'idle' }))
    // A checked-out client has no listener of the pool's: its connection's end would end the process.
    pool.on('connect', (client) => client.on('error', () => count('databaseErrors', { kind: 'lost' })))
    return pool
  }
  const pool = open(options.max, plannedOnce)
  const lists = open(listsMax, [])
  const long = open(longMax, [], longAcquireTimeoutMs)
  const pools = [pool, lists, long]

  const acquire = async (from = pool): Promise<PoolClient> => {
    try {
      return await from.connect()
    } catch (error) {
      count('databaseErrors', { kind: 'unavailable' })
      throw new DatabaseUnavailable(error)
    }
  }
  const outside = async <T>(use: (session: Statements) => Promise<T>, from = pool): Promise<T> => {
    const client = await acquire(from)
    const session = sessionOn(client, { inTransaction: false })
    let broken = false
    try {
      return await use(session)
    } catch (error) {
      broken = isConnectionError(error)
      throw broken ? new DatabaseUnavailable(error) : error
    } finally {
      session.end()
      client.release(broken)
    }
  }
  const transacting = (from: Pool): Db['tx'] => async (fn, txOptions = {}) => {
    for (let run = 0; ; run++) {
      try {
        return await runTransaction(await acquire(from), fn, txOptions)
      } catch (error) {
        if (run === reruns || !isRace(error)) throw isConnectionError(error) ? new DatabaseUnavailable(error) : error
        count('transactionsRetried', { code: error.code })
        await sleep((run + Math.random()) * 8)
      }
    }
  }
  return {
    query: (sql, values) => outside((session) => session.query(sql, values), lists),
    one: (sql, values) => outside((session) => session.one(sql, values)),
    maybe: (sql, values) => outside((session) => session.maybe(sql, values)),
    execute: (sql, values) => outside((session) => session.execute(sql, values)),
    tx: transacting(pool),
    long: {
      query: (sql, values) => outside((session) => session.query(sql, values), long),
      maybe: (sql, values) => outside((session) => session.maybe(sql, values), long),
      tx: transacting(long),
    },
    together: (read) => outside(read),
    client: () => acquire(),
    load: () => ({ waiting: pools.reduce((sum, { waitingCount }) => sum + waitingCount, 0), open: pools.reduce((sum, { totalCount }) => sum + totalCount, 0) }),
    close: async () => { await Promise.all(pools.map((each) => each.end())) },
  }
}

async function runTransaction<T>(client: PoolClient, fn: (tx: Tx) => Promise<T>, options: TxOptions): Promise<T> {
  let broken = false
  const session = sessionOn(client, { inTransaction: true })
  const sent: Promise<unknown>[] = []
  let failure: { error: unknown } | null = null
  const { query, one, maybe, execute } = session
  const tx: Tx = {
    query, one, maybe, execute,
    send(sql, values) {
      if (session.isOver()) throw new TransactionOver()
      // What fails behind another failure only says that the transaction is aborted: the reason is the first.
      sent.push(execute(sql, values).catch((error: unknown) => { if (!isAborted(error)) failure ??= { error } }))
    },
  }
  try {
    const begun = Promise.all(['begin', ...settingsOf(options)].map((command) => session.command(command)))
    begun.catch(() => {}) // awaited below, after `fn` has sent its statements
    const working = fn(tx)
    if (options.commits !== 'with-its-statements') await working
    // Of what was asked for at once one part may fail while another goes on: its statements would commit by themselves.
    session.end()
    const [ended, result] = await Promise.all([session.command('commit'), working, begun, ...sent])
    throwIf(failure)
    if (ended !== 'COMMIT') throw new Error('A statement failed, its error was swallowed, and the transaction was rolled back.')
    return result
  } catch (error) {
    session.end()
    await Promise.all(sent)
    const reason = failure === null ? error : (failure as { error: unknown }).error
    broken = isConnectionError(reason)
    if (!broken) await session.command('rollback').catch(() => { broken = true })
    throw reason
  } finally {
    client.release(broken)
  }
}

function settingsOf({ plans, statementTimeoutMs: limitMs }: TxOptions): string[] {
  return [...(plans === 'values' ? plannedForValues : []), ...(limitMs === undefined ? [] : [`statement_timeout = ${Math.trunc(limitMs)}`])].map((setting) => `set local ${setting}`)
}

function isAborted(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '25P02'
}

function throwIf(failure: { error: unknown } | null): void {
  if (failure !== null) throw failure.error
}
