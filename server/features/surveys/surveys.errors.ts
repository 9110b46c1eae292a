import { refusal, type Refusal } from '../../platform/errors.ts'

export function notReachableForRecheck(): Refusal {
  return refusal('recheck.not-reachable', 409, 'The customer cannot be asked where this contact ended. Ask them yourself, and say so here.')
}
