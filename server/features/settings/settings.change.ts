import { roomOf } from '#contract/rooms.ts'
import type { Context } from '#server/context.ts'
import type { Tx } from '#server/platform/db.ts'
import { commit, type Effects } from '#server/platform/effects.ts'
import type { StaffSession } from '#server/platform/http.ts'
import { recordAudit } from '../audit/audit.steps.ts'

export type SettingsContext = Pick<Context, 'db' | 'clock' | 'jobs' | 'relay' | 'secrets'> & {
  channels: Pick<Context['channels'], 'adapters'>
  publicUrl: string
  /** Where mail is delivered to us, shown to whoever sets up forwarding. */
  smtp: { host: string; port: number }
}

export type Change = { actor: StaffSession; kind: 'teams' | 'skills' | 'dispositions' | 'calendars' | 'sla-policies' | 'surveys' | 'queues' | 'channel-accounts'; action: 'created' | 'changed' | 'retired'; /** What it changed, for the audit log; asked when it is done. */ facts?: () => Record<string, string> }

/** One change of settings: its rows, its audit entry and the event that tells screens, in one transaction; routing looks again. */
export async function changing(context: SettingsContext, { actor, kind, action, facts }: Change, run: (tx: Tx, now: Date, effects: Effects) => Promise<string>): Promise<string> {
  const now = context.clock.now()
  return commit(context, now, async (tx, effects) => {
    const id = await run(tx, now, effects)
    await recordAudit(tx, { actorId: actor.staffId, action: `settings.${action}`, target: { kind, id }, ...(facts ? { facts: facts() } : {}), at: now })
    effects.tell({ type: 'settings.changed', refs: { settings: kind }, rooms: [roomOf.staff] })
    effects.wake('route', 'all')
    return id
  })
}
