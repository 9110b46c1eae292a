/** No connection could be had, or it broke: the caller tries later. */
export class DatabaseUnavailable extends Error {
  constructor(cause: unknown) {
    super(`The database cannot be reached: ${cause instanceof Error ? cause.message || (cause as { code?: string }).code : String(cause)}`, { cause })
    this.name = 'DatabaseUnavailable'
  }
}

/** A statement of a transaction that has ended: nobody waits for it. */
export class TransactionOver extends Error {
  constructor() {
    super('This transaction is over.')
    this.name = 'TransactionOver'
  }
}

/** What a decision rests on was moved while it was locked: the transaction runs again, from its start. */
export class MovedMeanwhile extends Error {
  readonly code = 'moved'
}

/** Deadlock, serialization failure, unique violation, moved meanwhile: somebody was faster, and the decision must be taken again. */
export function isRace(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && ['40P01', '40001', '23505', 'moved'].includes(error.code)
}

/** Whether the connection behind this error is gone: socket errors, the server's shutdown (57P…), no connection (08…, 53300). */
export function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return /^(57P0[1-5]|08\w{3}|53300|25P03|E(CONNRESET|CONNREFUSED|PIPE|TIMEDOUT|NOTFOUND))$/.test(code) || /Connection terminated|not queryable|connection error/i.test(error.message)
}
