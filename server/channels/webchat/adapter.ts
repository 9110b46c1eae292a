/**
 * The website as a channel. Nothing leaves for a provider: a stored message is on its way to the widget by the relay, and the
 * widget fetches it again after any loss, so `send` has only to say that it is out.
 */
import type { ChannelAdapter } from '../channel.ts'
import { isExactOrigin, webchatSettingsOf } from './settings.ts'

export const webchatAdapter: ChannelAdapter = {
  channel: 'webchat',
  async send(item) {
    return { ok: true, externalId: item.id, status: 'sent' }
  },
  async settle(item) {
    return { ok: true, externalId: item.id, status: 'sent' }
  },
  async testAccount(account) {
    const { allowedOrigins } = webchatSettingsOf(account)
    const wrong = allowedOrigins.find((origin) => !isExactOrigin(origin))
    if (wrong !== undefined) return { ok: false, reason: `not-an-origin: ${wrong}` }
    if (allowedOrigins.length === 0) return { ok: false, reason: 'no-allowed-origins' }
    if (!account.secrets['siteSecret']) return { ok: true, detail: 'anonymous-visitors-only' }
    return { ok: true, detail: 'ready' }
  },
}
