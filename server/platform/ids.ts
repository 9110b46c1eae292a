import { randomFillSync } from 'node:crypto'
import { v7 } from 'uuid'

let lastMs = 0
let sequence = 0

/** Random bytes drawn ahead: one draw costs five times an id. */
const ahead = Buffer.alloc(16 * 256)
let drawn = ahead.length

function random(): Uint8Array {
  if (drawn === ahead.length) {
    randomFillSync(ahead)
    drawn = 0
  }
  return ahead.subarray(drawn, drawn += 16)
}

/**
 * A UUIDv7. Its order is the order of making, within this process also inside one millisecond.
 * `at`: the use case's own time, so that ids of a made-up history lie in that history.
 */
export function newId(at?: Date): string {
  if (!at) return v7()
  const ms = at.getTime()
  sequence = ms === lastMs ? sequence + 1 : 0
  lastMs = ms
  return v7({ msecs: ms, seq: sequence, random: random() })
}

/** Many at once: what is random in them is drawn once, and they follow each other. */
export function newIds(count: number, at: Date): string[] {
  const drawnOnce = random()
  const ms = at.getTime()
  sequence = ms === lastMs ? sequence : -1
  lastMs = ms
  return Array.from({ length: count }, () => v7({ msecs: ms, seq: ++sequence, random: drawnOnce }))
}

/** The lowest id anything made at this time could have: what is before it is older. */
export function firstIdOf(at: Date): string {
  const hex = at.getTime().toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`
}
