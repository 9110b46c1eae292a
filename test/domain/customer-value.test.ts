import { describe, expect, it } from 'vitest'
import { rankAt, usualHeadStarts } from '#server/domain/queueing.ts'
import { classLimits, classOf, stageOf, type StandingFacts } from '#server/domain/customer-value.ts'

const day = 86_400_000
const now = new Date('2026-11-10T00:00:00Z')
const ago = (days: number) => new Date(now.getTime() - days * day)

describe('classes by share of value', () => {
  it('A brings the first 80 %, B the next 15 %, C the rest', () => {
    const limits = classLimits([500, 300, 100, 50, 30, 20])
    expect([500, 300, 100, 50, 30, 20, 0, null].map((value) => classOf(value, limits))).toEqual(['A', 'A', 'B', 'B', 'C', 'C', 'C', null])
  })
  it('the same value is the same class', () => expect([classLimits([10, 10, 10, 10]), classOf(10, classLimits([10, 10, 10, 10]))]).toEqual([{ aFrom: 10, bFrom: 10 }, 'A']))
  it('there are none where nobody has brought anything', () => expect(classOf(0, classLimits([0, 0]))).toBeNull())
})

const facts: StandingFacts = { value: 120, orders: 2, firstSeenAt: ago(400), lastActiveAt: ago(10), handledContacts: 2, frequency: 2, usualGapMs: null, lastAnswer: null, openLoops: [], before: null }

describe('the stage of a customer', () => {
  it.each([
    ['never ordered', { value: null, orders: null }, 'prospect', ['no-order']],
    ['ordered', {}, 'customer', ['ordered']],
    ['comes often, for long, and is content', { frequency: 4, lastAnswer: { isLow: false, score: 5, at: ago(5) } }, 'loyal', ['often', 'long', 'content']],
    ['comes often, but only lately', { frequency: 9, firstSeenAt: ago(179) }, 'customer', ['ordered']],
    ['complained, and it is open', { frequency: 9, openLoops: [{ kind: 'complaint', at: ago(3) }] }, 'at-risk', ['open-complaint']],
    ['answered low, and it was put right', { lastAnswer: { isLow: true, score: 1, at: ago(20) } }, 'at-risk', ['low-answer']],
    ['answered low, and it is open: one reason', { lastAnswer: { isLow: true, score: 1, at: ago(2) }, openLoops: [{ kind: 'low-answer', at: ago(2) }] }, 'at-risk', ['open-low-answer']],
    ['answered low a hundred days ago', { lastAnswer: { isLow: true, score: 1, at: ago(100) } }, 'customer', ['ordered']],
    ['quiet for half a year', { lastActiveAt: ago(180) }, 'at-risk', ['quiet']],
    ['quieter than usual', { lastActiveAt: ago(100), usualGapMs: 30 * day }, 'at-risk', ['quieter-than-usual']],
    ['as quiet as usual', { lastActiveAt: ago(100), usualGapMs: 60 * day }, 'customer', ['ordered']],
    ['silent for a year', { lastActiveAt: ago(365), openLoops: [{ kind: 'late', at: ago(366) }] }, 'lost', ['silent']],
    ['lost, and came back', { before: { stage: 'lost', since: ago(30), silentDays: 400 } }, 'won-back', ['came-back']],
    ['won back half a year ago', { before: { stage: 'won-back', since: ago(180), silentDays: null } }, 'customer', ['ordered']],
    ['won back, and complains', { before: { stage: 'won-back', since: ago(10), silentDays: null }, openLoops: [{ kind: 'complaint', at: ago(1) }] }, 'at-risk', ['open-complaint']],
  ] as const)('who %s', (_, over, stage, codes) => {
    const result = stageOf({ ...facts, ...(over as Partial<StandingFacts>) }, true, now)
    expect([result.stage, result.reasons.map(({ code }) => code)]).toEqual([stage, codes])
  })
  it('is a customer once served, where the company tells no orders', () => {
    const told = { ...facts, value: null, orders: null }
    expect(stageOf(told, false, now)).toEqual({ stage: 'customer', reasons: [{ code: 'served', facts: { count: 2 } }] })
    expect(stageOf({ ...told, handledContacts: 0 }, false, now).stage).toBe('prospect')
  })
})

describe('the place in a line', () => {
  const entry = { enqueuedAt: now, priority: 0, tier: 'standard', isUrgent: false, slaDueAt: null } as const
  const heads = { ...usualHeadStarts, stageMs: { 'at-risk': 120_000 }, classMs: { A: 60_000 } }
  it.each([[{ stage: 'at-risk', valueClass: 'A' }, 180_000], [{ stage: 'at-risk', valueClass: null }, 120_000], [{ stage: 'customer', valueClass: 'A' }, 60_000], [null, 0]] as const)('of %j is %i ms further forward where the queue says so', (standing, ms) => {
    expect(now.getTime() - rankAt({ ...entry, standing }, heads).getTime()).toBe(ms)
    expect(rankAt({ ...entry, standing }, usualHeadStarts)).toEqual(now)
  })
})
