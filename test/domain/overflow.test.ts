import { describe, expect, it } from 'vitest'
import type { OverflowRule } from '#contract/overflow.ts'
import { afterMissedCallback, decideOverflow, type OverflowFacts } from '#server/domain/overflow.ts'

const now = new Date('2026-11-10T10:00:00Z') // a Tuesday
const ago = (ms: number) => new Date(now.getTime() - ms)
const after = (ms: number) => new Date(now.getTime() + ms)
const minute = 60_000
const days = { timeZone: 'UTC', periods: [1, 2, 3, 4, 5].map((weekday) => ({ weekday, from: '09:00', to: '17:00' })), exceptions: [] }
const waiting: OverflowFacts = { demand: 'call', isEntering: false, workableAt: ago(minute), length: 3, isOpen: true, isStaffed: true, calendar: days, queueIds: new Set(['other']), canCallBack: true, told: new Set() }

const afterTwo = { is: 'wait', ms: 2 * minute } as const
const toOther = { do: 'queue', queueId: 'other' } as const
const rule = (when: OverflowRule['when'], then: OverflowRule['then']): OverflowRule => ({ when, then })

describe('overflow', () => {
  it.each<[string, OverflowRule[], Partial<OverflowFacts>, ReturnType<typeof decideOverflow>]>([
    ['no rules: it waits', [], {}, { do: 'wait', nextAt: null }],
    ['a millisecond before the limit', [rule(afterTwo, toOther)], { workableAt: ago(2 * minute - 1) }, { do: 'wait', nextAt: after(1) }],
    ['exactly at the limit', [rule(afterTwo, toOther)], { workableAt: ago(2 * minute) }, { do: 'queue', queueId: 'other', because: 'wait' }],
    ['into a queue that is closed, gone or was left: it stays', [rule(afterTwo, toOther)], { workableAt: ago(9 * minute), queueIds: new Set() }, { do: 'wait', nextAt: null }],
    ['the next rule, when the first has no way out', [rule(afterTwo, toOther), rule(afterTwo, { do: 'voicemail' })], { workableAt: ago(9 * minute), queueIds: new Set() }, { do: 'voicemail', because: 'wait' }],
    ['the first of two that hold', [rule(afterTwo, { do: 'callback' }), rule({ is: 'wait', ms: minute }, { do: 'voicemail' })], { workableAt: ago(3 * minute) }, { do: 'callback', because: 'wait' }],
    ['a line that is too long, as it is entered', [rule({ is: 'length', atLeast: 3 }, { do: 'callback' })], { isEntering: true }, { do: 'callback', because: 'length' }],
    ['a line that is too long, later', [rule({ is: 'length', atLeast: 3 }, { do: 'callback' })], {}, { do: 'wait', nextAt: null }],
    ['outside the hours', [rule({ is: 'closed' }, { do: 'voicemail' })], { isOpen: false }, { do: 'voicemail', because: 'closed' }],
    ['nobody at work', [rule({ is: 'nobody-staffed' }, toOther)], { isStaffed: false }, { do: 'queue', queueId: 'other', because: 'nobody-staffed' }],
    ['nobody at work outside the hours is closed, not unstaffed', [rule({ is: 'nobody-staffed' }, toOther)], { isStaffed: false, isOpen: false }, { do: 'wait', nextAt: null }],
    ['a number that was withheld is not called back', [rule(afterTwo, { do: 'callback' }), rule(afterTwo, { do: 'message', withinMs: minute })], { workableAt: ago(9 * minute), canCallBack: false }, { do: 'wait', nextAt: null }],
    ['asked once is enough', [rule(afterTwo, { do: 'callback' })], { workableAt: ago(9 * minute), told: new Set(['callback']) }, { do: 'wait', nextAt: null }],
    ['a chat has no voicemail', [rule(afterTwo, { do: 'voicemail' })], { demand: 'chat' }, { do: 'wait', nextAt: null }],
    ['a promise counts hours of work', [rule(afterTwo, { do: 'message', withinMs: 8 * 3_600_000 })], { demand: 'messages', workableAt: ago(9 * minute) }, { do: 'message', promisedAt: new Date('2026-11-11T10:00:00Z'), because: 'wait' }],
    ['of two later rules the nearer is looked at next', [rule({ is: 'wait', ms: 9 * minute }, toOther), rule(afterTwo, { do: 'voicemail' })], {}, { do: 'wait', nextAt: after(minute) }],
  ])('%s', (_, rules, over, decision) => expect(decideOverflow(rules, { ...waiting, ...over }, now)).toEqual(decision))

  it('calls back three times, then it is somebody’s task', () => {
    expect(afterMissedCallback(1, now)).toEqual({ do: 'again', at: after(5 * minute) })
    expect(afterMissedCallback(2, now)).toEqual({ do: 'again', at: after(5 * minute) })
    expect(afterMissedCallback(3, now)).toEqual({ do: 'follow-up' })
  })
})
