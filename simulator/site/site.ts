/** The demo website: a made-up shop with the chat on it, and the shop's own small server that knows who is signed in. */
import express, { Router, type Request } from 'express'
import { SignJWT } from 'jose'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { people } from '../people.ts'
import { siteTexts } from './texts.ts'

export interface SiteOptions {
  /** The hub's channel account of this website, read at each request: the page is there before the account is. */
  account(): Promise<{ id: string; siteSecret: string } | undefined>
  /** Scheme, host and port of the hub, which serves this page too. */
  publicOrigin: string
}

const folder = join(import.meta.dirname, '..', '..', 'widget', 'site')
const cookie = 'shop_customer'
const tokenLife = '10 minutes'

/** Mounted at `/demo`. The page's rules for content are as strict as a careful shop's: the chat has to live with them. */
export function siteRouter({ account, publicOrigin }: SiteOptions): Router {
  const router = Router()
  const page = readFileSync(join(folder, 'index.html'), 'utf8')
  const socketOrigin = publicOrigin.replace(/^http/, 'ws')
  const policy = [
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", `connect-src 'self' ${socketOrigin}`, "base-uri 'none'", "form-action 'none'",
    "frame-ancestors 'none'", "require-trusted-types-for 'script'",
  ].join('; ')
  router.get('/', async (request, response) => {
    const texts = siteTexts[localeOf(request)]
    const values: Record<string, string> = { ...texts, account: (await account())?.id ?? '' }
    response.set({ 'Content-Security-Policy': policy, 'Cache-Control': 'no-store' }).type('html')
    response.send(page.replaceAll(/\{\{(\w+)\}\}/g, (_whole, key: string) => escapeHtml(values[key] ?? '')))
  })
  router.get('/me', (request, response) => {
    response.set('Cache-Control', 'no-store').json({ name: signedIn(request)?.name ?? null })
  })
  router.post('/sign-in', (_request, response) => {
    response.cookie(cookie, 'mei', { httpOnly: true, sameSite: 'lax', path: '/demo' }).status(204).end()
  })
  router.post('/sign-out', (_request, response) => {
    response.clearCookie(cookie, { path: '/demo' }).status(204).end()
  })
  router.get('/chat-token', async (request, response) => {
    const person = signedIn(request)
    const site = person && (await account())
    if (!person || !site) return void response.status(404).end()
    const claims = { name: person.name, email: person.email, email_verified: true, phone_number: person.phone, phone_number_verified: true }
    const token = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).setSubject(person.id).setAudience(site.id).setIssuedAt().setExpirationTime(tokenLife)
      .sign(new TextEncoder().encode(site.siteSecret))
    response.set('Cache-Control', 'no-store').json({ token })
  })
  router.use(express.static(folder, { index: false, redirect: false }))
  return router
}

function localeOf(request: Request): 'en' | 'zh' {
  const asked = request.query['lang']
  if (asked === 'en' || asked === 'zh') return asked
  return request.acceptsLanguages('en', 'zh') === 'zh' ? 'zh' : 'en'
}

function signedIn(request: Request): (typeof people)[number] | undefined {
  const id = request.headers.cookie?.split(/;\s*/).find((part) => part.startsWith(`${cookie}=`))?.slice(cookie.length + 1)
  return people.find((person) => person.id === id)
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
