import { channels, type Channel } from '#contract/words.ts'
import type { ChannelAdapter } from '#server/channels/channel.ts'

/** Adapters of a provider that knows one account name and is asked for nothing else here. */
export const testChannels = {
  adapters: Object.fromEntries(channels.map((channel) => [channel, adapterOf(channel)])) as Record<Channel, ChannelAdapter>,
}

function adapterOf(channel: Channel): ChannelAdapter {
  const never = () => Promise.reject(new Error('not part of settings'))
  return { channel, send: never, settle: never, testAccount: async (account) => (account.secrets['authToken'] === 'right' ? { ok: true, detail: 'connected' } : { ok: false, reason: 'wrong-token' }) }
}
