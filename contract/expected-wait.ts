/** The wait somebody may expect, as a range. */
export interface ExpectedWait {
  fromMs: number
  toMs: number
}

const minuteMs = 60_000

/** As it is told: in whole minutes, at least one. */
export function wholeMinutes({ fromMs, toMs }: ExpectedWait): { from: number; to: number } {
  return { from: Math.max(1, Math.floor(fromMs / minuteMs)), to: Math.max(1, Math.ceil(toMs / minuteMs)) }
}
