import { STATUS_CODES } from 'node:http'
import type { Problem } from '#contract/api/common.ts'
import { Refusal, RetryLater } from './errors.ts'

/** What leaves the server when a request fails; `isBug` asks the handler to log the error with its stack. */
export type FailedAnswer = { problem: Problem; retryAfterSeconds?: number; isBug: boolean }

/** Errors of the body parser and of Express carry a status and a type; only these few are spoken of by name. */
const codesByParserType: Record<string, [code: string, detail: string]> = {
  'entity.parse.failed': ['request.malformed', 'The body is not valid JSON.'],
  'entity.too.large': ['request.too-large', 'The body is too large.'],
  'encoding.unsupported': ['request.unsupported-encoding', 'This content encoding is not accepted.'],
  'charset.unsupported': ['request.unsupported-encoding', 'This character set is not accepted.'],
  'parameters.too.many': ['request.too-large', 'The body has too many parameters.'],
}

/** Translates any error to the one shape callers see. Nothing of an unknown error's text gets out. */
export function answerFor(error: unknown): FailedAnswer {
  if (error instanceof Refusal) return { problem: problemOf(error), isBug: false, ...retryAfter(error.facts?.['retryAfterMs']) }
  if (isDatabaseUnavailable(error)) {
    return { problem: problem(503, 'database.unavailable', 'The database cannot be reached. Try again shortly.'), retryAfterSeconds: 5, isBug: false }
  }
  if (error instanceof RetryLater) {
    return { problem: problem(503, 'service.busy', 'This cannot be done right now. Try again shortly.'), isBug: false, ...retryAfter(error.retryAfterMs) }
  }
  const status = clientErrorStatus(error)
  if (status !== undefined) {
    const [code, detail] = codesByParserType[typeOf(error)] ?? ['request.malformed', 'The request cannot be read.']
    return { problem: problem(status, code, detail), isBug: false }
  }
  return { problem: problem(500, 'internal', 'Something went wrong on our side.'), isBug: true }
}

export function problem(status: number, code: string, detail: string): Problem {
  return { type: `urn:tributary:problem:${code}`, title: STATUS_CODES[status] ?? 'Error', status, code, detail }
}

function problemOf(refused: Refusal): Problem {
  return {
    type: `urn:tributary:problem:${refused.code}`,
    title: STATUS_CODES[refused.status] ?? 'Error',
    status: refused.status,
    code: refused.code,
    ...(refused.detail === undefined ? {} : { detail: refused.detail }),
    ...(refused.facts === undefined ? {} : { facts: refused.facts }),
    ...(refused.fields === undefined ? {} : { errors: [...refused.fields] }),
  }
}

function retryAfter(ms: string | number | undefined): { retryAfterSeconds?: number } {
  return typeof ms === 'number' ? { retryAfterSeconds: Math.max(1, Math.ceil(ms / 1000)) } : {}
}

/** By name, so that this file needs no database: `db.ts` throws it when no connection can be had in time. */
function isDatabaseUnavailable(error: unknown): boolean {
  return error instanceof Error && error.name === 'DatabaseUnavailable'
}

function clientErrorStatus(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return undefined
  return error.status >= 400 && error.status < 500 ? error.status : undefined
}

function typeOf(error: unknown): string {
  return error instanceof Error && 'type' in error && typeof error.type === 'string' ? error.type : ''
}
