import { refusal, type Refusal } from '../../platform/errors.ts'

/** One of the pure refusals of `contact-state`, as the caller sees it: `contact.turn-unanswered`, `contact.not-owner`, … */
export function notNow(reason: string): Refusal {
  const details: Record<string, string> = {
    'already-closed': 'This contact is closed already.',
    'already-offered': 'It is offered to somebody already.',
    'already-helping': 'They help with it already.',
    'not-owner': 'Only its owner or a supervisor can do this.',
    'live-session': 'The call or chat is still going on.',
    'turn-unanswered': 'The customer is waiting for an answer: reply, or mark that no reply is needed.',
    'disposition-missing': 'Choose how it ended.',
    'not-active': 'This can be done with an active contact only.',
    'time-passed': 'Choose a time in the future.',
    'too-far': 'Choose a time within 90 days.',
  }
  return refusal(`contact.${reason}`, 409, details[reason])
}

/** Nobody of the queue or with the skill can help now; `facts.reason` is one of the reasons to wait. */
export function nobodyFree(reason: string): Refusal {
  return refusal('consult.nobody-free', 409, 'Nobody of them can help now.', { reason })
}

export function noSuchTarget(): Refusal {
  return refusal('transfer.no-target', 400, 'Choose a colleague or a queue that is in use.')
}
