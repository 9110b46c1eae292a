import type { ChannelAdapter } from '../channel.ts'
import type { ChannelTools } from '../parse.ts'
import { createTwilioTextAdapter } from '../twilio/text-adapter.ts'

export { parseTwilioText as parseReceipt } from '../twilio/message-parse.ts'

/** SMS and MMS through Twilio. */
export function createSmsAdapter(tools: ChannelTools): ChannelAdapter {
  return createTwilioTextAdapter('sms', tools)
}
