/** What time alone does to follow-ups: overdue ones are marked, promises missed by far open one. */
import type { Context } from '../../context.ts'
import { isWideBreach, lateMs } from '../../domain/lateness.ts'
import { commit } from '../../platform/effects.ts'
import { lockConversation } from '../conversations/conversations.steps.ts'
import { addStep, openFollowUp, tellFollowUp } from './followups.steps.ts'
import * as store from './followups.store.ts'

type SweepContext = Pick<Context, 'db' | 'clock' | 'jobs' | 'relay'>

const batch = 200
/** A breach is looked at for so long; what was late by little then never opens one. */
const lookBackMs = 7 * 86_400_000
const lateDueMs = 24 * 3_600_000

export async function sweepFollowUps(context: SweepContext): Promise<void> {
  const now = context.clock.now()
  for (const { id, conversationId } of await store.dueUnmarked(context.db, now, batch)) {
    await commit(context, now, async (tx, effects) => {
      const conversation = await lockConversation(tx, conversationId, now)
      const held = await store.lockFollowUp(tx, id)
      if (!(await store.markOverdue(tx, id, now))) return
      await addStep(tx, id, 'overdue', {}, null, now)
      tellFollowUp('follow-up.changed', conversation, { ...held, id }, effects)
    })
  }
  for (const clock of await store.breachedUnjudged(context.db, new Date(now.getTime() - lookBackMs), now, batch)) {
    if (!isWideBreach(clock, now)) continue
    await commit(context, now, async (tx, effects) => {
      const conversation = await lockConversation(tx, clock.conversationId, now)
      await openFollowUp(tx, conversation, {
        kind: 'late', contactId: clock.contactId, restrictedTeamId: clock.restrictedTeamId, title: '', ownerId: null, dueAt: new Date(now.getTime() + lateDueMs),
        source: { clockId: clock.id, clockKind: clock.kind, lateMs: lateMs(clock, now), targetMs: clock.targetMs },
      }, now, effects)
    })
  }
}
