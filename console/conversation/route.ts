import type { ReachableChannel } from '../api/work.ts'

/** One way to the customer: a channel, their address on it, our account. */
export function routeKey(channel: Pick<ReachableChannel, 'channel' | 'identityId' | 'accountId'>): string {
  return `${channel.channel}:${channel.identityId}:${channel.accountId}`
}
