import { refusal, type Refusal } from '../../platform/errors.ts'

/** The customer cannot be written to this way now; `facts.reason` is one of the reasons of `reachability`. */
export function unreachable(reason: string): Refusal {
  return refusal('channel.unreachable', 409, 'The customer cannot be reached this way now.', { reason })
}

export function nothingToSend(): Refusal {
  return refusal('message.empty', 400, 'Write something or attach a file.')
}

export function unknownAttachment(): Refusal {
  return refusal('attachment.unknown', 400, 'An attachment is missing: upload it again.')
}

export function notFailed(): Refusal {
  return refusal('message.not-failed', 409, 'Only a message that failed can be sent again.')
}

export function alreadyOpen(): Refusal {
  return refusal('contact.already-open', 409, 'This customer has an open contact: answer there.')
}

/** The running contact is of a queue whose contacts only its own team reads and answers. */
export function contactRestricted(): Refusal {
  return refusal('contact.restricted', 403, 'Only the team of its queue answers this contact.')
}
