import type { Duplex } from 'node:stream'
import type { PoolClient, QueryConfig } from 'pg'
import { statementName } from './statement-name.ts'

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

const corked = new WeakSet<Duplex>()

/** Statements sent in one turn of the event loop leave in one write: a write to a socket costs more than building a statement. */
export function asOneWrite<T>(client: PoolClient, statement: T): T {
  const { stream } = (client as unknown as { connection: { stream: Duplex } }).connection
  if (!corked.has(stream)) {
    corked.add(stream)
    stream.cork()
    process.nextTick(() => {
      corked.delete(stream)
      stream.uncork()
    })
  }
  return statement
}

export function onClient(client: PoolClient): Statements {
  const run = (sql: string, values: readonly unknown[] = []) => client.query(asOneWrite(client, { text: sql, values: [...values], name: statementName(sql) } as QueryConfig))
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
