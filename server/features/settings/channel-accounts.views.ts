import type { ChannelAccount } from '#contract/api/settings.ts'

type Pasted = Pick<ChannelAccount, 'id' | 'channel' | 'address'>

/** What an administrator pastes at the provider, or on their website, so that messages reach us. */
export function pasteFor(account: Pasted, { publicUrl, smtp }: { publicUrl: string; smtp: { host: string; port: number } }): ChannelAccount['paste'] {
  const twilio = (path: string) => `${publicUrl}/webhooks/twilio/${path}`
  switch (account.channel) {
    case 'voice': return [{ label: 'voiceUrl', value: twilio('voice') }, { label: 'statusUrl', value: twilio('status') }]
    case 'sms':
    case 'whatsapp': return [{ label: 'messageUrl', value: twilio('messages') }, { label: 'statusUrl', value: twilio('status') }]
    case 'email': return [{ label: 'forwardTo', value: account.address }, { label: 'mailServer', value: `${smtp.host}:${smtp.port}` }]
    case 'webchat': return [{ label: 'scriptTag', value: `<script src="${publicUrl}/widget.js" data-account="${account.id}" async></script>` }]
    case 'slack': return [{ label: 'requestUrl', value: `${publicUrl}/webhooks/slack/events` }]
  }
}
