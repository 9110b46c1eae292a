import { Refusal, refusal } from '#server/platform/errors.ts'

/** One generic text for every reason a handshake or token is not accepted: the reason is ours to count, not theirs to learn. */
export const unauthorized = (): Refusal => refusal('unauthorized', 401)
export const clientIdConflict = (): Refusal => refusal('conflict', 409, 'This message was already sent with another text.')
export const unknownAttachment = (): Refusal => refusal('not-found', 404, 'There is no such file to send.')
export const badAddress = (): Refusal => refusal('bad-address', 400, 'This is not an address we can write to.')
export const wrongCode = (): Refusal => refusal('wrong-code', 400, 'The code is wrong or no longer valid.')
export const tooMany = (): Refusal => refusal('rate-limited', 429, 'Too many attempts. Wait a little.')
export const nothingToAnswer = (): Refusal => refusal('not-found', 404)
export const alreadyAnswered = (): Refusal => refusal('already-answered', 409)
export const unavailable = (): Refusal => refusal('unavailable', 409)
