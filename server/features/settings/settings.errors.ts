import { invalid, refusal } from '#server/platform/errors.ts'

export const nameTaken = () => refusal('settings.name-taken', 409, 'This name is taken, maybe by something retired.')
export const unknownReference = (what: string) => refusal('settings.unknown-reference', 404, 'Something named here does not exist.', { what })
export const inUse = (by: string, count: number) => refusal('settings.in-use', 409, 'It is still in use.', { by, count })
export const queueHasWork = (contacts: number, accounts: number) => refusal('queue.has-work', 409, 'Contacts or channel accounts still belong to this queue. Name a queue that takes them.', { contacts, accounts })
export const badTarget = () => refusal('queue.bad-target', 400, 'The other queue must be another queue in use.')
export const badCalendar = (problems: readonly { path: string; code: string }[]) => invalid(problems.map((problem) => ({ ...problem, message: problem.code })), 'These hours cannot be saved.')
export const badQueue = (refused: readonly { path: string; code: string }[]) => invalid(refused.map(({ path, code }) => ({ path, code, message: code })), 'This queue could never work that way.')
export const badAddress = (reason: string) => invalid([{ path: 'address', code: reason, message: reason }])
export const badSetting = (path: string, reason: string) => invalid([{ path, code: reason, message: reason }])
export const addressTaken = () => refusal('channel-account.address-taken', 409, 'Another account of this channel has this address.')
