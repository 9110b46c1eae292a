import { figureNames, type BoardLine, type BoardView, type Figure, type FigureName } from '#contract/board.ts'
import { channels } from '#contract/words.ts'
import { definitions, totalCounts } from './board.figures.ts'
import type { Tally, TallyLine } from './board.store.ts'

/** A figure from its tally; nothing to count has no value. Rounded, so that what nobody could see change is not sent again. */
export function figureOf(name: FigureName, tally: Tally | undefined): Figure {
  if (!tally || tally.n === 0) return { value: null, n: 0 }
  return { value: rounded(name, rawValue(name, tally)), n: tally.n }
}

function rawValue(name: FigureName, tally: Tally): number {
  switch (definitions[name].value) {
    case 'count': return tally.n
    case 'part': return tally.hits
    case 'share': return tally.hits / tally.n
    case 'mean': return tally.sum / tally.n
    case 'max': return tally.max
  }
}

const minuteMs = 60_000

/** Shares to a hundredth of a percent; durations to a second, over ten minutes to ten, over an hour to a minute. */
function rounded(name: FigureName, value: number): number {
  const kind = definitions[name].value
  if (kind === 'share') return Math.round(value * 10_000) / 10_000
  if (kind !== 'mean' && kind !== 'max') return value
  const stepMs = value >= 60 * minuteMs ? minuteMs : value >= 10 * minuteMs ? 10_000 : 1_000
  return Math.floor(value / stepMs) * stepMs
}

/** The lines of the board by queue and channel, and the totals over all of them. */
export function boardFigures(tallies: readonly TallyLine[], names: ReadonlyMap<string, string>): Pick<BoardView, 'total' | 'lines'> {
  const order = [...names.keys()]
  const lines: BoardLine[] = [...tallies]
    .sort((a, b) => order.indexOf(a.queueId) - order.indexOf(b.queueId) || channels.indexOf(a.channel) - channels.indexOf(b.channel))
    .map((line) => ({
      queueId: line.queueId, queueName: names.get(line.queueId) ?? '', channel: line.channel,
      figures: Object.fromEntries(figureNames.filter((name) => line.tallies[name]).map((name) => [name, figureOf(name, line.tallies[name])])),
    }))
  const total = Object.fromEntries(figureNames.map((name) => [name, figureOf(name, sumOf(name, tallies))])) as BoardView['total'] // of all names
  return { total, lines }
}

function sumOf(name: FigureName, lines: readonly TallyLine[]): Tally {
  const sum: Tally = { n: 0, hits: 0, sum: 0, max: 0 }
  for (const { channel, tallies } of lines) {
    const tally = tallies[name]
    if (!tally || !totalCounts(name, channel)) continue
    sum.n += tally.n
    sum.hits += tally.hits
    sum.sum += tally.sum
    sum.max = Math.max(sum.max, tally.max)
  }
  return sum
}
