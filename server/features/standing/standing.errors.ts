import { refusal, type Refusal } from '../../platform/errors.ts'

export function notYetStanding(): Refusal {
  return refusal('standing.not-yet', 404, 'This customer’s stage has not been worked out yet.')
}
