/** Where the provider asks and tells during a call. All carry our session's id in the query, which its signature covers. */
export const callPaths = {
  arrive: '/webhooks/twilio/voice',
  wait: '/webhooks/twilio/voice/wait',
  queueLeft: '/webhooks/twilio/voice/queue-left',
  aboutToConnect: '/webhooks/twilio/voice/about-to-connect',
  agentLeg: '/webhooks/twilio/voice/agent-leg',
  agentDialed: '/webhooks/twilio/voice/agent-dialed',
  agentStatus: '/webhooks/twilio/voice/agent-status',
  helperLeg: '/webhooks/twilio/voice/helper-leg',
  helperStatus: '/webhooks/twilio/voice/helper-status',
  roomLeft: '/webhooks/twilio/voice/room-left',
  keys: '/webhooks/twilio/voice/keys',
  calledBack: '/webhooks/twilio/voice/called-back',
  recorded: '/webhooks/twilio/voice/recorded',
  transcribed: '/webhooks/twilio/voice/transcribed',
  status: '/webhooks/twilio/voice/status',
} as const

export function withQuery(url: string, query: Record<string, string>): string {
  const text = new URLSearchParams(query).toString()
  return text === '' ? url : `${url}?${text}`
}
