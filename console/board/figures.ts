import type { Figure, FigureName } from '#contract/board.ts'
import type { Formats } from '#contract/i18n/formats.ts'
import type { Tone } from '../look/Mark.tsx'

const shares: ReadonlySet<FigureName> = new Set(['service-level', 'abandonment', 'csat', 'omission', 'complaint-rate', 'dissatisfaction'])
const durations: ReadonlySet<FigureName> = new Set(['longest-wait', 'asa'])

/** A figure as it is read; nothing to count is a dash, never a nought. */
export function figureText(formats: Formats, name: FigureName, figure: Figure | undefined): string {
  if (!figure || figure.value === null) return '–'
  if (shares.has(name)) return formats.percent(figure.value, figure.value > 0 && figure.value < 0.1 ? 1 : 0)
  return durations.has(name) ? formats.duration(figure.value) : formats.number(figure.value)
}

export function isShare(name: FigureName): boolean {
  return shares.has(name)
}

/** Where somebody should look. The limits are those usual in the trade: 80 % answered in time, 5 % abandoned. */
export function figureTone(name: FigureName, figure: Figure | undefined): Tone {
  const value = figure?.value ?? null
  if (value === null || value === 0) return 'plain'
  switch (name) {
    case 'service-level': return value < 0.7 ? 'bad' : value < 0.8 ? 'warn' : 'good'
    case 'abandonment': return value > 0.1 ? 'bad' : value > 0.05 ? 'warn' : 'good'
    case 'csat': return value < 0.7 ? 'bad' : value < 0.8 ? 'warn' : 'good'
    case 'breached': return 'bad'
    case 'at-risk': return 'warn'
    case 'dissatisfaction': return value > 0.2 ? 'bad' : value > 0.1 ? 'warn' : 'plain'
    case 'omission': return value > 0.02 ? 'bad' : 'plain'
    default: return 'plain'
  }
}
