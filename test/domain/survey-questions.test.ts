import { describe, expect, it } from 'vitest'
import { chooseSurvey, matchesConditions, questionsOf, scaleOfAsk, type ConditionFacts, type SurveyConditions } from '#server/domain/survey-questions.ts'

const text = { en: 'How was it?', zh: '怎么样？' }
const product = '019a0000-0000-7000-8000-0000000000d1'

describe('what a survey asks', () => {
  it('asks one question of its kind when nothing is set', () => expect(questionsOf('csat', [])).toEqual([{ text: { en: '', zh: '' }, ask: 'score', dimensionId: null }]))
  it('asks the three of the index', () => expect(questionsOf('csi', []).map(({ ask }) => ask)).toEqual(['score', 'against-expectation', 'against-ideal']))
  it('asks the score first, in the company’s words, then the dimensions', () =>
    expect(questionsOf('csat', [{ text: { en: '', zh: '' }, ask: 'perceived', dimensionId: product }, { text }])).toEqual([
      { text, ask: 'score', dimensionId: null }, { text: { en: '', zh: '' }, ask: 'perceived', dimensionId: product },
    ]))
  it('asks nothing twice, and leaves out what is no question', () =>
    expect(questionsOf('nps', [{ text }, { text }, { ask: 'perceived' }, { ask: 'nonsense' }, null, 7, { ask: 'expected', dimensionId: product }, { ask: 'expected', dimensionId: product }]).map(({ ask }) => ask)).toEqual(['score', 'expected']))
  it('answers the score on its kind’s scale and all else 1–10', () =>
    expect([scaleOfAsk('nps', 'score'), scaleOfAsk('csat', 'perceived'), scaleOfAsk('csi', 'score')]).toEqual([{ min: 0, max: 10 }, { min: 1, max: 10 }, { min: 1, max: 10 }]))
})

describe('which survey a contact is asked by', () => {
  const facts: ConditionFacts = { queueId: 'q', channel: 'email', locale: 'zh', tier: 'gold', dispositionId: 'd', isComplaint: false }
  const survey = (name: string, rule: Partial<SurveyConditions>, isEnabled = true) => ({ name, rule, isEnabled })
  it.each([
    [{}, true], [{ channels: ['email'] }, true], [{ channels: ['sms'] }, false], [{ locales: ['en'] }, false], [{ tiers: ['gold', 'silver'] }, true], [{ dispositionIds: ['other'] }, false],
    [{ queueIds: ['q'], locales: ['zh'] }, true], [{ complaints: 'only' }, false], [{ complaints: 'never' }, true],
  ] as const)('%j fits: %s', (rule, fits) => expect(matchesConditions(rule, facts)).toBe(fits))
  it('a contact without a disposition meets no condition on it', () => expect(matchesConditions({ dispositionIds: ['d'] }, { ...facts, dispositionId: null })).toBe(false))
  it('takes the one with the most conditions, of those that are on', () =>
    expect(chooseSurvey([survey('all', {}), survey('mail', { channels: ['email'] }), survey('gold mail', { channels: ['email'], tiers: ['gold'] }, false), survey('texts', { channels: ['sms'], tiers: ['gold'] })], facts)?.name).toBe('mail'))
  it('takes none when none is meant for it', () => expect(chooseSurvey([survey('texts', { channels: ['sms'] })], facts)).toBeUndefined())
})
