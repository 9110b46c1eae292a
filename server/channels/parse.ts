import type { Channel } from '#contract/words.ts'
import type { Clock } from '#server/platform/clock.ts'
import type { Config } from '#server/platform/config.ts'
import type { HttpClient } from '#server/platform/http-client.ts'
import type { Secrets } from '#server/platform/secrets.ts'
import type { AccountWithSecrets, Arrival } from './channel.ts'

/** A stored receipt, as parsers see it. `facts` are what the door learnt beside the body (envelope, peer). */
export interface StoredReceipt {
  channel: Channel
  /** The door's word for the sort of body: `message`, `status`, `event`, `mail`. */
  kind: string
  body: Buffer
  facts: Record<string, unknown>
  receivedAt: Date
  accountId: string | null
}

/** What adapters and parsers may use of the hub. */
export interface ChannelTools {
  config: Config
  clock: Clock
  http: HttpClient
  secrets: Secrets
}

/** Turns a stored receipt into arrivals; none when it carries nothing for us. Throws `UnusableReceipt` on poison. */
export type ParseReceipt = (receipt: StoredReceipt, account: AccountWithSecrets, tools: ChannelTools) => Promise<Arrival[]>

/** A receipt that will never parse, whatever is retried: quarantined with its raw body kept and this reason shown. */
export class UnusableReceipt extends Error {
  readonly reason: string
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options)
    this.name = 'UnusableReceipt'
    this.reason = reason
  }
}
