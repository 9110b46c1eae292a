import type { ChannelTools } from '#server/channels/parse.ts'
import { createHttpClient } from '#server/platform/http-client.ts'
import { loadConfig } from '#server/platform/config.ts'
import { createSecrets } from '#server/platform/secrets.ts'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

export const publicUrl = 'https://hub.test'
export const twilioAccountSid = `AC${'1'.repeat(32)}`
export const twilioAuthToken = 'twilio-token-of-the-test-0123456789'
export const slackSigningSecret = 'slack-secret-of-the-test-0123456789'
export const slackBotToken = 'xoxb-0123456789-test-token-of-the-bot'

/** The real tools of adapters, wired to a provider of the test. */
export function toolsFor(environment: Record<string, string> = {}): ChannelTools {
  const config = loadConfig({
    NODE_ENV: 'test',
    DEMO: '0',
    DATA_DIR: mkdtempSync(path.join(tmpdir(), 'tributary-channels-')),
    SESSION_SECRET: 'a-session-secret-for-tests-0123456789',
    PUBLIC_URL: publicUrl,
    MAIL_DOMAIN: 'help.example.com',
    TWILIO_ACCOUNT_SID: twilioAccountSid,
    TWILIO_AUTH_TOKEN: twilioAuthToken,
    SLACK_SIGNING_SECRET: slackSigningSecret,
    SLACK_BOT_TOKEN: slackBotToken,
    ...environment,
  })
  const allowedOrigins = [config.twilio.apiUrl, config.slack.apiUrl].filter((url) => url !== undefined)
  return { config, clock: { now: () => new Date() }, http: createHttpClient({ allowedOrigins }), secrets: createSecrets(config.sessionSecret) }
}
