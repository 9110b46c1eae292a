import { surveyAsks, type Channel, type CustomerTier, type Locale, type SurveyAsk, type SurveyKind } from '#contract/words.ts'
import { scaleOf } from './survey-answer.ts'

export interface SurveyQuestion {
  /** The company's own words; empty for ours. */
  text: Record<Locale, string>
  ask: SurveyAsk
  dimensionId: string | null
}

const ours: Record<Locale, string> = { en: '', zh: '' }

/** The three questions of the index (Fornell et al. 1996): overall, against expectation, against the ideal. */
const indexAsks: readonly SurveyAsk[] = ['score', 'against-expectation', 'against-ideal']

/**
 * What a survey asks, in order: its one score first, then what else was set. A survey without questions asks the ones of its kind.
 * `stored` is what the settings hold; what of it is no question is left out.
 */
export function questionsOf(kind: SurveyKind, stored: unknown): SurveyQuestion[] {
  const own = Array.isArray(stored) ? stored.flatMap(questionIn) : []
  const asked = new Set<string>()
  const once = own.filter(({ ask, dimensionId }) => {
    const name = `${ask} ${dimensionId ?? ''}`
    return !asked.has(name) && asked.add(name)
  })
  const standard = (kind === 'csi' ? indexAsks : indexAsks.slice(0, 1)).map((ask) => once.find((question) => question.ask === ask) ?? { text: ours, ask, dimensionId: null })
  return [...standard, ...once.filter((question) => !standard.some(({ ask }) => ask === question.ask))]
}

function questionIn(stored: unknown): SurveyQuestion[] {
  if (typeof stored !== 'object' || stored === null) return []
  const { text, ask, dimensionId } = stored as { text?: Partial<Record<Locale, unknown>>; ask?: unknown; dimensionId?: unknown } // each part is looked at below
  const known = ask === undefined ? 'score' : surveyAsks.find((one) => one === ask)
  if (!known) return []
  const words = (locale: Locale): string => (typeof text?.[locale] === 'string' ? text[locale].trim() : '')
  const onDimension = known === 'perceived' || known === 'expected' || known === 'importance'
  if (onDimension && typeof dimensionId !== 'string') return []
  return [{ text: { en: words('en'), zh: words('zh') }, ask: known, dimensionId: onDimension ? (dimensionId as string) : null }]
}

/** The score has its survey's scale; all else is answered 1–10. */
export function scaleOfAsk(kind: SurveyKind, ask: SurveyAsk): { min: number; max: number } {
  return ask === 'score' ? scaleOf[kind] : scaleOf.csi
}

/** Which contacts a survey is for. An empty list means all. */
export interface SurveyConditions {
  queueIds: readonly string[]
  channels: readonly Channel[]
  locales: readonly Locale[]
  tiers: readonly CustomerTier[]
  dispositionIds: readonly string[]
  complaints: 'any' | 'only' | 'never'
}

export interface ConditionFacts {
  queueId: string
  channel: Channel
  locale: Locale
  tier: CustomerTier
  dispositionId: string | null
  isComplaint: boolean
}

export function matchesConditions(rule: Partial<SurveyConditions>, facts: ConditionFacts): boolean {
  const allows = <T>(list: readonly T[] | undefined, value: T | null): boolean => !list || list.length === 0 || (value !== null && list.includes(value))
  return allows(rule.queueIds, facts.queueId) && allows(rule.channels, facts.channel) && allows(rule.locales, facts.locale) && allows(rule.tiers, facts.tier) && allows(rule.dispositionIds, facts.dispositionId)
    && (rule.complaints === 'only' ? facts.isComplaint : rule.complaints === 'never' ? !facts.isComplaint : true)
}

/**
 * The one survey a contact is asked by: of those whose conditions it meets, the one with the most conditions; among equals one
 * that names its queue before the queue's own, then by name. Undefined when none is meant for it.
 */
export function chooseSurvey<S extends { name: string; rule: Partial<SurveyConditions>; isEnabled: boolean }>(surveys: readonly S[], facts: ConditionFacts): S | undefined {
  const fitting = surveys.filter((survey) => survey.isEnabled && matchesConditions(survey.rule, facts))
  return [...fitting].sort((a, b) => conditionCount(b.rule) - conditionCount(a.rule) || (a.name < b.name ? -1 : 1))[0]
}

function conditionCount(rule: Partial<SurveyConditions>): number {
  const lists = [rule.queueIds, rule.channels, rule.locales, rule.tiers, rule.dispositionIds].filter((list) => list && list.length > 0).length
  return lists + (rule.complaints === 'only' || rule.complaints === 'never' ? 1 : 0)
}
