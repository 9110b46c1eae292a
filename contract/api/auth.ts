import * as z from 'zod'
import { EmailAddress, Id, Instant, Locale, Role } from './common.ts'

export const passwordLengthMin = 10
export const passwordLengthMax = 128
/** A password to be set; one to be checked may be anything short enough to hash. */
export const NewPassword = z.string().min(passwordLengthMin).max(passwordLengthMax)
const GivenPassword = z.string().min(1).max(passwordLengthMax)
export const PersonName = z.string().trim().min(1).max(100)

export const SignedInStaff = z.strictObject({ id: Id, name: z.string(), email: z.string(), role: Role, locale: Locale }).meta({ id: 'SignedInStaff' })
export type SignedInStaff = z.infer<typeof SignedInStaff>

export const signInBody = z.strictObject({ email: z.string().min(1).max(254), password: GivenPassword })
/** With `needsCode` nobody is signed in yet: send the code of the authenticator app to `POST /api/v1/session/code`. */
export const SignInAnswer = z.strictObject({ staff: SignedInStaff.nullable(), needsCode: z.boolean() }).meta({ id: 'SignInAnswer' })
export type SignInAnswer = z.infer<typeof SignInAnswer>
/** Six digits of the app, or one of the backup codes. */
export const signInCodeBody = z.strictObject({ code: z.string().trim().min(6).max(20) })

export const Me = z.strictObject({ ...SignedInStaff.shape, twoFactor: z.boolean(), teamIds: z.array(Id), queueIds: z.array(Id), passwordSet: z.boolean() }).meta({ id: 'Me' })
export type Me = z.infer<typeof Me>
export const meChange = z.strictObject({ name: PersonName.optional(), locale: Locale.optional() })

export const passwordChange = z.strictObject({ currentPassword: GivenPassword, newPassword: NewPassword })
export const passwordForgotten = z.strictObject({ email: EmailAddress })
export const passwordReset = z.strictObject({ token: z.string().min(1).max(200), newPassword: NewPassword })

export const twoFactorBegin = z.strictObject({ password: GivenPassword })
export const TwoFactorSetup = z.strictObject({ uri: z.string(), secret: z.string(), backupCodes: z.array(z.string()) }).meta({ id: 'TwoFactorSetup' })
export type TwoFactorSetup = z.infer<typeof TwoFactorSetup>
export const twoFactorConfirm = z.strictObject({ code: z.string().regex(/^\d{6}$/) })
export const twoFactorEnd = z.strictObject({ password: GivenPassword })

/** A key stands for the member of staff it names, with their role, until revoked or they are retired. */
export const ApiKey = z
  .strictObject({ id: Id, name: z.string(), start: z.string(), staffId: Id, staffName: z.string(), createdAt: Instant, expiresAt: Instant.nullable(), lastUsedAt: Instant.nullable() })
  .meta({ id: 'ApiKey' })
export type ApiKey = z.infer<typeof ApiKey>
export const apiKeyCreate = z.strictObject({ name: z.string().trim().min(1).max(32), staffId: Id.optional(), expiresInDays: z.int().min(1).max(365).optional() })
/** The key itself is shown this once. */
export const ApiKeyCreated = z.strictObject({ apiKey: ApiKey, key: z.string() }).meta({ id: 'ApiKeyCreated' })
export type ApiKeyCreated = z.infer<typeof ApiKeyCreated>

/** Pages of the console that links in mails open; the token stands behind `#`, where no server log and no referrer sees it. */
export const resetPasswordPage = '/reset-password'
export const joinPage = '/join'
