import type { SpokenStep } from '../../channels/channel.ts'
import { nextPlan, type CallFacts, type CallInstruction, type CallStep } from '../../domain/telephony-plan.ts'
import { worded } from './call-words.ts'
import type { HeldCall } from './held-call.ts'
import { loadLineFacts } from './voice.store.ts'

/** What a caller hears next, in their language and with the words of their line. */
export async function speak({ tx, call }: Pick<HeldCall, 'tx' | 'call'>, plan: (facts: CallFacts) => readonly CallInstruction[]): Promise<SpokenStep[]> {
  const line = await loadLineFacts(tx, call.accountId)
  const { id: sessionId, locale } = call
  return worded(plan({ sessionId, locale, company: line.company }), { sessionId, locale, round: call.data.round ?? 1, keysRound: call.data.keysRound ?? 0, line })
}

export async function say(held: HeldCall, step: CallStep): Promise<SpokenStep[]> {
  return speak(held, (facts) => nextPlan(facts, step))
}
