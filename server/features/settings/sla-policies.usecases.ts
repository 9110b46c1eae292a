import type { SlaPolicy, SlaPreview, SlaStep } from '#contract/api/sla.ts'
import { slaTargetKinds, type Channel } from '#contract/words.ts'
import { isOpen, type Calendar } from '#server/domain/calendar.ts'
import { afterFiring, startClock } from '#server/domain/sla.ts'
import type { Hours } from '#server/domain/sla-policy.ts'
import type { Tx } from '#server/platform/db.ts'
import { notFound } from '#server/platform/errors.ts'
import type { StaffSession } from '#server/platform/http.ts'
import { newId } from '#server/platform/ids.ts'
import { slaOnSettingsChanged } from '../sla/sla.steps.ts'
import { webhookSecret } from '../sla/webhook-signature.steps.ts'
import { assertUnused, retirable } from './lists.usecases.ts'
import { changing, type SettingsContext } from './settings.change.ts'
import { badSetting, nameTaken, unknownReference } from './settings.errors.ts'
import { factsOfChange } from '../audit/audit.facts.ts'
import { areKnown, insertRow, isNameTaken, updateRow } from './settings.store.ts'

export type SlaPolicyBody = { [Key in keyof Omit<SlaPolicy, 'id' | 'retiredAt' | 'version'>]?: SlaPolicy[Key] | undefined }

const policySelect = 'select id, name, targets, steps, applies, position, calendar_id as "calendarId", version, retired_at as "retiredAt" from sla_policy'

export async function listSlaPolicies({ db }: SettingsContext, isRetired: boolean): Promise<SlaPolicy[]> {
  return (await db.query<Omit<SlaPolicy, 'retiredAt'> & { retiredAt: Date | null }>(`${policySelect} where (retired_at is not null) = $1 order by applies is null, position, name limit 500`, [isRetired])).map(retirable<SlaPolicy>)
}

/** What runs is timed by the new promise from now on, by the job. */
export async function saveSlaPolicy(context: SettingsContext, actor: StaffSession, id: string | null, change: SlaPolicyBody): Promise<SlaPolicy> {
  let facts: Record<string, string> = {}
  const saved = await changing(context, { actor, kind: 'sla-policies', action: id === null ? 'created' : 'changed', facts: () => facts }, async (tx, now, effects) => {
    const before = id === null ? undefined : await tx.maybe<object>(`${policySelect} where id = $1 for update`, [id])
    facts = before === undefined ? {} : factsOfChange(before, change)
    if (change.name !== undefined && (await isNameTaken(tx, 'sla_policy', change.name, id))) throw nameTaken()
    await assertReferences(tx, change)
    const steps = change.steps?.toSorted((a, b) => a.share - b.share)
    const columns = { name: change.name, targets: change.targets, steps, applies: change.applies, position: change.position, calendar_id: change.calendarId }
    const policyId = id ?? newId(now)
    if (id === null) await insertRow(tx, 'sla_policy', { id: policyId, ...columns })
    else if (!(await updateRow(tx, 'sla_policy', id, columns))) throw notFound()
    if (id !== null || change.applies) await slaOnSettingsChanged(tx, now, effects)
    return policyId
  })
  return retirable<SlaPolicy>(await context.db.one(`${policySelect} where id = $1`, [saved]))
}

/** Refused while a queue names it. What it promised is timed by what applies next; where nothing does, the clock is cancelled and says so. */
export async function retireSlaPolicy(context: SettingsContext, actor: StaffSession, id: string): Promise<void> {
  await changing(context, { actor, kind: 'sla-policies', action: 'retired' }, async (tx, now, effects) => {
    await assertUnused(tx, 'queues', 'select count(*)::int as count from queue where sla_policy_id = $1 and retired_at is null', id)
    if (!(await updateRow(tx, 'sla_policy', id, { retired_at: now }))) throw notFound()
    await slaOnSettingsChanged(tx, now, effects)
    return id
  })
}

/** What whoever receives a policy's webhooks checks their signature with. */
export async function readWebhookSecret({ db, secrets }: SettingsContext, id: string): Promise<{ secret: string }> {
  if (!(await db.maybe('select 1 from sla_policy where id = $1', [id]))) throw notFound()
  return { secret: webhookSecret(secrets, id) }
}

/** What a draft of a policy would promise to a message that came now, or at a given time. */
export async function previewSlaPolicy({ db, clock }: SettingsContext, draft: { targets: SlaPolicy['targets']; calendarId: string | null; steps: readonly SlaStep[]; queueId: string | null; channel: Channel; at?: string | undefined }): Promise<SlaPreview> {
  const at = draft.at ? new Date(draft.at) : clock.now()
  const row = await db.maybe<Calendar & { id: string; version: number }>(
    `select id, version, time_zone as "timeZone", periods, exceptions from calendar where id = coalesce($1, (select calendar_id from queue where id = $2))`, [draft.calendarId, draft.queueId])
  const hours: Hours = row ? { id: row.id, version: row.version, calendar: row } : null
  const warnShares = draft.steps.map(({ share }) => share).filter((share) => share < 1).sort((a, b) => a - b)
  const clocks = slaTargetKinds.flatMap((kind) => {
    let clock = startClock({ id: '', hours, warnShares, targets: draft.targets }, kind, draft.channel, at, null, 'preview')
    if (!clock) return []
    const warnings: SlaPreview['clocks'][number]['warnings'] = []
    for (const share of warnShares) {
      warnings.push({ share, at: clock.warnAt?.toISOString() ?? null })
      clock = afterFiring(clock, [{ share, isBreach: false }], at)
    }
    return [{ kind, targetMs: clock.targetMs, warnings, dueAt: clock.dueAt?.toISOString() ?? null }]
  })
  return { at: at.toISOString(), isOpen: isOpen(hours?.calendar ?? null, at), clocks }
}

async function assertReferences(tx: Tx, { calendarId, applies, steps, targets }: SlaPolicyBody): Promise<void> {
  const calendars = [calendarId, applies?.calendarId].filter((id) => id !== null && id !== undefined)
  if (!(await areKnown(tx, 'calendar', calendars))) throw unknownReference('calendar')
  if (!(await areKnown(tx, 'queue', applies?.queueIds ?? []))) throw unknownReference('queue')
  if (targets && new Set(targets.map(({ kind, channel }) => `${kind} ${channel}`)).size < targets.length) throw badSetting('targets', 'twice')
  if (!steps) return
  if (new Set(steps.map(({ share }) => share)).size < steps.length) throw badSetting('steps', 'twice')
  for (const action of steps.flatMap((step) => step.actions)) {
    if (action.kind === 'notify' && !(await areKnown(tx, 'agent', action.agentIds))) throw unknownReference('agent')
    if (action.kind === 'notify' && !(await areKnown(tx, 'team', action.teamIds))) throw unknownReference('team')
    if (action.kind === 'move-queue' && !(await areKnown(tx, 'queue', [action.queueId]))) throw unknownReference('queue')
    if (action.kind === 'add-supervisor' && !(await tx.maybe(`select 1 from agent where id = $1 and retired_at is null and role in ('supervisor', 'admin')`, [action.agentId]))) throw unknownReference('supervisor')
    // A customer of a workspace is never told of another: only accounts that are for staff.
    if (action.kind === 'slack' && !(await tx.maybe(`select 1 from channel_account where id = $1 and retired_at is null and channel = 'slack' and staff_only`, [action.accountId]))) throw unknownReference('slack-account')
  }
}
