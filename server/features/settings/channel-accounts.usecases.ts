import type { AccountSecrets, AccountSettings, ChannelAccount, ChannelAccountChange, ChannelAccountCreate } from '#contract/api/settings.ts'
import type { Channel } from '#contract/words.ts'
import type { AccountWithSecrets } from '#server/channels/channel.ts'
import { notFound } from '#server/platform/errors.ts'
import type { StaffSession } from '#server/platform/http.ts'
import { newId } from '#server/platform/ids.ts'
import { assertSettings, normaliseAddress } from './channel-accounts.check.ts'
import { forgetAccounts, openAccount, sealAccountSecrets } from './channel-accounts.steps.ts'
import { changing, type SettingsContext } from './settings.change.ts'
import { addressTaken, unknownReference } from './settings.errors.ts'
import { areKnown, insertRow, updateRow } from './settings.store.ts'
import { pasteFor } from './channel-accounts.views.ts'

type AccountRow = { id: string; channel: Channel; address: string; name: string; queueId: string; staffOnly: boolean; settings: AccountSettings; sealedSecrets: string | null; createdAt: Date; retiredAt: Date | null; version: number }

const accountSelect = 'select id, channel, address, name, queue_id as "queueId", staff_only as "staffOnly", settings, sealed_secrets as "sealedSecrets", created_at as "createdAt", retired_at as "retiredAt", version from channel_account'

export async function listAccounts(context: SettingsContext, { channel, isRetired }: { channel: Channel | undefined; isRetired: boolean }): Promise<ChannelAccount[]> {
  const rows = await context.db.query<AccountRow>(`${accountSelect} where (retired_at is not null) = $1 and ($2::text is null or channel = $2) order by channel, name, id limit 500`, [isRetired, channel ?? null])
  return rows.map((row) => accountView(context, row))
}

export async function readAccount(context: SettingsContext, id: string): Promise<ChannelAccount> {
  return accountView(context, await findRow(context, id))
}

/** Takes effect with the next message. */
export async function createAccount(context: SettingsContext, actor: StaffSession, asked: ChannelAccountCreate): Promise<ChannelAccount> {
  const id = newId(context.clock.now())
  // A website is addressed by the id in its script tag; what the admin typed is only its name.
  const address = asked.channel === 'webchat' ? id : normaliseAddress(asked.channel, asked.address)
  assertSettings(asked.channel, asked.settings)
  await changing(context, { actor, kind: 'channel-accounts', action: 'created' }, async (tx, now) => {
    if (!(await areKnown(tx, 'queue', [asked.queueId]))) throw unknownReference('queue')
    if ((await tx.maybe('select 1 from channel_account where channel = $1 and address = $2 and retired_at is null', [asked.channel, address])) !== undefined) throw addressTaken()
    await insertRow(tx, 'channel_account', {
      id, channel: asked.channel, address, name: asked.name, queue_id: asked.queueId, staff_only: asked.staffOnly, settings: asked.settings,
      sealed_secrets: sealAccountSecrets(context.secrets, merged({}, asked.secrets)), created_at: now,
    })
    return id
  })
  return readAccount(context, id)
}

/** Secrets not named stay as they are; an empty one is removed. */
export async function changeAccount(context: SettingsContext, actor: StaffSession, id: string, change: ChannelAccountChange): Promise<ChannelAccount> {
  await changing(context, { actor, kind: 'channel-accounts', action: 'changed' }, async (tx) => {
    const row = await tx.maybe<AccountRow>(`${accountSelect} where id = $1 and retired_at is null for no key update`, [id])
    if (row === undefined) throw notFound()
    if (change.queueId !== undefined && !(await areKnown(tx, 'queue', [change.queueId]))) throw unknownReference('queue')
    if (change.settings !== undefined) assertSettings(row.channel, change.settings)
    const sealed = change.secrets === undefined ? undefined : sealAccountSecrets(context.secrets, merged(openAccount(context.secrets, row).secrets, change.secrets))
    await updateRow(tx, 'channel_account', id, { name: change.name, queue_id: change.queueId, staff_only: change.staffOnly, settings: change.settings, sealed_secrets: sealed })
    return id
  })
  forgetAccounts(context.db)
  return readAccount(context, id)
}

/** What it received and sent stays; nothing more comes in or goes out by it. */
export async function retireAccount(context: SettingsContext, actor: StaffSession, id: string): Promise<void> {
  await changing(context, { actor, kind: 'channel-accounts', action: 'retired' }, async (tx, now) => {
    if (!(await updateRow(tx, 'channel_account', id, { retired_at: now }))) throw notFound()
    return id
  })
  forgetAccounts(context.db)
}

/** Asks the provider whether it would work now, with what is stored. */
export async function testAccount(context: SettingsContext, id: string): Promise<{ ok: boolean; detail: string }> {
  const row = await findRow(context, id)
  const result = await context.channels.adapters[row.channel].testAccount(opened(context, row))
  return result.ok ? { ok: true, detail: result.detail } : { ok: false, detail: result.reason }
}

async function findRow({ db }: SettingsContext, id: string): Promise<AccountRow> {
  const row = await db.maybe<AccountRow>(`${accountSelect} where id = $1`, [id])
  if (row === undefined) throw notFound()
  return row
}

function opened({ secrets }: SettingsContext, { id, channel, address, name, settings, sealedSecrets }: AccountRow): AccountWithSecrets {
  return openAccount(secrets, { id, channel, address, name, settings, sealedSecrets })
}

function merged(before: Record<string, string>, change: AccountSecrets): Record<string, string> {
  const all = { ...before, ...Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) } as Record<string, string>
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''))
}

function accountView(context: SettingsContext, row: AccountRow): ChannelAccount {
  const { sealedSecrets: _, createdAt, retiredAt, ...plain } = row
  return { ...plain, secretsSet: Object.keys(opened(context, row).secrets).sort(), paste: pasteFor(row, context), createdAt: createdAt.toISOString(), retiredAt: retiredAt?.toISOString() ?? null }
}
