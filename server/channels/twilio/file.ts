import type { AccountWithSecrets } from '../channel.ts'
import { FileNotFetched } from '../file-fetch.ts'
import type { ChannelTools } from '../parse.ts'
import { twilioCredentials } from './account.ts'
import { basicAuth } from './client.ts'

/** Fetches what Twilio keeps for an account, from these hosts or the configured API only. Credentials go to the API alone. */
export async function fetchTwilioFile(
  sourceUrl: string, account: AccountWithSecrets, limitBytes: number, allowedHosts: readonly string[], tools: Pick<ChannelTools, 'config' | 'clock' | 'http'>,
): Promise<{ content: Uint8Array; contentType: string }> {
  const { accountSid, authToken } = twilioCredentials(account, tools.config, tools.clock.now())
  const isConfigured = tools.config.twilio.apiUrl !== undefined && URL.canParse(sourceUrl) && new URL(sourceUrl).origin === new URL(tools.config.twilio.apiUrl).origin
  const isApi = isConfigured || (URL.canParse(sourceUrl) && new URL(sourceUrl).host === 'api.twilio.com')
  const answer = await tools.http.request({
    url: sourceUrl,
    headers: accountSid && authToken && isApi ? { authorization: basicAuth(accountSid, authToken) } : {},
    allowedHosts,
    sizeBytesMax: limitBytes,
    timeoutMs: 30_000,
  })
  if (answer.status !== 200) throw new FileNotFetched(answer.status)
  return { content: answer.body, contentType: answer.headers['content-type'] ?? 'application/octet-stream' }
}
