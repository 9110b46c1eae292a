import { refusal, type Refusal } from '../../platform/errors.ts'

export function followUpClosed(): Refusal {
  return refusal('follow-up.closed', 409, 'This follow-up is closed already.')
}

export function notFollowUpOwner(): Refusal {
  return refusal('follow-up.not-owner', 403, 'Somebody else has it: only they or a supervisor can change it.')
}

/** `facts.missing` names what is missing. */
export function followUpIncomplete(missing: 'remedy' | 'cause' | 'department' | 'recheck'): Refusal {
  return refusal('follow-up.incomplete', 400, 'Say what was done, why it happened and who repairs it, and that you checked with the customer.', { missing })
}

export function unknownInFollowUp(what: 'owner' | 'cause' | 'department' | 'contact'): Refusal {
  return refusal('follow-up.unknown', 400, 'Choose one that is in use.', { what })
}

export function followUpNameTaken(): Refusal {
  return refusal('follow-up.name-taken', 409, 'There is one of this name already.')
}

export function recheckOnItsWay(): Refusal {
  return refusal('follow-up.recheck-on-its-way', 409, 'The customer was asked already; their answer or the end of its time comes by itself.')
}

export function noContactToRecheck(): Refusal {
  return refusal('follow-up.no-contact', 409, 'This follow-up belongs to no contact. Ask the customer yourself, and say so here.')
}
