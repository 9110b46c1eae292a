import { useEffect, useState } from 'react'
import type { FigureName } from '#contract/board.ts'

const pointsMax = 60
const everyMs = 5_000

/** The values a figure had while this screen was open, one every few seconds. */
export function useTrend(name: FigureName, value: number | null): readonly number[] {
  const [points, setPoints] = useState<{ name: FigureName; at: number; values: number[] }>({ name, at: 0, values: [] })
  useEffect(() => {
    if (value === null) return
    const now = Date.now()
    setPoints((held) => {
      // A change within the beat moves its last point, so that the line ends at what the number says.
      if (now - held.at < everyMs && held.values.length > 0) return { ...held, values: [...held.values.slice(0, -1), value] }
      return { name, at: now, values: [...held.values, value].slice(-pointsMax) }
    })
  }, [name, value])
  return points.values
}
