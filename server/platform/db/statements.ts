import type { PoolClient, Submittable } from 'pg'
import { TransactionOver } from './errors.ts'
import { RoundTrip, type Answer, type PreparedStatements } from './round-trip.ts'

const none: readonly unknown[] = []

/**
 * SQL on one connection. Columns come back as the statement names them (`select created_at as "createdAt"`): timestamps as
 * Date, int8 and numeric as number, uuid and date as string, jsonb parsed. A JS array becomes a PostgreSQL array, so a
 * jsonb parameter that may be an array goes through `JSON.stringify`.
 */
export interface Statements {
  query<T>(sql: string, values?: readonly unknown[]): Promise<T[]>
  /** The one row there must be; anything else is a bug and throws. */
  one<T>(sql: string, values?: readonly unknown[]): Promise<T>
  /** The row, if there is one; more than one is a bug and throws. */
  maybe<T>(sql: string, values?: readonly unknown[]): Promise<T | undefined>
  /** The number of rows changed. */
  execute(sql: string, values?: readonly unknown[]): Promise<number>
}

/** The statements of whoever has a connection for now. */
export interface Session extends Statements {
  /** BEGIN, COMMIT and the like: what PostgreSQL says it has done. */
  command(sql: string): Promise<string>
  isOver(): boolean
  /** From now on it takes commands only: what else is asked for would run in the transaction of whoever has the connection next. */
  end(): void
}

/** For as long as the connection lives. */
const preparedOn = new WeakMap<PoolClient, PreparedStatements>()

/** Statements asked for in one turn of the event loop leave in one write and are answered together; they overtake nothing but what is sent past this. */
export function sessionOn(client: PoolClient, options: { inTransaction: boolean }): Session {
  const prepared: PreparedStatements = preparedOn.get(client) ?? new Map()
  preparedOn.set(client, prepared)
  let open: RoundTrip | null = null
  let isOver = false

  const begin = (): RoundTrip => {
    const begun = new RoundTrip(prepared, options.inTransaction)
    process.nextTick(() => {
      open = null
      client.query(begun as unknown as Submittable)
    })
    return begun
  }
  const run = async <A>(sql: string, values: readonly unknown[], read: (answer: Answer, sql: string) => A): Promise<A> => {
    try {
      return read(await (open ??= begin()).add(sql, values), sql)
    } catch (error) {
      // Where the answer was received says nothing; who asked does.
      if (error instanceof Error) Error.captureStackTrace(error)
      throw error
    }
  }
  const ask = <A>(sql: string, values: readonly unknown[] = none, read: (answer: Answer, sql: string) => A): Promise<A> =>
    isOver ? Promise.reject(new TransactionOver()) : run(sql, values, read)
  return {
    query: <T>(sql: string, values?: readonly unknown[]) => ask(sql, values, allRows) as Promise<T[]>,
    one: <T>(sql: string, values?: readonly unknown[]) => ask(sql, values, theRow) as Promise<T>,
    maybe: <T>(sql: string, values?: readonly unknown[]) => ask(sql, values, rowIfAny) as Promise<T | undefined>,
    execute: (sql, values) => ask(sql, values, rowsChanged),
    command: (sql) => run(sql, none, ({ tag }) => tag),
    isOver: () => isOver,
    end() { isOver = true },
  }
}

function allRows({ rows }: Answer): unknown[] {
  return rows
}

function theRow({ rows }: Answer, sql: string): unknown {
  if (rows.length !== 1) throw new Error(`Expected one row, got ${rows.length}: ${firstWords(sql)}`)
  return rows[0]
}

function rowIfAny({ rows }: Answer, sql: string): unknown {
  if (rows.length > 1) throw new Error(`Expected at most one row, got ${rows.length}: ${firstWords(sql)}`)
  return rows[0]
}

/** `INSERT 0 1`, `UPDATE 3`; `LISTEN` has none. */
function rowsChanged({ tag }: Answer): number {
  return Number(tag.slice(tag.lastIndexOf(' ') + 1)) || 0
}

function firstWords(sql: string): string {
  return sql.trim().replaceAll(/\s+/g, ' ').slice(0, 80)
}
