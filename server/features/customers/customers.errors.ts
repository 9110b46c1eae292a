import { refusal, type Refusal } from '../../platform/errors.ts'

export const mergeWithItself = (): Refusal => refusal('merge.same-customer', 400, 'A customer cannot be merged with itself.')
/** Somebody else merged one of the two first; also the loser of two merges in opposite directions. */
export const alreadyMerged = (): Refusal => refusal('merge.already-merged', 409, 'One of these customers was merged meanwhile.')
export const bothOnCalls = (): Refusal => refusal('merge.both-on-calls', 409, 'Both are on the phone now. Merge when one call has ended.')
export const alreadyUndone = (): Refusal => refusal('merge.already-undone', 409, 'This merge was undone before.')
export const notNewestMerge = (newerId: string): Refusal => refusal('merge.not-newest', 409, 'A later merge has to be undone first.', { newerMergeId: newerId })
export const mergeLostRows = (): Refusal => refusal('merge.erased', 409, 'Parts of what was merged were erased; this merge cannot be undone.')
export const alreadyDecided = (): Refusal => refusal('suggestion.already-decided', 409, 'Somebody decided this suggestion before.')
export const staleVersion = (version: number): Refusal => refusal('customer.changed', 409, 'Somebody changed this customer meanwhile.', { version })
export const noProvedAddress = (): Refusal => refusal('verify.not-proved', 409, 'A code is only sent to an address that was proved before.')
export const tooManyCodes = (): Refusal => refusal('verify.too-many', 429, 'Too many codes were sent to this address. Try again later.')
export const noAccountReaches = (): Refusal => refusal('verify.unreachable', 409, 'No account of ours reaches this address.')
export const wrongCode = (): Refusal => refusal('verify.wrong-code', 409, 'The code is wrong, used or too old.')
