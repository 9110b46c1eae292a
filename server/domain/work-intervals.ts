/** Worked time counts while the contact is in front of the agent and they did something within this time. */
export const inputWithinMs = 60_000

export interface WorkStretch {
  assignmentId: string
  startedAt: Date
  endedAt: Date
}

/** What a console says every few seconds: which contact is in front, and when the agent last typed, clicked or scrolled. */
export interface WorkSign {
  assignmentId: string | null
  lastInputAt: Date
  at: Date
}

export type WorkChange =
  | { do: 'extend'; endedAt: Date }
  | { do: 'begin'; stretch: WorkStretch }
  /** Nothing in front, or the agent is away: the last stretch stays as it is. */
  | { do: 'nothing'; reason: 'no-contact' | 'no-input' | 'out-of-order' }

/**
 * Carries on an agent's worked time. `last` is their latest stretch over all assignments, so one contact at a time counts. A sign
 * that was lost leaves a gap; a late one never makes time count twice.
 */
export function extendWork(last: WorkStretch | null, sign: WorkSign): WorkChange {
  if (sign.assignmentId === null) return { do: 'nothing', reason: 'no-contact' }
  if (last && sign.at <= last.endedAt) return { do: 'nothing', reason: 'out-of-order' }
  const worksUntil = new Date(Math.min(sign.at.getTime(), sign.lastInputAt.getTime() + inputWithinMs))
  if (last && worksUntil <= last.endedAt) return { do: 'nothing', reason: 'no-input' }
  const goesOn = last?.assignmentId === sign.assignmentId && sign.lastInputAt.getTime() - last.endedAt.getTime() <= inputWithinMs && sign.at.getTime() - last.endedAt.getTime() <= inputWithinMs
  if (goesOn) return { do: 'extend', endedAt: worksUntil }
  if (worksUntil < sign.at) return { do: 'nothing', reason: 'no-input' }
  return { do: 'begin', stretch: { assignmentId: sign.assignmentId, startedAt: sign.at, endedAt: sign.at } }
}
