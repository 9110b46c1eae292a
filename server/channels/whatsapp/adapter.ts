import type { ChannelAdapter } from '../channel.ts'
import type { ChannelTools } from '../parse.ts'
import { createTwilioTextAdapter } from '../twilio/text-adapter.ts'

export { parseTwilioText as parseReceipt } from '../twilio/message-parse.ts'

/** WhatsApp through Twilio; the 24-hour window is decided before a message comes here, and 63016 says so again. */
export function createWhatsappAdapter(tools: ChannelTools): ChannelAdapter {
  return createTwilioTextAdapter('whatsapp', tools)
}
