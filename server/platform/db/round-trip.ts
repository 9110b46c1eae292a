import type { EventEmitter } from 'node:events'
import type { Duplex } from 'node:stream'
import { Query } from 'pg'
import { Messages } from './messages.ts'
import { statementName } from './statement-name.ts'
import { typeParsers } from './types.ts'

/** What a connection remembers of a statement it has prepared. */
interface Prepared {
  name: string
  /** Null where it has no rows; undefined until it has answered for the first time. */
  shape: Shape | null | undefined
}

/** By SQL. */
export type PreparedStatements = Map<string, Prepared>

interface Shape {
  names: string[]
  parsers: ((text: string) => unknown)[]
  /** Copied for each row: properties of one order, and all of them. */
  empty: Record<string, unknown>
}

export interface Answer {
  rows: unknown[]
  /** Of the command: `INSERT 0 1`. */
  tag: string
}

/** What is sent with one statement, and what has come back. */
interface Sent extends Answer {
  sql: string
  prepared: Prepared | undefined
  shape: Shape | null
  /** Of a row that could not be read. */
  failure: unknown
  resolve(answer: Answer): void
  reject(error: unknown): void
}

interface Connection {
  stream: Duplex
  sendCopyFail(reason: string): void
  sync(): void
}

const PgQuery = Query as unknown as new (sql: string) => EventEmitter // its types declare `submit` as a property

/**
 * All statements of one turn of the event loop on a connection. To the library it is one query: only its own kind may be sent without
 * waiting for the one before. They leave in one write and are answered by one: PostgreSQL is asked to make up its mind (Sync) behind the
 * last, not behind each, and a prepared statement is not asked again for the shape of its rows, which the library does each time.
 */
export class RoundTrip extends PgQuery {
  readonly statements: Sent[] = []
  private readonly messages = new Messages()
  private readonly prepared: PreparedStatements
  private readonly inTransaction: boolean
  private answered = 0

  /** Outside a transaction PostgreSQL takes what is sent at once for one: it happens or fails as a whole. */
  constructor(prepared: PreparedStatements, inTransaction: boolean) {
    super('')
    this.prepared = prepared
    this.inTransaction = inTransaction
  }

  add(sql: string, values: readonly unknown[]): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const before = this.messages.length
      const known = this.prepared.get(sql)
      try {
        if (known?.shape === undefined) {
          // One that was asked for and has not answered may yet fail: what comes right behind it goes without a name.
          const prepared = known ? undefined : this.prepare(sql)
          this.messages.parse(prepared?.name ?? '', sql)
          this.messages.bind(prepared?.name ?? '', values)
          this.messages.describe()
          if (prepared) this.prepared.set(sql, prepared)
          this.statements.push({ sql, prepared, shape: null, rows: [], tag: '', failure: undefined, resolve, reject })
        } else {
          this.messages.bind(known.name, values)
          this.statements.push({ sql, prepared: known, shape: known.shape, rows: [], tag: '', failure: undefined, resolve, reject })
        }
        this.messages.execute()
      } catch (error) {
        this.messages.length = before
        reject(error)
      }
    })
  }

  private prepare(sql: string): Prepared | undefined {
    const name = statementName(sql)
    if (name === undefined) return undefined
    this.messages.close(name) // an earlier one may have failed before or after it was prepared
    return { name, shape: undefined }
  }

  submit({ stream }: Connection): null {
    this.messages.sync()
    if (stream.writable) stream.write(this.messages.taken())
    return null
  }

  handleRowDescription({ fields }: { fields: { name: string; dataTypeID: number }[] }): void {
    this.statements[this.answered]!.shape = shapeOf(fields)
  }

  handleDataRow({ fields }: { fields: (string | null)[] }): void {
    const statement = this.statements[this.answered]!
    try {
      statement.rows.push(rowOf(statement.shape!, fields))
    } catch (error) {
      statement.failure ??= error
    }
  }

  handleCommandComplete({ text }: { text: string }): void {
    const statement = this.statements[this.answered++]!
    statement.tag = text
    if (statement.prepared) statement.prepared.shape = statement.shape
  }

  handleEmptyQuery(): void {
    this.handleCommandComplete({ text: '' })
  }

  handleReadyForQuery(): void {
    for (const statement of this.statements) settle(statement)
  }

  /** Of a statement, of the commit behind the last, or of the connection. PostgreSQL skips what is behind a failure: it fails with the same reason. */
  handleError(error: unknown): void {
    const failed = this.answered
    if (this.inTransaction) for (const statement of this.statements.slice(0, failed)) settle(statement)
    for (let i = failed; i < this.statements.length; i++) {
      const { sql, prepared, reject } = this.statements[i]!
      if (prepared && (prepared.shape === undefined || (i === failed && mustPrepareAgain(error)))) {
        if (this.prepared.get(sql) === prepared) this.prepared.delete(sql)
      }
      reject(error)
    }
    if (!this.inTransaction) for (const statement of this.statements.slice(0, failed)) statement.reject(error)
  }

  handleCopyInResponse(connection: Connection): void {
    connection.sendCopyFail('Nothing to copy')
    connection.sync() // the one that was sent was taken for a part of the copy
  }
}

function settle(statement: Sent): void {
  if (statement.failure === undefined) statement.resolve(statement)
  else statement.reject(statement.failure)
}

/** Whether tables or types changed under a prepared statement (a migration), or somebody made the connection forget it. */
function mustPrepareAgain(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(0A000|26000|42)/.test(String(error.code))
}

function shapeOf(fields: readonly { name: string; dataTypeID: number }[]): Shape {
  return {
    names: fields.map(({ name }) => name),
    parsers: fields.map(({ dataTypeID }) => typeParsers.getTypeParser(dataTypeID, 'text') as (text: string) => unknown),
    empty: Object.fromEntries(fields.map(({ name }) => [name, null])),
  }
}

function rowOf({ names, parsers, empty }: Shape, fields: readonly (string | null)[]): Record<string, unknown> {
  const row = { ...empty }
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i]!
    row[names[i]!] = field === null ? null : parsers[i]!(field)
  }
  return row
}
