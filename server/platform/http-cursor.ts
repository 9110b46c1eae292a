import { createHmac, timingSafeEqual } from 'node:crypto'
import { refusal } from './errors.ts'

/** The place in a list after which the next page begins: the sort key and the id of the last row. */
export type CursorValues = readonly (string | number | null)[]

/**
 * A cursor is opaque and signed, so that nobody can name a place they were not given. `scope` is the list with its
 * filters (e.g. `customers:tier=gold`): a cursor of one list does not open another.
 */
export function signCursor(secret: string, scope: string, values: CursorValues): string {
  const body = Buffer.from(JSON.stringify(values)).toString('base64url')
  return `${body}.${mac(secret, scope, body)}`
}

/** Throws `list.bad-cursor` (400) for anything this server did not sign for this list. */
export function readCursor(secret: string, scope: string, cursor: string): CursorValues {
  const [body = '', given = '', ...rest] = cursor.split('.')
  const expected = Buffer.from(mac(secret, scope, body))
  const actual = Buffer.from(given)
  if (rest.length > 0 || actual.length !== expected.length || !timingSafeEqual(actual, expected)) {
    throw refusal('list.bad-cursor', 400, 'This cursor does not belong to this list.')
  }
  // The signature proves that this very function's partner wrote the text.
  return JSON.parse(Buffer.from(body, 'base64url').toString()) as CursorValues
}

function mac(secret: string, scope: string, body: string): string {
  return createHmac('sha256', secret).update(`cursor\n${scope}\n${body}`).digest('base64url').slice(0, 22)
}
