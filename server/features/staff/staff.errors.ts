import { refusal } from '#server/platform/errors.ts'

export const emailTaken = () => refusal('staff.email-taken', 409, 'Somebody with this address is staff already.')
export const badInvitation = () => refusal('invitation.not-valid', 404, 'This invitation is not valid any more. Ask for a new one.')
export const notYourself = () => refusal('staff.not-yourself', 409, 'Nobody changes their own role or retires themselves.')
export const lastAdmin = () => refusal('staff.last-admin', 409, 'Somebody must remain an administrator.')
export const unknownReference = (what: 'teams' | 'queues' | 'skills') => refusal(`staff.unknown-${what}`, 404, 'Something named here does not exist.')
