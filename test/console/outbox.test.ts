import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { timelineOf } from '#contract/inbox-state.ts'
import type { MessageView } from '#contract/views.ts'
import { asMessage, inbox, screen, emptyScreen, type OutboxItem } from '../../console/state/inbox.ts'
import { discard, send, sendAgain } from '../../console/state/outbox.ts'
import { emptyInbox } from '#contract/inbox-state.ts'

const unsent: Omit<OutboxItem, 'state' | 'problemCode' | 'at'> = {
  clientId: 'client-0001', conversationId: 'c1', kind: 'reply', channel: 'sms', address: '+14155550101', subject: null, text: 'It ships today.', attachments: [],
  request: { clientId: 'client-0001', kind: 'reply', text: 'It ships today.', attachmentIds: [], channel: 'sms', identityId: 'i1', accountId: 'a1' },
}

const stored: MessageView = { ...asMessage({ ...unsent, at: '2026-11-22T10:00:00.000Z', state: 'sending', problemCode: null }, 7, { id: 'lena', name: 'Lena' }), id: 'm7', status: 'pending', version: 3 }

const posted: unknown[] = []
let answer: () => Promise<Response>

beforeEach(() => {
  posted.length = 0
  screen.set(() => emptyScreen)
  inbox.set(() => ({ ...emptyInbox, messages: { c1: {} } }))
  vi.stubGlobal('fetch', (_url: string, request: { body: string }) => {
    posted.push(JSON.parse(request.body))
    return answer()
  })
})
afterEach(() => { vi.unstubAllGlobals() })

describe('what is sent and not answered for yet', () => {
  it('is shown at once and gives its place to what the server stored', async () => {
    let arrive: (response: Response) => void = () => {}
    answer = () => new Promise((resolve) => { arrive = resolve })
    const sending = send(unsent)
    expect(screen.get().outbox).toMatchObject([{ clientId: 'client-0001', state: 'sending', text: 'It ships today.' }])
    arrive(Response.json(stored, { status: 201 }))
    await sending
    expect(screen.get().outbox).toEqual([])
    expect(timelineOf(inbox.get(), 'c1').map(({ id }) => id)).toEqual(['m7'])
  })

  it('stays with the reason when it is refused, and is posted again under the same id', async () => {
    answer = async () => Response.json({ type: 'about:blank', title: '', status: 409, code: 'channel.unreachable' }, { status: 409 })
    await send(unsent)
    expect(screen.get().outbox).toMatchObject([{ state: 'refused', problemCode: 'channel.unreachable' }])
    answer = async () => Response.json(stored, { status: 201 })
    await sendAgain('client-0001')
    expect(screen.get().outbox).toEqual([])
    expect(posted).toEqual([unsent.request, unsent.request])
  })

  it('names a lost connection, and can be thrown away', async () => {
    answer = () => Promise.reject(new TypeError('fetch failed'))
    await send(unsent)
    expect(screen.get().outbox).toMatchObject([{ state: 'refused', problemCode: 'network' }])
    discard('client-0001')
    expect(screen.get().outbox).toEqual([])
  })

  it('is drawn as a message of ours that nobody stored: version 0, failed with its reason', () => {
    expect(asMessage({ ...unsent, at: '2026-11-22T10:00:00.000Z', state: 'refused', problemCode: 'network' }, 8, { id: 'lena', name: 'Lena' }))
      .toMatchObject({ id: 'client-0001', seq: 8, direction: 'outbound', status: 'failed', statusReason: 'network', version: 0 })
  })
})
