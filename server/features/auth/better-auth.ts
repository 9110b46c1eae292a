import { betterAuth } from 'better-auth'
import { prismaAdapter } from 'better-auth/adapters/prisma'
import { twoFactor } from 'better-auth/plugins/two-factor'
import type { PrismaClient } from '#generated/prisma/client.ts'
import { newId } from '#server/platform/ids.ts'
import { sessionMs, sessionRenewMs } from './auth.store.ts'

export type SignInOptions = {
  prisma: PrismaClient
  publicUrl: string
  secret: string
  logger: { warn(fields: object, message: string): void; error(fields: object, message: string): void }
}

/**
 * The sign-in library on our tables. It is used as a library only: none of its routes is served, so what the world can
 * reach is what our own routes offer. Imported on first use, because it costs a third of a second.
 */
export function createSignIn({ prisma, publicUrl, secret, logger }: SignInOptions) {
  const auth = betterAuth({
    appName: 'Tributary',
    baseURL: publicUrl,
    basePath: '/api/v1/auth',
    secret,
    telemetry: { enabled: false },
    database: prismaAdapter(prisma, { provider: 'postgresql', transaction: true }),
    advanced: {
      database: { generateId: () => newId() },
      cookiePrefix: 'tributary',
      useSecureCookies: publicUrl.startsWith('https:'),
      // Our own routes put the caller's real address here and nothing else; what the caller wrote is dropped.
      ipAddress: { ipAddressHeaders: ['x-forwarded-for'] },
    },
    emailAndPassword: { enabled: true, disableSignUp: true, minPasswordLength: 1, maxPasswordLength: 128 },
    // No cookie cache: nothing but a look at its row says that a session goes on.
    session: { modelName: 'staffSession', expiresIn: sessionMs / 1000, updateAge: sessionRenewMs / 1000, fields: { userId: 'agentId' }, cookieCache: { enabled: false } },
    user: {
      modelName: 'agent',
      additionalFields: {
        role: { type: 'string', required: true, input: false, defaultValue: 'agent' },
        locale: { type: 'string', required: true, input: false, defaultValue: 'en' },
        retiredAt: { type: 'date', required: false, input: false },
      },
    },
    account: { modelName: 'staffAccount', fields: { userId: 'agentId' } },
    verification: { modelName: 'staffVerification' },
    rateLimit: { enabled: false },
    logger: {
      log: (level, message) => {
        if (level === 'error') logger.error({ part: 'sign-in' }, message)
        else if (level === 'warn') logger.warn({ part: 'sign-in' }, message)
      },
    },
    plugins: [twoFactor({ issuer: 'Tributary', schema: { twoFactor: { modelName: 'staffTwoFactor', fields: { userId: 'agentId' } } } })],
  })
  return { api: auth.api, context: auth.$context }
}

export type SignIn = ReturnType<typeof createSignIn>
