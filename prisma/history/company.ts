import type { Channel } from '#contract/words.ts'
import type { Context } from '#server/context.ts'
import type { StaffSession } from '#server/platform/http-route.ts'

/** The company's rows by the names the stories use. */
export interface Company {
  account(channel: Channel, address?: string): { id: string; address: string; name: string }
  staff(name: string): StaffSession
  queueId(name: string): string
  dispositionId(name: string): string
  /** Null for a company that keeps no such cause. */
  causeId(name: string): string | null
  siteSecret: string
}

/** Null when the company is not the one these stories are about. */
export async function loadCompany(context: Pick<Context, 'db' | 'secrets'>, needs: { staff: readonly string[]; queues: readonly string[] }): Promise<Company | null> {
  const { db } = context
  const accounts = await db.query<{ id: string; channel: Channel; address: string; name: string; sealed: string | null }>(`select id, channel, address, name, sealed_secrets as sealed from channel_account where retired_at is null order by created_at, id`)
  const staff = new Map((await db.query<{ id: string; name: string; email: string; role: StaffSession['role']; locale: StaffSession['locale'] }>('select id, name, email, role, locale from agent where retired_at is null')).map((row) => [row.name, row]))
  const queues = await idsByName(db, 'queue')
  const dispositions = await idsByName(db, 'disposition')
  const causes = await idsByName(db, 'cause')
  if (needs.staff.some((name) => !staff.has(name)) || needs.queues.some((name) => !queues.has(name))) return null
  const site = accounts.find((account) => account.channel === 'webchat')
  const { siteSecret = '' } = site?.sealed ? (JSON.parse(context.secrets.openSecret(site.sealed)) as { siteSecret?: string }) : {} // sealed by our own settings
  return {
    siteSecret,
    account(channel, address) {
      return known(accounts.find((account) => account.channel === channel && (address === undefined || account.address === address)), `${channel} account ${address ?? ''}`)
    },
    staff(name) {
      const { id, ...row } = known(staff.get(name), name)
      return { ...row, staffId: id, sessionId: undefined }
    },
    queueId: (name) => known(queues.get(name), name),
    causeId: (name) => causes.get(name) ?? null,
    dispositionId: (name) => known(dispositions.get(name), name),
  }
}

async function idsByName(db: Context['db'], table: 'queue' | 'disposition' | 'cause'): Promise<Map<string, string>> {
  return new Map((await db.query<{ id: string; name: string }>(`select id, name from ${table} where retired_at is null`)).map((row) => [row.name, row.id]))
}

function known<T>(found: T | undefined, name: string): T {
  if (found === undefined) throw new Error(`the company has no ${name}`)
  return found
}
