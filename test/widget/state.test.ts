import { expect, test } from 'vitest'
import type { VisitorSnapshot } from '#contract/visitor-socket.ts'
import type { VisitorMessageView } from '#contract/views.ts'
import { applyChat, applyMessages, applyNextSeq, applySeq, applySnapshot, emptyState, idleChat, lastSeenAt } from '../../widget/state.ts'

const message = (id: string, minute: number, over: Partial<VisitorMessageView> = {}): VisitorMessageView => ({
  id, at: `2026-03-02T09:${String(minute).padStart(2, '0')}:00.000Z`, direction: 'inbound', authorName: null, channel: 'webchat', text: id, system: null, attachments: [],
  status: 'received', clientId: null, version: 1, ...over,
})
const snapshot = (over: Partial<VisitorSnapshot> = {}): VisitorSnapshot => ({
  visitorId: 'v', token: 't', siteName: 'Shop', locale: 'en', signedInAs: null, messages: [], hasEarlier: false, chat: idleChat, seq: 3, ...over,
})
const empty = emptyState([], 0)
const ids = (state: { messages: VisitorMessageView[] }) => state.messages.map((one) => one.id)

test('messages stand in the order they happened, however they arrive', () => {
  const state = applyMessages(applyMessages(empty, [message('c', 3)]), [message('a', 1), message('b', 1)])
  expect(ids(state)).toEqual(['a', 'b', 'c'])
})

test('an older view of a message changes nothing, a newer one replaces it', () => {
  const held = applyMessages(empty, [message('a', 1, { version: 3, status: 'read' })])
  expect(applyMessages(held, [message('a', 1, { version: 2, status: 'sent' })]).messages[0]?.status).toBe('read')
  expect(applyMessages(held, [message('a', 1, { version: 4, text: 'edited' })]).messages[0]?.text).toBe('edited')
})

test('what is acknowledged leaves the outbox, whichever way it became known', () => {
  const outbox = [{ clientId: 'one', text: 'hello', files: [], at: '' }, { clientId: 'two', text: 'again', files: [], at: '' }]
  const state = applySnapshot(emptyState(outbox, 0), snapshot({ messages: [message('a', 1, { clientId: 'one' })] }))
  expect(state.outbox.map((one) => one.clientId)).toEqual(['two'])
  expect(applyMessages(state, [message('b', 2, { clientId: 'two' })]).outbox).toEqual([])
})

test('another visitor on the same browser sees nothing of the first', () => {
  const first = applySnapshot(empty, snapshot({ messages: [message('secret', 1)] }))
  expect(ids(applySnapshot(first, snapshot({ visitorId: 'other', messages: [message('mine', 2)] })))).toEqual(['mine'])
})

test('earlier pages survive a snapshot of the same visitor', () => {
  const held = applyMessages(applySnapshot(empty, snapshot({ messages: [message('c', 3)], hasEarlier: true })), [message('a', 1), message('b', 2)])
  const again = applySnapshot({ ...held, hasEarlier: false }, snapshot({ messages: [message('c', 3)], hasEarlier: true }))
  expect(ids(again)).toEqual(['a', 'b', 'c'])
  expect(again.hasEarlier).toBe(false)
})

test('a chat view read earlier does not replace a later one, and numbers only rise', () => {
  const state = applyChat(empty, { ...idleChat, state: 'active', version: 20 })
  expect(applyChat(state, { ...idleChat, state: 'waiting', version: 10 }).chat.state).toBe('active')
  expect(applySeq(applySeq(state, 5), 4).seq).toBe(5)
})

test('what is told while the missed is still on its way does not hide it, should the line be cut once more', () => {
  const held = applySeq(empty, 5)
  expect(applyNextSeq(held, 6).seq).toBe(6)
  expect(applyNextSeq(held, 8).seq).toBe(5)
  expect(applyNextSeq(empty, 8).seq).toBeNull()
})

test('a message of ours was seen once somebody answered after it; an automatic text answers nobody', () => {
  expect(lastSeenAt([message('a', 1), message('auto', 2, { direction: 'outbound' })])).toBe('')
  expect(lastSeenAt([message('a', 1), message('b', 2, { direction: 'outbound', authorName: 'Ana' })])).toBe('2026-03-02T09:02:00.000Z')
})

test('who writes is shown until their answer comes, whatever is told meanwhile about messages held already', () => {
  const held = { ...applyMessages(empty, [message('a', 1, { direction: 'outbound', version: 1 })]), typing: 'Lena' }
  expect(applyMessages(held, [message('a', 1, { direction: 'outbound', version: 2, status: 'read' })]).typing).toBe('Lena')
  expect(applyMessages(held, [message('b', 2, { direction: 'outbound' })]).typing).toBeNull()
})
