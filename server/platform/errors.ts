/**
 * The three kinds of errors. A `Refusal` is expected and shown to the caller; `RetryLater` becomes a retry (jobs)
 * or a 503 (HTTP); everything else is a bug and reaches the one handler, which logs it and answers neutrally.
 */

/** One field of a request that was refused: a path such as `hours.0.opensAt`, a stable code, a sentence. */
export type FieldError = { path: string; code: string; message: string }

/** Facts for the caller's own sentence, e.g. `{ waiting: 12 }`. Never text of customers, addresses or secrets. */
export type RefusalFacts = Record<string, string | number>

/** An expected "no". `code` is stable and public, e.g. `contact.already-closed`. */
export class Refusal extends Error {
  readonly code: string
  readonly status: number
  readonly detail: string | undefined
  readonly facts: RefusalFacts | undefined
  readonly fields: readonly FieldError[] | undefined

  constructor(code: string, status: number, detail?: string, facts?: RefusalFacts, fields?: readonly FieldError[]) {
    super(detail ?? code)
    this.name = 'Refusal'
    this.code = code
    this.status = status
    this.detail = detail
    this.facts = facts
    this.fields = fields
  }
}

/** Makes a refusal; features give their own factories names, e.g. `alreadyClosed()`. */
export function refusal(code: string, status: number, detail?: string, facts?: RefusalFacts): Refusal {
  return new Refusal(code, status, detail, facts)
}

/** 404, also for what exists but is out of the caller's sight: both look the same. */
export function notFound(): Refusal {
  return new Refusal('not-found', 404, 'There is no such thing here.')
}

/** 403: signed in, but the role does not allow it. */
export function forbidden(): Refusal {
  return new Refusal('forbidden', 403, 'Your role does not allow this.')
}

/** 400 with one entry per refused field. */
export function invalid(fields: readonly FieldError[], detail = 'The request is not valid.'): Refusal {
  return new Refusal('request.invalid', 400, detail, undefined, fields)
}

/** Something outside is down, full or limits our rate; the same call may succeed after `retryAfterMs`. */
export class RetryLater extends Error {
  readonly retryAfterMs: number

  constructor(message: string, retryAfterMs: number, options?: ErrorOptions) {
    super(message, options)
    this.name = 'RetryLater'
    this.retryAfterMs = retryAfterMs
  }
}
