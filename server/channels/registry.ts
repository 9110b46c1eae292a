/** Every channel in one place. Adapters and parsers are light here; SDKs are loaded by the first call that needs them. */
import type { Channel } from '#contract/words.ts'
import type { ChannelAdapter } from './channel.ts'
import { createEmailAdapter, parseReceipt as parseEmail } from './email/adapter.ts'
import type { ChannelTools, ParseReceipt } from './parse.ts'
import { createSlackAdapter, parseReceipt as parseSlack } from './slack/adapter.ts'
import { createSmsAdapter, parseReceipt as parseSms } from './sms/adapter.ts'
import { createVoiceAdapter, parseReceipt as parseVoice } from './voice/adapter.ts'
import { webchatAdapter } from './webchat/adapter.ts'
import { parseWebchat } from './webchat/parse.ts'
import { createWhatsappAdapter, parseReceipt as parseWhatsapp } from './whatsapp/adapter.ts'

/** What turns a stored receipt of each channel into arrivals. */
export const parsers: Record<Channel, ParseReceipt> = {
  voice: parseVoice,
  webchat: async (receipt) => [parseWebchat(receipt.body)],
  email: parseEmail,
  sms: parseSms,
  whatsapp: parseWhatsapp,
  slack: parseSlack,
}

/** The adapters, made once by the context. */
export function createAdapters(tools: ChannelTools): Record<Channel, ChannelAdapter> {
  return {
    voice: createVoiceAdapter(tools),
    webchat: webchatAdapter,
    email: createEmailAdapter(tools),
    sms: createSmsAdapter(tools),
    whatsapp: createWhatsappAdapter(tools),
    slack: createSlackAdapter(tools),
  }
}
