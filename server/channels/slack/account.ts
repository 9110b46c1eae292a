import * as z from 'zod'
import type { Config } from '#server/platform/config.ts'
import type { AccountWithSecrets } from '../channel.ts'

/** Who our app is in a workspace, once its account was tested; with it Bolt tells our own reactions and messages apart. */
const settingsSchema = z.object({ botId: z.string().optional(), botUserId: z.string().optional() })

export interface SlackCredentials {
  botToken: string | undefined
  signingSecret: string | undefined
  botId: string | undefined
  botUserId: string | undefined
}

/** The credentials of one workspace; what it has not of its own comes from the deployment. */
export function slackCredentials(account: Pick<AccountWithSecrets, 'settings' | 'secrets'> | null, config: Pick<Config, 'slack'>): SlackCredentials {
  const { botId, botUserId } = settingsSchema.parse(account?.settings ?? {})
  return {
    botId,
    botUserId,
    botToken: account?.secrets['botToken'] ?? config.slack.botToken,
    signingSecret: account?.secrets['signingSecret'] ?? config.slack.signingSecret,
  }
}

/** Where Slack's Web API is, with the slash its client wants; `SLACK_API_URL` may name the server only. */
export function slackApiUrl(config: Pick<Config, 'slack'>): string {
  const url = new URL(config.slack.apiUrl ?? 'https://slack.com/api/')
  if (url.pathname === '/') url.pathname = '/api/'
  return url.href.endsWith('/') ? url.href : `${url.href}/`
}
