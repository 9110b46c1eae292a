import type { ChannelAdapter } from '../channel.ts'
import { type ChannelTools, type ParseReceipt, UnusableReceipt } from '../parse.ts'
import { refused } from '../send-result.ts'

/** What Twilio tells of a call, as an arrival. */
export const parseReceipt: ParseReceipt = async (receipt) => {
  throw new UnusableReceipt(`kind ${receipt.kind}`)
}

/** Calls through Twilio. */
export function createVoiceAdapter(_tools: ChannelTools): ChannelAdapter {
  return {
    channel: 'voice',
    send: async (item) => refused('message-refused', item.payload.kind),
    settle: async () => null,
    testAccount: async (account) => ({ ok: true, detail: account.address }),
  }
}
