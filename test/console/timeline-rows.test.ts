import { describe, expect, it } from 'vitest'
import type { MessageView } from '#contract/views.ts'
import { rowsOf } from '../../console/conversation/timeline-rows.ts'

const isSameDay = (a: string, b: string): boolean => a.slice(0, 10) === b.slice(0, 10)

function message(seq: number, at: string, over: Partial<MessageView> = {}): MessageView {
  return {
    id: `m${seq}`, conversationId: 'c', contactId: null, seq, at, sentAt: null, kind: 'text', channel: 'sms', direction: 'inbound', author: { kind: 'customer', id: 'k', name: 'Mei' }, address: null, identityId: null,
    unverified: false, subject: null, text: `text ${seq}`, hasHtml: false, status: 'received', statusReason: null, attachments: [], call: null, system: null, threadId: null, clientId: null, editedAt: null, deletedAt: null,
    restricted: false, version: 1, ...over,
  }
}

const shape = (messages: MessageView[], read: string | null = null): string[] =>
  rowsOf(messages, read, isSameDay).map((row) => (row.kind === 'message' ? `${row.message.id}${row.continues ? '+' : ''}` : row.kind))

describe('rows of a timeline', () => {
  it('begins each day with its heading', () => {
    expect(shape([message(1, '2026-11-20T10:00:00Z'), message(2, '2026-11-21T10:00:00Z')])).toEqual(['day', 'm1', 'day', 'm2'])
  })

  it('joins what one person wrote within five minutes, and not what follows later', () => {
    expect(shape([message(1, '2026-11-20T10:00:00Z'), message(2, '2026-11-20T10:04:59Z'), message(3, '2026-11-20T10:09:59Z')])).toEqual(['day', 'm1', 'm2+', 'm3'])
  })

  it('does not join over channels, authors or an unproved sender', () => {
    const at = '2026-11-20T10:00:00Z'
    expect(shape([message(1, at), message(2, at, { channel: 'email' }), message(3, at, { channel: 'email', unverified: true })])).toEqual(['day', 'm1', 'm2', 'm3'])
  })

  it('draws the line above the first item of the customer that was not read', () => {
    const at = '2026-11-20T10:00:00Z'
    const ours = { direction: 'outbound' as const, author: { kind: 'agent' as const, id: 'a', name: 'Lena' } }
    expect(shape([message(1, at), message(2, at, ours), message(3, at), message(4, at)], 'm1')).toEqual(['day', 'm1', 'm2', 'new', 'm3', 'm4+'])
  })

  it('draws no line when everything was read, or nothing was ever read', () => {
    const at = '2026-11-20T10:00:00Z'
    expect(shape([message(1, at), message(2, at)], 'm2')).toEqual(['day', 'm1', 'm2+'])
    expect(shape([message(1, at)], null)).toEqual(['day', 'm1'])
  })

  it('keeps the key of our own message when the server answers, so that it does not flicker', () => {
    const [, sent] = rowsOf([message(1, '2026-11-20T10:00:00Z', { id: 'client-1', clientId: 'client-1', version: 0 })], null, isSameDay)
    const [, stored] = rowsOf([message(1, '2026-11-20T10:00:00Z', { id: 'm1', clientId: 'client-1' })], null, isSameDay)
    expect(stored?.key).toBe(sent?.key)
  })
})
