import { refusal, type Refusal } from '../../platform/errors.ts'

export function noLiveCall(): Refusal {
  return refusal('call.not-live', 409, 'There is no call going on.')
}

export function notYourCall(): Refusal {
  return refusal('contact.not-owner', 409, 'Only its owner or a supervisor can do this.')
}
