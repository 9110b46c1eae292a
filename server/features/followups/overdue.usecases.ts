/** What time alone does to follow-ups: overdue ones are marked, promises missed by far open one. */
import type { Context } from '../../context.ts'
import { isWide, lateMs } from '../../domain/lateness.ts'
import { commit } from '../../platform/effects.ts'
import { lockConversation } from '../conversations/conversations.steps.ts'
import { loadHours } from '../sla/sla.steps.ts'
import { addStep, notifyOverdue, openFollowUp, tellFollowUp } from './followups.steps.ts'
import * as store from './followups.store.ts'

type SweepContext = Pick<Context, 'db' | 'clock' | 'jobs' | 'relay'>

const batch = 200
/** One that ended is looked at when it breached so long ago at most; one that runs always. */
const endedLookBackMs = 7 * 86_400_000

export async function sweepFollowUps(context: SweepContext): Promise<void> {
  await markOverdue(context)
  await openLate(context)
}

async function markOverdue(context: SweepContext): Promise<void> {
  const now = context.clock.now()
  for (;;) {
    const due = await store.dueUnmarked(context.db, now, batch)
    for (const { id, conversationId } of due) {
      await commit(context, now, async (tx, effects) => {
        const conversation = await lockConversation(tx, conversationId, now)
        const held = await store.lockFollowUp(tx, id)
        if (!(await store.markOverdue(tx, id, now))) return
        await addStep(tx, id, 'overdue', {}, null, now)
        await notifyOverdue(tx, held, now, effects)
        tellFollowUp('follow-up.changed', conversation, { ...held, id }, effects)
      })
    }
    if (due.length < batch) return
  }
}

async function openLate(context: SweepContext): Promise<void> {
  const now = context.clock.now()
  const opened = new Set<string>()
  for (let after: store.BreachedClock | null = null; ;) {
    const clocks: store.BreachedClock[] = await store.breachedUnjudged(context.db, { endedSince: new Date(now.getTime() - endedLookBackMs), after }, now, batch)
    const hours = await loadHours(context.db, clocks.flatMap(({ intervals }) => intervals.flatMap((interval) => interval.hours?.id ?? [])))
    for (const clock of clocks) {
      const late = lateMs(clock, ({ id, version }) => hours(id, version), now)
      if (!isWide(late, clock) || opened.has(clock.contactId)) continue
      opened.add(clock.contactId)
      await commit(context, now, async (tx, effects) => {
        const conversation = await lockConversation(tx, clock.conversationId, now)
        await openFollowUp(tx, conversation, {
          kind: 'late', contactId: clock.contactId, restrictedTeamId: clock.restrictedTeamId, title: '', ownerId: null, dueAt: null,
          source: { clockId: clock.id, clockKind: clock.kind, lateMs: late, targetMs: clock.targetMs },
        }, now, effects)
      })
    }
    if (clocks.length < batch) return
    after = clocks.at(-1) ?? null
  }
}
