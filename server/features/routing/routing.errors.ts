import { refusal, type Refusal } from '../../platform/errors.ts'

/** The offer is no longer open. `facts.by` names who has the contact now, when somebody does. */
export function offerGone(by: string | null): Refusal {
  return refusal('offer.gone', 409, by ? `${by} was faster.` : 'This offer has ended.', by ? { by } : {})
}

export function contactTaken(by: string): Refusal {
  return refusal('contact.taken', 409, `${by} was faster.`, { by })
}

export function noRoom(reason: string): Refusal {
  return refusal('agent.no-room', 409, 'You have no room for this contact now.', { reason })
}

/** A supervisor's choice has no room. `facts.mayOverride`: it can be done all the same. */
export function agentFull(reason: string, mayOverride: boolean): Refusal {
  return refusal('agent.full', 409, mayOverride ? 'They have no room for this contact. Assign it all the same?' : reason === 'on-call' ? 'They are on a call.' : 'They have no room for this contact.', { reason, mayOverride: mayOverride ? 1 : 0 })
}

export function notAvailable(): Refusal {
  return refusal('agent.not-available', 409, 'Go available first.')
}
