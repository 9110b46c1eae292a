import * as z from 'zod'
import type { AccountWithSecrets } from '../channel.ts'
import { cleanLine } from '../clean-text.ts'
import type { ChannelTools } from '../parse.ts'
import { slackCredentials } from './account.ts'
import { slackApp } from './app.ts'

const answer = z.object({
  user: z.object({ name: z.string().optional(), real_name: z.string().optional(), locale: z.string().optional(), profile: z.object({ display_name: z.string().optional(), real_name: z.string().optional(), email: z.string().max(320).optional() }).optional() }),
})

export interface SlackPerson {
  displayName: string | null
  locale: string | null
  /** Of the profile, when the app may read it (`users:read.email`). The workspace says so; it proves nothing to us. */
  email: string | null
}

const nobody: SlackPerson = { displayName: null, locale: null, email: null }
const waitMsMax = 400
const keptMs = 3_600_000
const peopleMax = 10_000
const known = new Map<string, { person: Promise<SlackPerson>; until: number }>()

/**
 * What Slack calls a person. Only for show: an arrival never waits longer than 0.4 s for it and comes without a name when
 * Slack is slow or refuses. The answer is kept an hour, a refusal too.
 */
export async function personOf(user: string, account: AccountWithSecrets, tools: ChannelTools): Promise<SlackPerson> {
  const key = `${account.id}:${user}`
  const now = tools.clock.now().getTime()
  let entry = known.get(key)
  if (!entry || entry.until <= now) {
    entry = { person: ask(user, account, tools).catch(() => nobody), until: now + keptMs }
    known.set(key, entry)
    for (const oldest of known.keys()) { if (known.size <= peopleMax) break; known.delete(oldest) }
  }
  const { promise: late, resolve } = Promise.withResolvers<SlackPerson>()
  const timer = setTimeout(resolve, waitMsMax, nobody)
  try {
    return await Promise.race([entry.person, late])
  } finally {
    clearTimeout(timer)
  }
}

async function ask(user: string, account: AccountWithSecrets, tools: ChannelTools): Promise<SlackPerson> {
  const { botToken } = slackCredentials(account, tools.config)
  if (!botToken) return nobody
  const { client } = await slackApp(tools)
  const { user: found } = answer.parse(await client.users.info({ token: botToken, user, include_locale: true }))
  return { displayName: cleanLine(found.profile?.display_name || found.profile?.real_name || found.real_name || found.name), locale: cleanLine(found.locale, 20), email: found.profile?.email ?? null }
}
