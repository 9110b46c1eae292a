/** A website's own word for who is signed in on it: a JWT signed with the secret the site shares with us. */
import { jwtVerify } from 'jose'
import * as z from 'zod'
import { cleanLine, cleanText } from '#server/channels/clean-text.ts'

export const siteTokenLifeMaxSeconds = 3_600
const clockSkewSeconds = 30

export interface SiteUser {
  sub: string
  name: string | null
  email: string | null
  isEmailVerified: boolean
  phone: string | null
  isPhoneVerified: boolean
}

export type SiteTokenReading = { ok: true; user: SiteUser } | { ok: false; reason: 'no-secret' | 'invalid' | 'expired' | 'too-long' }

const claimsSchema = z.object({
  sub: z.string().trim().min(1).max(200),
  exp: z.int(),
  name: z.string().max(200).optional(),
  email: z.email().max(254).optional(),
  email_verified: z.boolean().optional(),
  phone_number: z.string().regex(/^\+[1-9]\d{6,14}$/).optional(),
  phone_number_verified: z.boolean().optional(),
})

/**
 * HS256 and nothing else (so neither `none` nor a public key passed off as a secret), for this site only, short-lived.
 * RFC 8725 sections 3.1, 3.8 and 3.9.
 */
export async function readSiteToken(token: string, site: { accountId: string; secret: string | undefined }, now: Date): Promise<SiteTokenReading> {
  if (!site.secret) return { ok: false, reason: 'no-secret' }
  try {
    const { payload } = await jwtVerify(token, new TextEncoder().encode(site.secret), {
      algorithms: ['HS256'], audience: site.accountId, requiredClaims: ['exp', 'sub'], currentDate: now, clockTolerance: clockSkewSeconds,
    })
    const claims = claimsSchema.parse(payload)
    if (claims.exp - now.getTime() / 1000 > siteTokenLifeMaxSeconds + clockSkewSeconds) return { ok: false, reason: 'too-long' }
    return { ok: true, user: siteUserOf(claims) }
  } catch (error) {
    return { ok: false, reason: error instanceof Error && 'code' in error && error.code === 'ERR_JWT_EXPIRED' ? 'expired' : 'invalid' }
  }
}

function siteUserOf(claims: z.output<typeof claimsSchema>): SiteUser {
  return {
    sub: cleanText(claims.sub),
    name: cleanLine(claims.name),
    email: claims.email ?? null,
    isEmailVerified: claims.email_verified === true,
    phone: claims.phone_number ?? null,
    isPhoneVerified: claims.phone_number_verified === true,
  }
}
