import type { UndoPreview } from '#contract/api/customers.ts'
import type { Channel, CustomerTier, Locale } from '#contract/words.ts'
import type { Context } from '../../context.ts'
import type { Tx } from '../../platform/db.ts'
import { commit, type Effects } from '../../platform/effects.ts'
import { notFound } from '../../platform/errors.ts'
import { recordAudit } from '../audit/audit.steps.ts'
import { rankAgain } from '../queues/entries.steps.ts'
import { slaOnPromiseChanged } from '../sla/sla.steps.ts'
import { tellCustomer, writeCustomer } from './customers.store.ts'
import { alreadyDecided, alreadyMerged, mergeWithItself, staleVersion } from './customers.errors.ts'
import { maySeeCustomer, seesStandingCustomer, type Viewer } from './customers.visibility.ts'
import { lockSides, mergeInside } from './merge.steps.ts'
import { proveTogether, type Proved, type ProvingAct } from './proving.steps.ts'
import { suggestionRooms, type SuggestionEvidence } from './suggestions.steps.ts'
import { refuseUndo, undoInside } from './undo.steps.ts'
import { previewUndo } from './undo-preview.ts'
import { loadMerge, type MergeRow } from './undo.store.ts'

type CustomerContext = Pick<Context, 'db' | 'jobs' | 'relay' | 'clock'>

/**
 * Several addresses were proved in one act. Unknown ones become the first known one's; two customers become one by the rules of
 * automatic merges, and where these do not hold, staff are asked.
 */
export async function provedTogether(context: Pick<Context, 'db' | 'jobs' | 'relay'>, act: ProvingAct & { at: Date }): Promise<Proved> {
  return commit(context, act.at, (tx, effects) => proveTogether(tx, act, act.at, effects))
}

/** A member of staff makes two customers one. They choose who survives; they must be able to see both. */
export async function mergeCustomers(context: CustomerContext, viewer: Viewer, merge: { survivorId: string; foldedId: string }): Promise<{ mergeId: string }> {
  if (merge.survivorId === merge.foldedId) throw mergeWithItself()
  const at = context.clock.now()
  return commit(context, at, async (tx, effects) => ({ mergeId: await mergeByHand(tx, viewer, merge, at, effects) }))
}

/** Accepting may choose the survivor, one of the two proposed; else the older customer survives. */
export async function acceptSuggestion(context: CustomerContext, viewer: Viewer, suggestion: { suggestionId: string; survivorId?: string | undefined }): Promise<{ mergeId: string; survivorId: string }> {
  const at = context.clock.now()
  return commit(context, at, async (tx, effects) => {
    const pair = await lockOpenSuggestion(tx, viewer, suggestion.suggestionId)
    const survivorId = suggestion.survivorId ?? pair.olderId
    if (survivorId !== pair.aId && survivorId !== pair.bId) throw notFound()
    const foldedId = survivorId === pair.aId ? pair.bId : pair.aId
    return { mergeId: await mergeByHand(tx, viewer, { survivorId, foldedId }, at, effects), survivorId }
  })
}

export async function dismissSuggestion(context: CustomerContext, viewer: Viewer, suggestionId: string): Promise<void> {
  const at = context.clock.now()
  await commit(context, at, async (tx, effects) => {
    const pair = await lockOpenSuggestion(tx, viewer, suggestionId)
    const changed = await tx.execute(
      `update merge_suggestion set state = 'dismissed', decided_at = $2, decided_by = $3, version = version + 1 where id = $1 and state = 'open'`, [suggestionId, at, viewer.staffId])
    if (changed === 0) throw alreadyDecided()
    effects.tell({ type: 'suggestion.decided', refs: { suggestionIds: [suggestionId] }, rooms: await suggestionRooms(tx, pair.aId, pair.bId) })
  })
}

/** Takes a merge back. */
export async function undoMerge(context: CustomerContext, viewer: Viewer, undo: { mergeId: string; reason: string | null }): Promise<MergeRow> {
  const at = context.clock.now()
  return commit(context, at, async (tx, effects) => {
    await requireSeenMerge(tx, viewer, undo.mergeId)
    return undoInside(tx, undo.mergeId, { actorId: viewer.staffId, reason: undo.reason }, at, effects)
  })
}

/** What an undo would move, and why it may not be done. Changes nothing. */
export async function undoPreview(context: Pick<Context, 'db'>, viewer: Viewer, mergeId: string): Promise<UndoPreview> {
  const merge = await requireSeenMerge(context.db, viewer, mergeId)
  refuseUndo(merge)
  return previewUndo(context.db, merge)
}

export interface CustomerChange {
  name?: string | null | undefined
  tier?: CustomerTier | undefined
  locale?: Locale | null | undefined
  timeZone?: string | null | undefined
  preferredChannel?: Channel | null | undefined
  company?: string | null | undefined
  attributes?: Record<string, string> | undefined
}

/** Changes what staff keep of a customer. `version` is what the writer saw; somebody else's change in between is not overwritten. */
export async function updateCustomer(context: CustomerContext, viewer: Viewer, update: { customerId: string; version: number; change: CustomerChange }): Promise<void> {
  const at = context.clock.now()
  const { customerId } = update
  await commit(context, at, async (tx, effects) => {
    await tx.query('select 1 from conversation where customer_id = $1 for update', [customerId])
    if (!(await maySeeCustomer(tx, viewer, customerId))) throw notFound()
    const written = await writeCustomer(tx, customerId, update.version, update.change, at)
    if (!written.ok) throw staleVersion(written.version)
    if (update.change.tier !== undefined) await tierChanged(tx, customerId, at, effects)
    await recordAudit(tx, { actorId: viewer.staffId, action: 'customer.changed', target: { kind: 'customer', id: customerId }, facts: { fields: Object.keys(update.change).join(',') }, at })
    await tellCustomer(tx, customerId, { relabelled: true }, effects)
  })
}

/** Another tier may be promised something else, and stands elsewhere in the line. */
async function tierChanged(tx: Tx, customerId: string, at: Date, effects: Effects): Promise<void> {
  const open = await tx.maybe<{ id: string }>(`select c.id from contact c join conversation co on co.id = c.conversation_id where co.customer_id = $1 and c.state <> 'closed'`, [customerId])
  if (!open) return
  await slaOnPromiseChanged(tx, open.id, at, effects)
  if ((await rankAgain(tx, { contactId: open.id })) > 0) effects.wake('route', 'all')
}

async function mergeByHand(tx: Tx, viewer: Viewer, merge: { survivorId: string; foldedId: string }, at: Date, effects: Effects): Promise<string> {
  const pair = [merge.survivorId, merge.foldedId]
  const sides = await lockSides(tx, pair)
  if (sides.length !== 2) throw notFound()
  // Told apart from "out of sight": who saw both a moment ago learns that somebody was faster.
  if (sides.some((side) => side.isGone)) throw alreadyMerged()
  for (const id of pair) if (!(await maySeeCustomer(tx, viewer, id))) throw notFound()
  const evidence = await tx.maybe<{ evidence: SuggestionEvidence[] }>(
    `select evidence from merge_suggestion where state = 'open' and customer_a_id = least($1::uuid, $2::uuid) and customer_b_id = greatest($1::uuid, $2::uuid)`, pair)
  const mergeId = await mergeInside(tx, { ...merge, actorId: viewer.staffId, evidence: evidence?.evidence ?? [] }, sides, at, effects)
  await tx.execute('update merge_suggestion set decided_by = $2 where merge_id = $1', [mergeId, viewer.staffId])
  return mergeId
}

async function lockOpenSuggestion(tx: Tx, viewer: Viewer, suggestionId: string): Promise<{ aId: string; bId: string; olderId: string }> {
  const found = await tx.maybe<{ aId: string; bId: string; state: string }>('select customer_a_id as "aId", customer_b_id as "bId", state from merge_suggestion where id = $1', [suggestionId])
  if (!found) throw notFound()
  // Told apart from "out of sight": who saw both a moment ago learns that somebody was faster.
  for (const id of [found.aId, found.bId]) if (!(await seesStandingCustomer(tx, viewer, id))) throw notFound()
  if (found.state !== 'open') throw alreadyDecided()
  const sides = await lockSides(tx, [found.aId, found.bId])
  for (const id of [found.aId, found.bId]) if (!(await maySeeCustomer(tx, viewer, id))) throw notFound()
  const [older] = sides.toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime())
  return { aId: found.aId, bId: found.bId, olderId: older?.customerId ?? found.aId }
}

async function requireSeenMerge(db: Pick<Tx, 'maybe'>, viewer: Viewer, mergeId: string): Promise<MergeRow> {
  const merge = await loadMerge(db, mergeId)
  if (!merge || !(await seesStandingCustomer(db, viewer, merge.survivorId))) throw notFound()
  return merge
}
