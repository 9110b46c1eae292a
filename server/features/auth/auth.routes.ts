import * as z from 'zod'
import {
  ApiKey, apiKeyCreate, ApiKeyCreated, Me, meChange, passwordChange, passwordForgotten, passwordReset, SignInAnswer, signInBody, signInCodeBody, twoFactorBegin, twoFactorConfirm, twoFactorEnd, TwoFactorSetup,
} from '#contract/api/auth.ts'
import { idParams } from '#contract/api/common.ts'
import { refusal } from '#server/platform/errors.ts'
import { defineRoute, type Route, type StaffSession } from '#server/platform/http.ts'
import type { AuthContext } from './auth.usecases.ts'
import * as usecases from './auth.usecases.ts'

const tag = 'sign-in'
const perPassword = { burst: 10, perMs: 15 * 60_000 }

/** Signing in and out, one's own account, and keys for programs. */
export function authRoutes(context: AuthContext): Route[] {
  const { auth, limiter } = context
  return [
    defineRoute({ method: 'POST', path: '/api/v1/session', summary: 'Sign in', tag, roles: 'public', body: signInBody, response: SignInAnswer }, async ({ body, request }) => {
      const { answer, cookies } = await usecases.signIn(context, body, request)
      request.setCookies(cookies)
      return answer
    }),
    defineRoute({ method: 'POST', path: '/api/v1/session/code', summary: 'Finish signing in with a code', tag, roles: 'public', body: signInCodeBody, response: SignInAnswer }, async ({ body, request }) => {
      const { answer, cookies } = await usecases.signInWithCode(context, body.code, request)
      request.setCookies(cookies)
      return answer
    }),
    defineRoute({ method: 'DELETE', path: '/api/v1/session', summary: 'Sign out', tag, roles: 'public' }, async ({ staff, request }) => {
      request.setCookies(await auth.signOut(staff, request))
    }),
    defineRoute({ method: 'DELETE', path: '/api/v1/sessions', summary: 'Sign out everywhere', tag, roles: 'signed-in' }, async ({ staff, request }) => {
      await usecases.signOutEverywhere(context, staff.staffId, staff.staffId)
      request.setCookies(await auth.signOut(undefined, request))
    }),
    defineRoute({ method: 'GET', path: '/api/v1/me', summary: 'Who is signed in', tag, roles: 'signed-in', response: Me }, ({ staff }) => usecases.readMe(context, staff)),
    defineRoute({ method: 'PATCH', path: '/api/v1/me', summary: 'Change own name or language', tag, roles: 'signed-in', body: meChange, response: Me }, ({ staff, body }) => usecases.changeMe(context, staff, body)),
    defineRoute({ method: 'POST', path: '/api/v1/me/password', summary: 'Change own password', tag, roles: 'signed-in', body: passwordChange }, ({ staff, body }) => usecases.changePassword(context, staff, body)),
    defineRoute({ method: 'POST', path: '/api/v1/password/forgotten', summary: 'Ask for a link to set a new password', tag, roles: 'public', body: passwordForgotten }, async ({ body, request }) => {
      // Not awaited on purpose: see `forgetPassword`.
      void usecases.forgetPassword(context, body.email, request)
    }),
    defineRoute({ method: 'POST', path: '/api/v1/password/reset', summary: 'Set a new password by a link', tag, roles: 'public', body: passwordReset }, ({ body, request }) => usecases.resetPassword(context, body, request)),
    defineRoute({ method: 'POST', path: '/api/v1/me/two-factor', summary: 'Begin signing in with codes', tag, roles: 'signed-in', body: twoFactorBegin, response: TwoFactorSetup }, ({ staff, body, request }) => {
      limiter.require(`password:${bySession(staff).staffId}`, perPassword)
      return auth.beginTwoFactor(body.password, request)
    }),
    defineRoute({ method: 'POST', path: '/api/v1/me/two-factor/confirm', summary: 'Turn codes on with the first code', tag, roles: 'signed-in', body: twoFactorConfirm }, async ({ staff, body, request }) => {
      limiter.require(`code:${bySession(staff).staffId}`, perPassword)
      request.setCookies(await auth.confirmTwoFactor(body.code, staff, request))
    }),
    defineRoute({ method: 'DELETE', path: '/api/v1/me/two-factor', summary: 'Turn codes off', tag, roles: 'signed-in', body: twoFactorEnd }, async ({ staff, body, request }) => {
      limiter.require(`password:${bySession(staff).staffId}`, perPassword)
      request.setCookies(await auth.endTwoFactor(body.password, staff, request))
    }),
    defineRoute({ method: 'GET', path: '/api/v1/api-keys', summary: 'List API keys', tag, roles: ['admin'], response: z.strictObject({ items: z.array(ApiKey), nextCursor: z.null() }) }, async () => ({ items: await usecases.listApiKeys(context), nextCursor: null })),
    defineRoute({ method: 'POST', path: '/api/v1/api-keys', summary: 'Make an API key', tag, roles: ['admin'], body: apiKeyCreate, response: ApiKeyCreated, status: 201 }, ({ staff, body }) => usecases.createApiKey(context, staff, body)),
    defineRoute({ method: 'DELETE', path: '/api/v1/api-keys/:id', summary: 'Revoke an API key', tag, roles: ['admin'], params: idParams }, ({ staff, params }) => usecases.revokeApiKey(context, staff, params.id)),
  ]
}

/** Factors are changed in person: a program with a key cannot lock its owner out. */
function bySession(staff: StaffSession): StaffSession {
  if (staff.sessionId === undefined) throw refusal('session.required', 403, 'Sign in with a password to do this.')
  return staff
}
