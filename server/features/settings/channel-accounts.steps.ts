import * as z from 'zod'
import type { AccountWithSecrets } from '#server/channels/channel.ts'
import type { Channel } from '#contract/words.ts'
import type { Tx } from '#server/platform/db.ts'
import type { Secrets } from '#server/platform/secrets.ts'

/** A channel account as it is stored, its secrets sealed. */
export interface ChannelAccountRow {
  id: string
  channel: Channel
  address: string
  name: string
  settings: Record<string, unknown>
  sealedSecrets: string | null
}

const columns = 'id, channel, address, name, settings, sealed_secrets as "sealedSecrets"'

/**
 * The account in use that a provider addressed: a number in E.164 (sms, whatsapp, voice), a mailbox address in lower case
 * (email), the id of a workspace (slack).
 */
export async function findChannelAccount(tx: Pick<Tx, 'maybe'>, channel: Channel, address: string): Promise<ChannelAccountRow | undefined> {
  return tx.maybe<ChannelAccountRow>(`select ${columns} from channel_account where channel = $1 and address = $2 and retired_at is null`, [channel, address])
}

/** The accounts in use of one channel, at most 200, the oldest first. */
export async function listChannelAccounts(tx: Pick<Tx, 'query'>, channel: Channel): Promise<ChannelAccountRow[]> {
  return tx.query<ChannelAccountRow>(`select ${columns} from channel_account where channel = $1 and retired_at is null order by id limit 200`, [channel])
}

/** Also a retired one: what it received and sent remains to be handled. */
export async function findChannelAccountById(tx: Pick<Tx, 'maybe'>, id: string): Promise<ChannelAccountRow | undefined> {
  return tx.maybe<ChannelAccountRow>(`select ${columns} from channel_account where id = $1`, [id])
}

/** The same with its secrets open; null for an id nobody gave. */
export async function openAccountById(context: { db: Pick<Tx, 'maybe'>; secrets: Pick<Secrets, 'openSecret'> }, id: string): Promise<AccountWithSecrets | null> {
  const row = await findChannelAccountById(context.db, id)
  return row ? openAccount(context.secrets, row) : null
}

const secretsSchema = z.record(z.string(), z.string())

/** Opens the secrets of an account; only for the moment of use, never kept or sent. */
export function openAccount(secrets: Pick<Secrets, 'openSecret'>, row: ChannelAccountRow): AccountWithSecrets {
  const { sealedSecrets, ...account } = row
  return { ...account, secrets: sealedSecrets === null ? {} : secretsSchema.parse(JSON.parse(secrets.openSecret(sealedSecrets))) }
}

/** Seals an account's secrets for storage; null when there are none. */
export function sealAccountSecrets(secrets: Pick<Secrets, 'sealSecret'>, values: Record<string, string>): string | null {
  return Object.keys(values).length === 0 ? null : secrets.sealSecret(JSON.stringify(values))
}
