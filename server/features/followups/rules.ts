/** How long follow-ups and the checks with customers run, as the company sets it. */
import type { FollowUpRules } from '#contract/api/followups.ts'
import { roomOf } from '#contract/rooms.ts'
import type { Context } from '../../context.ts'
import type { Tx } from '../../platform/db.ts'
import { commit } from '../../platform/effects.ts'
import type { StaffSession } from '../../platform/http-route.ts'
import { recordAudit } from '../audit/audit.steps.ts'

const usual: FollowUpRules = { dueMs: 24 * 3_600_000, recheckMs: 72 * 3_600_000 }
const key = 'follow-ups'

export async function readRules(db: Pick<Tx, 'maybe'>): Promise<FollowUpRules> {
  const row = await db.maybe<{ value: Partial<FollowUpRules> }>('select value from setting where key = $1', [key])
  return { ...usual, ...row?.value }
}

/** What is open keeps its time: the rules are for what is recorded or asked from now on. */
export async function changeRules(context: Pick<Context, 'db' | 'clock' | 'jobs' | 'relay'>, actor: Pick<StaffSession, 'staffId'>, to: { [Name in keyof FollowUpRules]?: number | undefined }): Promise<FollowUpRules> {
  const now = context.clock.now()
  return commit(context, now, async (tx, effects) => {
    // Two who change at once: the second sees what the first wrote.
    await tx.execute(`insert into setting (key, value, updated_at) values ($1, '{}', $2) on conflict (key) do update set updated_at = excluded.updated_at`, [key, now])
    const rules = { ...(await readRules(tx)), ...given(to) }
    await tx.execute('update setting set value = $2 where key = $1', [key, JSON.stringify(rules)])
    await recordAudit(tx, { actorId: actor.staffId, action: 'settings.changed', target: { kind: 'follow-up-rules', id: null }, facts: { fields: Object.keys(given(to)).join(' ') }, at: now })
    effects.tell({ type: 'settings.changed', refs: { settings: 'follow-up-rules' }, rooms: [roomOf.staff] })
    return rules
  })
}

function given(to: { [Name in keyof FollowUpRules]?: number | undefined }): Partial<FollowUpRules> {
  return { ...(to.dueMs === undefined ? {} : { dueMs: to.dueMs }), ...(to.recheckMs === undefined ? {} : { recheckMs: to.recheckMs }) }
}
