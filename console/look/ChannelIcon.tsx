import { IconBrandSlack, IconBrandWhatsapp, IconDeviceMobileMessage, IconMail, IconMessageCircle, IconPhone, type Icon } from '@tabler/icons-react'
import type { Channel } from '#contract/words.ts'

const icons: Record<Channel, Icon> = { voice: IconPhone, webchat: IconMessageCircle, email: IconMail, sms: IconDeviceMobileMessage, whatsapp: IconBrandWhatsapp, slack: IconBrandSlack }

/** A channel's sign. Decoration: the channel's name stands beside it or in the label of what holds it. */
export function ChannelIcon({ channel, size = 16 }: { channel: Channel; size?: number }) {
  const Shape = icons[channel]
  return <Shape size={size} stroke={1.7} aria-hidden />
}
