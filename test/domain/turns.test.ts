import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MessageStatus } from '#contract/words.ts'
import { mayAdvance, mayRetry } from '#server/domain/message-status.ts'
import { changeTurn, type Turn } from '#server/domain/turns.ts'

const now = new Date('2026-11-10T10:00:00Z')
const open: Turn = { id: 't1', startedAt: now, end: null, endedAt: null, answeredByMessageId: null }
const answered: Turn = { id: 't0', startedAt: now, end: 'answered', endedAt: now, answeredByMessageId: 'm1' }

describe('a turn', () => {
  it.each([
    ['starts with the first item nobody answered', [], { kind: 'customer-item', at: now }, { do: 'start', startedAt: now }],
    ['goes on with the next, on any channel', [open], { kind: 'customer-item', at: now }, { do: 'nothing', reason: 'turn-goes-on' }],
    ['ends with an agent’s message', [open], { kind: 'agent-message', messageId: 'm2', status: 'pending', at: now }, { do: 'end', turnId: 't1', end: 'answered', endedAt: now, answeredByMessageId: 'm2' }],
    ['does not end with a refused one', [open], { kind: 'agent-message', messageId: 'm2', status: 'failed', at: now }, { do: 'nothing', reason: 'reply-was-refused' }],
    ['does not end with an automatic text', [open], { kind: 'automatic-text', at: now }, { do: 'nothing', reason: 'written-by-program' }],
    ['ends with a bridged call', [open], { kind: 'call-bridged', at: now }, { do: 'end', turnId: 't1', end: 'answered', endedAt: now, answeredByMessageId: null }],
    ['ends when no reply is needed', [open], { kind: 'no-reply-needed', at: now }, { do: 'end', turnId: 't1', end: 'settled', endedAt: now, answeredByMessageId: null }],
    ['is re-opened by a reply that failed', [answered], { kind: 'reply-failed', messageId: 'm1' }, { do: 'reopen', turnId: 't0' }],
    ['stays ended when another is open', [answered, open], { kind: 'reply-failed', messageId: 'm1' }, { do: 'nothing', reason: 'newer-turn-open' }],
    ['is not touched by a failed message that answered nothing', [answered], { kind: 'reply-failed', messageId: 'm9' }, { do: 'nothing', reason: 'not-the-answer' }],
    ['cannot end twice', [answered], { kind: 'no-reply-needed', at: now }, { do: 'nothing', reason: 'no-open-turn' }],
  ] as const)('%s', (_, turns, event, change) => expect(changeTurn(turns, event)).toEqual(change))
})

describe('the status of a sent message', () => {
  const reports: MessageStatus[] = ['sending', 'sent', 'delivered', 'read', 'failed', 'unknown']
  const end = (order: readonly MessageStatus[]) => order.reduce<MessageStatus>((status, report) => (mayAdvance(status, report) ? report : status), 'pending')
  it('ends the same in every order of five callbacks', () => {
    for (const set of [['sending', 'sent', 'delivered', 'read', 'failed'], ['sending', 'unknown', 'sent', 'failed', 'sent'], ['sent', 'delivered', 'sent', 'delivered', 'failed']] as MessageStatus[][]) {
      const ends = new Set(permutations(set).map(end))
      expect([...ends]).toHaveLength(1)
    }
  })
  it('never goes back', () => fc.assert(fc.property(fc.constantFrom(...reports), fc.constantFrom(...reports), (a, b) => {
    expect(mayAdvance(a, b) && mayAdvance(b, a)).toBe(false)
  })))
  it('takes read without delivered, and failed after sent, but not after delivered', () => expect([mayAdvance('sent', 'read'), mayAdvance('sent', 'failed'), mayAdvance('delivered', 'failed'), mayAdvance('received', 'read')]).toEqual([true, true, false, false]))
  it('is retried by a person only when it surely failed', () => expect([mayRetry('failed'), mayRetry('unknown'), mayRetry('sent')]).toEqual([{ ok: true }, { ok: false, reason: 'ask-provider-first' }, { ok: false, reason: 'not-failed' }]))
})

function permutations<Item>(items: readonly Item[]): Item[][] {
  return items.length === 0 ? [[]] : items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]))
}
