import type { Config } from '#server/platform/config.ts'

const recordingHost = 'api.twilio.com'

/** Whether a recording lies where recordings lie: at the provider's API, or at the one configured in its place. */
export function isRecordingUrl(url: string, config: Pick<Config, 'twilio'>): boolean {
  if (!URL.canParse(url)) return false
  const { protocol, host, origin } = new URL(url)
  if (config.twilio.apiUrl !== undefined && origin === new URL(config.twilio.apiUrl).origin) return true
  return protocol === 'https:' && host === recordingHost
}
