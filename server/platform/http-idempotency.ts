import { createHash } from 'node:crypto'
import { refusal } from './errors.ts'

export type StoredAnswer = { status: number; response: unknown }
export type IdempotencyClaim = { key: string; staffId: string; route: string; bodyHash: string; at: Date }

/** Where keys are kept: one row per (staff, key), claimed before the work and completed after it. */
export type IdempotencyStore = {
  /** `claimed`: go on; `in-flight`: somebody works on it; else the finished row of an earlier request. */
  claim(claim: IdempotencyClaim): Promise<'claimed' | 'in-flight' | (StoredAnswer & { route: string; bodyHash: string })>
  complete(claim: IdempotencyClaim, answer: StoredAnswer): Promise<void>
  /** The work failed: the same key may be tried again. */
  release(claim: IdempotencyClaim): Promise<void>
}

/**
 * Runs `work` once per key: a repeated request gets the stored answer, the same key with another body 422, a key whose
 * first request still runs 409. NOTE: the answer is stored after the work's own commit; a crash between the two lets
 * a repeat work again after the claim's lease, so creations keep their own unique keys beside it.
 */
export async function oncePerKey(store: IdempotencyStore, claim: IdempotencyClaim, work: () => Promise<StoredAnswer>): Promise<StoredAnswer> {
  const found = await store.claim(claim)
  if (found === 'in-flight') throw refusal('idempotency.in-flight', 409, 'A request with this key is still running.')
  if (found !== 'claimed') {
    if (found.route === claim.route && found.bodyHash === claim.bodyHash) return { status: found.status, response: found.response }
    throw refusal('idempotency.other-request', 422, 'This key was used for another request.')
  }
  try {
    const answer = await work()
    await store.complete(claim, answer)
    return answer
  } catch (error) {
    await store.release(claim)
    throw error
  }
}

export function readIdempotencyKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined
  if (typeof header !== 'string' || !/^[\x21-\x7e]{1,100}$/.test(header)) {
    throw refusal('idempotency.bad-key', 400, 'Idempotency-Key must be 1 to 100 printable characters.')
  }
  return header
}

export function hashOf(body: unknown): string {
  return createHash('sha256').update(JSON.stringify(body ?? null)).digest('hex')
}
