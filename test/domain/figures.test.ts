import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { abandonment, asa, averageHandleTime, ces, complaintRate, csat, dissatisfaction, longestWait, mean, missedOffers, nps, occupancy, omission, repeatRate, responseRate, serviceLevel, transferRate, unionMs, waitP90, wilson, type EntryRow } from '#server/domain/figures.ts'

const threshold = { voice: 20_000, webchat: 30_000, sms: 600_000, whatsapp: 600_000, slack: 600_000, email: 3_600_000 }
const row = (result: EntryRow['result'], waitS: number, channel: EntryRow['channel'] = 'voice'): EntryRow => ({ channel, result, waitMs: waitS * 1000 })
const now = new Date('2026-11-20T10:00:00Z')
const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000)

describe('waiting', () => {
  it('counts service level as answered in time over answered, abandoned but the short, and left for later after X', () => {
    const rows = [row('answered', 20), row('answered', 21), row('abandoned', 4.999), row('abandoned', 5), row('overflowed', 30), row('overflowed', 10), row('moved', 99), row('merged', 99), row('spam', 99), row(null, 99)]
    expect(serviceLevel(rows, threshold)).toEqual({ value: 1 / 4, n: 4 })
    expect(serviceLevel(rows, threshold, true)).toEqual({ value: 1 / 5, n: 5 })
  })
  it('uses each channel’s own threshold', () => expect(serviceLevel([row('answered', 60, 'sms'), row('answered', 60, 'voice')], threshold)).toEqual({ value: 0.5, n: 2 }))
  it('is empty, not zero, without rows', () => {
    for (const figure of [serviceLevel([], threshold), asa([]), waitP90([]), longestWait([]), abandonment([]), csat([]), nps([]), ces([]), omission([]), complaintRate([]), averageHandleTime([]), occupancy([], []), repeatRate([], now)]) expect(figure).toMatchObject({ value: null, n: 0 })
  })
  it('takes the answer speed from calls and chats only', () => expect(asa([row('answered', 10), row('answered', 20, 'webchat'), row('answered', 9999, 'email'), row('abandoned', 50)])).toEqual({ value: 15_000, n: 2 }))
  it('takes nine of ten', () => expect(waitP90(Array.from({ length: 10 }, (_, index) => row('answered', index + 1))).value).toBe(9_000))
  it('shows the longest of those who wait', () => expect(longestWait([row(null, 5), row(null, 50), row('answered', 500)])).toEqual({ value: 50_000, n: 2 }))
  it('leaves short abandons out of abandonment', () => expect(abandonment([row('answered', 1), row('answered', 1), row('abandoned', 60), row('abandoned', 9.9, 'webchat'), row('expired', 60, 'email')])).toEqual({ value: 1 / 3, n: 3 }))
})

describe('work', () => {
  it('means handle time over talk and hold, or worked time, and wrap-up', () =>
    expect(averageHandleTime([{ isCall: true, talkMs: 100, holdMs: 20, workedMs: 999, wrapUpMs: 30 }, { isCall: false, talkMs: 999, holdMs: 0, workedMs: 40, wrapUpMs: 10 }])).toEqual({ value: 100, n: 2 }))
  it('counts two chats at once as one busy time', () => {
    const span = (from: number, to: number) => ({ from: new Date(from), to: new Date(to) })
    expect(unionMs([span(0, 10), span(5, 20), span(30, 40), span(32, 33)])).toBe(30)
    expect(occupancy([span(0, 30), span(10, 20)], [span(30, 60)])).toEqual({ value: 0.5, n: 2 })
  })
  it('divides timed-out offers and transfers', () => {
    expect(missedOffers([{ result: 'timed-out' }, { result: 'accepted' }, { result: null }, { result: 'declined' }])).toEqual({ value: 0.25, n: 4 })
    expect(transferRate([{ wasTransferred: true }, { wasTransferred: false }])).toEqual({ value: 0.5, n: 2 })
    expect(mean([100, 300])).toEqual({ value: 200, n: 2 })
  })
})

describe('what is forgotten', () => {
  it('counts turns neither answered nor settled whose contact is closed or which are past their limit', () =>
    expect(omission([{ isEnded: true, isContactClosed: true, isPastLimit: true }, { isEnded: false, isContactClosed: true, isPastLimit: false }, { isEnded: false, isContactClosed: false, isPastLimit: true }, { isEnded: false, isContactClosed: false, isPastLimit: false }])).toEqual({ value: 0.5, n: 4 }))
  it('looks for repeats among contacts closed 7 to 14 days ago', () =>
    expect(repeatRate([{ closedAt: daysAgo(10), nextOpenedByCustomerAt: daysAgo(4) }, { closedAt: daysAgo(10), nextOpenedByCustomerAt: daysAgo(2) }, { closedAt: daysAgo(7), nextOpenedByCustomerAt: null }, { closedAt: daysAgo(6), nextOpenedByCustomerAt: daysAgo(5) }, { closedAt: daysAgo(15), nextOpenedByCustomerAt: daysAgo(14) }], now)).toEqual({ value: 1 / 3, n: 3 }))
  it('leaves spam out of the complaint rate', () => expect(complaintRate([{ isComplaint: true, isSpam: true }, { isComplaint: true, isSpam: false }, { isComplaint: false, isSpam: false }])).toEqual({ value: 0.5, n: 2 }))
})

describe('satisfaction', () => {
  it('is the share of 4 and 5 with Wilson’s interval', () => {
    const figure = csat([5, 4, 3, 5, 4, 4, 5, 2])
    expect([figure.value, figure.n]).toEqual([0.75, 8])
    // Reference: statsmodels proportion_confint(6, 8, method='wilson').
    expect(figure.interval!.low).toBeCloseTo(0.4093, 3)
    expect(figure.interval!.high).toBeCloseTo(0.9285, 3)
    expect(dissatisfaction([1, 2, 3, 4])).toEqual({ value: 0.5, n: 4 })
  })
  it('is promoters less detractors', () => {
    const figure = nps([10, 9, 8, 7, 6, 0, 10, 9, 9, 5])
    expect(figure.value).toBeCloseTo(20)
    // 1.96·√((0.5 + 0.3 − 0.04)/10) = 0.5403
    expect(figure.interval!.high).toBeCloseTo(74.03, 1)
  })
  it('is a mean with a t interval for effort', () => {
    const figure = ces([5, 6, 7, 4, 6])
    expect(figure.value).toBeCloseTo(5.6)
    // s = 1.140, t(4) = 2.776: ± 1.416, cut at 7.
    expect(figure.interval!.low).toBeCloseTo(4.184, 2)
    expect(figure.interval!.high).toBe(7)
    expect(ces([3])).toEqual({ value: 3, n: 1 })
  })
  it('counts answers on delivered invitations only', () => expect(responseRate([{ isDelivered: true, isAnswered: true }, { isDelivered: true, isAnswered: false }, { isDelivered: false, isAnswered: false }])).toEqual({ value: 0.5, n: 2 }))
  it('never leaves 0–1', () => fc.assert(fc.property(fc.integer({ min: 1, max: 500 }), fc.nat(500), (n, count) => {
    const { low, high } = wilson(Math.min(count, n), n)
    expect(low).toBeGreaterThanOrEqual(0)
    expect(high).toBeLessThanOrEqual(1)
    expect(low).toBeLessThanOrEqual(Math.min(count, n) / n)
    expect(high).toBeGreaterThanOrEqual(Math.min(count, n) / n - 1e-12)
  })))
})
