import { refusal } from '#server/platform/errors.ts'

/** One answer for an unknown address, a wrong password and a retired account: which of them it was is nobody's business. */
export const wrongCredentials = () => refusal('session.wrong-credentials', 401, 'This address and password do not belong together.')
export const wrongCode = () => refusal('session.wrong-code', 401, 'This code is wrong or was used already.')
export const wrongPassword = () => refusal('password.wrong', 400, 'This is not your password.')
export const badResetLink = () => refusal('password.bad-link', 400, 'This link is not valid any more. Ask for a new one.')
export const twoFactorIsOn = () => refusal('two-factor.already-on', 409, 'Signing in with a code is on already.')
export const twoFactorNotBegun = () => refusal('two-factor.not-begun', 409, 'Begin by scanning a new code.')
