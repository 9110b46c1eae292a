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

const rememberedMs = 1_000
const remembered = new WeakMap<object, Map<string, { until: number; account: AccountWithSecrets }>>()

/**
 * The account a provider addressed, its secrets open; null for an address nobody configured. Remembered for a second: a busy number
 * is asked for with every message. Whoever refuses because of what it says asks again with `isFresh`.
 */
export async function openAccountAt(context: { db: Pick<Tx, 'maybe'>; secrets: Pick<Secrets, 'openSecret'> }, channel: Channel, address: string, isFresh = false): Promise<AccountWithSecrets | null> {
  const known = remembered.get(context.db) ?? new Map<string, { until: number; account: AccountWithSecrets }>()
  remembered.set(context.db, known)
  const key = `${channel} ${address}`
  const held = known.get(key)
  if (held && !isFresh && held.until > performance.now()) return held.account
  known.delete(key)
  const row = await findChannelAccount(context.db, channel, address)
  const account = row ? openAccount(context.secrets, row) : null
  if (account) known.set(key, { until: performance.now() + rememberedMs, account })
  return account
}

/** Accounts were changed here: what this process remembers of them is out of date. Other processes follow within a second. */
export function forgetAccounts(db: object): void {
  remembered.delete(db)
}

/** The account a row names, as a column of a statement that reads more: its `ChannelAccountRow`, null for an id nobody gave. SQL; `id` is an expression. */
export function channelAccountSql(id: string): string {
  return `(select jsonb_build_object('id', ca.id, 'channel', ca.channel, 'address', ca.address, 'name', ca.name, 'settings', ca.settings, 'sealedSecrets', ca.sealed_secrets) from channel_account ca where ca.id = ${id})`
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
