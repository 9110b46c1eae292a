import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { channels } from '#contract/words.ts'
import { classifyArrival, decideInbound, type Arrival, type ArrivalContext, type InboundSnapshot, type OpenContactFacts } from '#server/domain/inbound.ts'
import type { MailFacts } from '#server/domain/automatic-mail.ts'

const now = new Date('2026-11-10T10:00:00Z')
const ago = (ms: number) => new Date(now.getTime() - ms)
const minute = 60_000
const hour = 3_600_000

const context: ArrivalContext = { isFromStaff: false, isFromUs: false, isOptedOut: false, isCodeExpected: false, invitation: null }
const message = (over: Partial<Extract<Arrival, { shape: 'message' }>> = {}): Arrival =>
  ({ shape: 'message', channel: 'sms', evidence: 'proved', text: 'Where is my lamp?', fileCount: 0, mail: null, beginsChat: false, ...over })
const call = (over: { evidence?: 'proved' | 'claimed' } = {}): Arrival => ({ shape: 'call', channel: 'voice', evidence: 'proved', ...over })
const mail = (over: Partial<MailFacts> = {}): MailFacts =>
  ({ returnPath: 'mei@example.com', from: 'mei@example.com', subject: 'Lamp', contentType: 'text/plain', headers: {}, isFromUs: false, ...over })

const snapshot = (over: Partial<InboundSnapshot> = {}): InboundSnapshot => ({
  context, known: { customerId: 'mei', conversationId: 'c1' }, isOneTime: false, isOnLiveCall: false, open: null, latestClosed: null,
  queue: { id: 'support', reopenWindowMs: {}, opening: { isOpen: true } }, automaticTexts: { inLastHour: 0, inLastDay: 0 }, providerConfirmsConsent: false, ...over,
})
const open = (over: Partial<OpenContactFacts> = {}): OpenContactFacts => ({ id: 'k1', queueId: 'support', state: 'active', owner: { agentId: 'ada', canTake: { can: true } }, openEntries: [], openTurnId: null, wasToldClosed: false, ...over })
const closedHours: Partial<InboundSnapshot> = { queue: { id: 'support', reopenWindowMs: {}, opening: { isOpen: false, opensAt: new Date('2026-11-11T08:00:00Z') } } }

describe('what an arrival is', () => {
  const invitation = { id: 'i1', kind: 'csat', expiresAt: new Date(now.getTime() + hour), isAnswered: false } as const
  it.each([
    ['a message', message(), {}, 'turn'],
    ['a picture without a word', message({ text: '', fileCount: 1 }), {}, 'turn'],
    ['a call', call(), {}, 'call'],
    ['a message of staff in the customers’ workspace', message({ channel: 'slack' }), { isFromStaff: true }, 'staff'],
    ['a reaction', { shape: 'reaction', channel: 'slack', evidence: 'proved' }, {}, 'reaction'],
    ['a read mark', { shape: 'read-mark', channel: 'webchat', evidence: 'proved' }, {}, 'read-mark'],
    ['an edit', { shape: 'edit', channel: 'slack', evidence: 'proved' }, {}, 'edit'],
    ['a delete', { shape: 'delete', channel: 'slack', evidence: 'proved' }, {}, 'delete'],
    ['our own number writing to itself', message(), { isFromUs: true }, 'own'],
    ['STOP', message({ text: 'STOP' }), {}, 'opt-out'],
    ['STOP as the answer to a survey', message({ text: 'Stop.' }), { invitation }, 'opt-out'],
    ['退订', message({ text: '退订！' }), {}, 'opt-out'],
    ['TD on a phone', message({ text: 'td' }), {}, 'opt-out'],
    ['ALTO', message({ text: 'ALTO', channel: 'whatsapp' }), {}, 'opt-out'],
    ['cancel in Slack', message({ text: 'cancel', channel: 'slack' }), {}, 'turn'],
    ['stop in a chat', message({ text: 'stop', channel: 'webchat' }), {}, 'turn'],
    ['a sentence with stop in it', message({ text: 'please stop by tomorrow' }), {}, 'turn'],
    ['yes from somebody who never opted out', message({ text: 'yes' }), {}, 'turn'],
    ['yes from somebody who opted out', message({ text: 'Yes' }), { isOptedOut: true }, 'opt-in'],
    ['START from somebody who never opted out', message({ text: 'START' }), {}, 'opt-in'],
    ['a code we wait for', message({ text: '482 913' }), { isCodeExpected: true }, 'code'],
    ['six digits nobody asked for', message({ text: '482913' }), {}, 'turn'],
    ['an answer to the survey', message({ text: '4 thanks' }), { invitation }, 'survey-answer'],
    ['a number when no survey was asked', message({ text: '4' }), {}, 'turn'],
    ['an answer to an expired survey', message({ text: '4' }), { invitation: { ...invitation, expiresAt: now } }, 'turn'],
    ['a second answer to an answered survey', message({ text: '4' }), { invitation: { ...invitation, isAnswered: true } }, 'turn'],
    ['a sentence after a survey', message({ text: '4 people are waiting' }), { invitation }, 'turn'],
    ['an unsubscribe mail without a body', message({ channel: 'email', text: ' ', mail: mail({ subject: 'Unsubscribe' }) }), {}, 'opt-out'],
  ] as const)('%s', (_, arrival, over, is) => expect(classifyArrival(arrival, { ...context, ...over }, now).is).toBe(is))

  it('takes a low answer with words also as a turn, a good one not', () => {
    expect(classifyArrival(message({ text: '1 - still broken' }), { ...context, invitation }, now)).toMatchObject({ score: 1, comment: 'still broken', alsoTurn: true })
    expect(classifyArrival(message({ text: '5 - so kind' }), { ...context, invitation }, now)).toMatchObject({ score: 5, alsoTurn: false })
    expect(classifyArrival(message({ text: '1' }), { ...context, invitation }, now)).toMatchObject({ score: 1, alsoTurn: false })
  })

  it.each([
    ['a delivery report', { returnPath: '', contentType: 'multipart/report; report-type="delivery-status"; boundary=x' }, 'bounce'],
    ['a feedback report', { contentType: 'multipart/report; report-type=feedback-report' }, 'complaint-report'],
    ['a read receipt', { contentType: 'multipart/report; report-type=disposition-notification' }, 'read-receipt'],
    ['an out-of-office note', { headers: { 'auto-submitted': 'auto-replied (vacation)' } }, 'auto-reply'],
    ['an out-of-office note with the null return path', { returnPath: '', headers: { 'auto-submitted': 'auto-replied' } }, 'auto-reply'],
    ['a monitoring mail', { headers: { 'auto-submitted': 'auto-generated' } }, 'report'],
    ['an old auto-responder', { headers: { 'x-autoreply': 'yes' } }, 'auto-reply'],
    ['Precedence: auto_reply', { headers: { precedence: 'auto_reply' } }, 'auto-reply'],
    ['the null return path', { returnPath: '' }, 'bounce'],
    ['MAILER-DAEMON', { from: 'MAILER-DAEMON@mx.example.com' }, 'bounce'],
    ['X-Failed-Recipients', { headers: { 'x-failed-recipients': 'mei@example.com' } }, 'bounce'],
    ['a DMARC report', { subject: 'Report Domain: example.com Submitter: mail' }, 'report'],
    ['our own mail', { isFromUs: true }, 'own'],
  ] as const)('automatic mail: %s', (_, over, kind) =>
    expect(classifyArrival(message({ channel: 'email', mail: mail(over) }), context, now)).toMatchObject({ is: 'automatic-mail', kind }))

  it.each([['Auto-Submitted: no', { 'auto-submitted': 'no' }], ['a mailing list', { 'list-id': '<lamps.example.com>' }], ['Outlook asking for silence', { 'x-auto-response-suppress': 'All' }]] as const)(
    'a person’s mail is a turn: %s', (_, headers) => expect(classifyArrival(message({ channel: 'email', mail: mail({ headers }) }), context, now).is).toBe('turn'))
})

describe('what opens a contact', () => {
  it('opens the first contact of an unknown sender with a new customer', () =>
    expect(decideInbound(snapshot({ known: null }), message(), now)).toMatchObject({
      customer: { do: 'create', isOneTime: false }, contact: { do: 'open', previousId: null, reason: 'first' }, turn: 'starts',
      delivery: { to: 'queue', demand: 'messages', queueId: 'support', workableAt: now, place: 'in-order', preferAgentId: null, ringOwnerFirstMs: null }, isUnverified: false, automaticText: null,
    }))

  it.each(['STOP', '4', 'START'])('opens nothing for %s', (text) => {
    const decided = decideInbound(snapshot({ context: { ...context, invitation: { id: 'i', kind: 'csat', expiresAt: new Date(now.getTime() + hour), isAnswered: false } }, open: open({ state: 'pending' }) }), message({ text }), now)
    expect(decided).toMatchObject({ contact: { do: 'none' }, turn: 'none', delivery: { to: 'nobody', reason: 'no-contact' } })
  })

  it('opens nothing for a reaction, an auto-reply or staff, also where a contact could be re-opened', () => {
    const closed = snapshot({ latestClosed: { id: 'k0', outcome: 'handled', closedAt: ago(minute), lastOwnerId: 'ada' } })
    expect(decideInbound(closed, { shape: 'reaction', channel: 'slack', evidence: 'proved' }, now).contact).toEqual({ do: 'none', reason: 'reaction' })
    expect(decideInbound(closed, message({ channel: 'email', mail: mail({ headers: { 'auto-submitted': 'auto-replied' } }) }), now).contact).toEqual({ do: 'none', reason: 'automatic-mail' })
    expect(decideInbound({ ...closed, context: { ...context, isFromStaff: true } }, message({ channel: 'slack' }), now).contact).toEqual({ do: 'none', reason: 'staff' })
  })

  it('records consent and confirms it once, unless the provider does', () => {
    expect(decideInbound(snapshot(), message({ text: 'STOP' }), now)).toMatchObject({ consent: 'opted-out', automaticText: { key: 'opted-out' } })
    expect(decideInbound(snapshot({ providerConfirmsConsent: true }), message({ text: 'STOP' }), now).automaticText).toBeNull()
    expect(decideInbound(snapshot({ context: { ...context, isOptedOut: true } }), message({ text: 'START' }), now)).toMatchObject({ consent: 'opted-in', automaticText: { key: 'opted-in' } })
    expect(decideInbound(snapshot(), message({ text: 'START' }), now)).toMatchObject({ consent: 'unchanged', automaticText: null })
  })

  it('makes one-time customers of withheld callers and of a second call from a number on a call', () => {
    expect(decideInbound(snapshot({ known: null, isOneTime: true }), call(), now).customer).toEqual({ do: 'create', isOneTime: true, reason: 'no-usable-address' })
    expect(decideInbound(snapshot({ isOnLiveCall: true, open: open() }), call(), now)).toMatchObject({
      customer: { do: 'create', isOneTime: true, reason: 'second-call-from-number' }, contact: { do: 'open', previousId: null }, isUnverified: false })
  })

  it('joins an unproved arrival to the conversation of its identity, marked unverified', () =>
    expect(decideInbound(snapshot(), call({ evidence: 'claimed' }), now)).toMatchObject({ customer: { do: 'use', customerId: 'mei' }, isUnverified: true }))
})

describe('re-opening', () => {
  const window = { voice: 15 * minute, webchat: 15 * minute, sms: 24 * hour, whatsapp: 24 * hour, slack: 24 * hour, email: 72 * hour }
  it.each(channels)('%s: at the last instant of the window it re-opens, a millisecond later it is a new contact', (channel) => {
    const arrival = channel === 'voice' ? call() : message({ channel })
    const at = (age: number) => decideInbound(snapshot({ latestClosed: { id: 'k0', outcome: 'handled', closedAt: ago(age), lastOwnerId: 'ada' } }), arrival, now).contact
    expect(at(window[channel])).toEqual({ do: 'reopen', contactId: 'k0', closedAs: 'handled' })
    expect(at(window[channel] + 1)).toEqual({ do: 'open', previousId: 'k0', reason: 'window-over' })
  })

  it.each([['handled', 'reopen'], ['self-served', 'reopen'], ['no-reply', 'reopen'], ['abandoned', 'open'], ['expired', 'open'], ['left-in-menu', 'open'], ['parked', 'open'], ['merged', 'open'], ['spam', 'open']] as const)(
    'a contact closed as %s: %s', (outcome, does) =>
      expect(decideInbound(snapshot({ latestClosed: { id: 'k0', outcome, closedAt: ago(minute), lastOwnerId: null } }), message(), now).contact.do).toBe(does))

  it('re-opens at the front of the queue and prefers the agent who closed it', () =>
    expect(decideInbound(snapshot({ latestClosed: { id: 'k0', outcome: 'handled', closedAt: ago(minute), lastOwnerId: 'ada' } }), message(), now).delivery).toMatchObject({ to: 'queue', place: 'front', preferAgentId: 'ada' }))

  it('takes the queue’s own window', () =>
    expect(decideInbound(snapshot({ latestClosed: { id: 'k0', outcome: 'handled', closedAt: ago(2 * hour), lastOwnerId: null }, queue: { id: 'q', reopenWindowMs: { sms: hour }, opening: { isOpen: true } } }), message(), now).contact.do).toBe('open'))
})

describe('joining an open contact', () => {
  it('gives a message on an active contact to its owner, with no routing', () =>
    expect(decideInbound(snapshot({ open: open({ openTurnId: 't1' }) }), message(), now)).toMatchObject({ contact: { do: 'join', wakes: null }, turn: 'continues', delivery: { to: 'owner', agentId: 'ada', claimsUnits: false } }))

  it.each(['pending', 'snoozed'] as const)('wakes a %s contact: the owner claims it again where there is room', (state) =>
    expect(decideInbound(snapshot({ open: open({ state }) }), message(), now)).toMatchObject({ contact: { do: 'join', wakes: state }, turn: 'starts', delivery: { to: 'owner', claimsUnits: true } }))

  it('puts it at the front for that agent when there is no room', () =>
    expect(decideInbound(snapshot({ open: open({ state: 'pending', owner: { agentId: 'ada', canTake: { can: false, reason: 'no-units' } } }) }), message(), now).delivery).toMatchObject({ to: 'queue', place: 'front', preferAgentId: 'ada' }))

  it('rings the owner first for 15 s when the customer of an active contact calls', () =>
    expect(decideInbound(snapshot({ open: open() }), call(), now).delivery).toMatchObject({ to: 'queue', demand: 'call', preferAgentId: 'ada', ringOwnerFirstMs: 15_000 }))

  it('lets the call wait, the owner preferred, when it does not fit the owner', () =>
    expect(decideInbound(snapshot({ open: open({ owner: { agentId: 'ada', canTake: { can: false, reason: 'on-call' } } }) }), call(), now).delivery).toMatchObject({ to: 'queue', preferAgentId: 'ada', ringOwnerFirstMs: null }))

  it('gives a customer who writes during wrap-up to the agent who wraps up', () =>
    expect(decideInbound(snapshot({ open: open({ state: 'wrap-up', owner: null, wrappingUpAgentId: 'ada' }) }), message(), now)).toMatchObject({ contact: { do: 'join', wakes: 'wrap-up' }, turn: 'starts', delivery: { to: 'queue', preferAgentId: 'ada' } }))

  it('adds a message to the messages that already wait, and another demand beside them', () => {
    const waiting = open({ state: 'waiting', owner: null, openEntries: [{ id: 'e1', demand: 'messages' }], openTurnId: 't1' })
    expect(decideInbound(snapshot({ open: waiting }), message(), now).delivery).toEqual({ to: 'entry', entryId: 'e1' })
    expect(decideInbound(snapshot({ open: waiting }), message({ channel: 'webchat', beginsChat: true }), now).delivery).toMatchObject({ to: 'queue', demand: 'chat' })
  })

  it.each(['pending', 'snoozed'] as const)('parks a %s contact when a call comes for another queue', (state) => {
    const decided = decideInbound(snapshot({ open: open({ state, queueId: 'billing', openTurnId: null }) }), call(), now)
    expect(decided).toMatchObject({ contact: { do: 'park-then-open', parkId: 'k1', previousId: 'k1', parkedFrom: state }, turn: 'starts', delivery: { to: 'queue', queueId: 'support' } })
  })

  it('does not park for a mail, nor an active contact', () => {
    expect(decideInbound(snapshot({ open: open({ state: 'pending', queueId: 'billing' }) }), message({ channel: 'email', mail: mail() }), now).contact.do).toBe('join')
    expect(decideInbound(snapshot({ open: open({ queueId: 'billing' }) }), call(), now).contact.do).toBe('join')
  })
})

describe('closed hours', () => {
  it('promises the next opening, and lets the wait begin then', () =>
    expect(decideInbound(snapshot(closedHours), message(), now)).toMatchObject({ delivery: { to: 'queue', workableAt: new Date('2026-11-11T08:00:00Z') }, automaticText: { key: 'closed-hours', opensAt: new Date('2026-11-11T08:00:00Z') } }))

  it('does not put a caller in a line nobody serves', () =>
    expect(decideInbound(snapshot(closedHours), call(), now).delivery).toEqual({ to: 'nobody', reason: 'closed-hours-call' }))

  it.each([
    ['it was told already', { open: open({ state: 'waiting', owner: null, openEntries: [], wasToldClosed: true }) }],
    ['the customer opted out', { context: { ...context, isOptedOut: true } }],
    ['three texts went out this hour', { automaticTexts: { inLastHour: 3, inLastDay: 3 } }],
  ] as const)('says nothing when %s', (_, over) => expect(decideInbound(snapshot({ ...closedHours, ...over }), message(), now).automaticText).toBeNull())

  it('writes one automatic mail a day to an address', () => {
    const arrival = message({ channel: 'email', mail: mail() })
    expect(decideInbound(snapshot(closedHours), arrival, now).automaticText).toMatchObject({ key: 'closed-hours' })
    expect(decideInbound(snapshot({ ...closedHours, automaticTexts: { inLastHour: 0, inLastDay: 1 } }), arrival, now).automaticText).toBeNull()
  })

  it('never answers a mailing list by program', () =>
    expect(decideInbound(snapshot(closedHours), message({ channel: 'email', mail: mail({ headers: { 'list-id': '<x>' } }) }), now)).toMatchObject({ contact: { do: 'open' }, automaticText: null }))
})

describe('whatever arrives', () => {
  const anyArrival = fc.oneof(
    fc.record({ channel: fc.constantFrom('sms', 'whatsapp', 'slack', 'webchat', 'email'), text: fc.constantFrom('hello', 'STOP', 'START', '4', '4 thanks', '1 - bad', '', '482913', 'yes'), fileCount: fc.nat(1), beginsChat: fc.boolean(), isAutomatic: fc.boolean(), evidence: fc.constantFrom('proved', 'claimed') }).map(
      ({ isAutomatic, ...over }) => message({ ...over, mail: over.channel === 'email' ? mail(isAutomatic ? { returnPath: '' } : {}) : null } as Parameters<typeof message>[0])),
    fc.constantFrom(call(), call({ evidence: 'claimed' })),
    fc.constantFrom('reaction', 'edit', 'delete', 'read-mark').map((shape) => ({ shape, channel: 'slack', evidence: 'proved' }) as Arrival),
  )
  const anySnapshot = fc.record({
    known: fc.boolean(), isOneTime: fc.boolean(), isOnLiveCall: fc.boolean(), state: fc.option(fc.constantFrom('arriving', 'waiting', 'offered', 'active', 'pending', 'snoozed', 'wrap-up')), hasRoom: fc.boolean(), isOpen: fc.boolean(), sameQueue: fc.boolean(),
    entry: fc.option(fc.constantFrom('call', 'chat', 'messages')), closed: fc.option(fc.constantFrom('handled', 'abandoned', 'no-reply')), isOptedOut: fc.boolean(), isFromStaff: fc.boolean(),
  }).map((one): InboundSnapshot => snapshot({
    known: one.known ? { customerId: 'mei', conversationId: 'c1' } : null, isOneTime: one.isOneTime, isOnLiveCall: one.known && one.isOnLiveCall, context: { ...context, isOptedOut: one.isOptedOut, isFromStaff: one.isFromStaff },
    queue: { id: 'support', reopenWindowMs: {}, opening: one.isOpen ? { isOpen: true } : { isOpen: false, opensAt: new Date(now.getTime() + hour) } },
    open: one.known && one.state ? open({ state: one.state as 'active', queueId: one.sameQueue ? 'support' : 'billing', owner: ['active', 'pending', 'snoozed'].includes(one.state) ? { agentId: 'ada', canTake: one.hasRoom ? { can: true } : { can: false, reason: 'no-units' } } : null, openEntries: one.entry ? [{ id: 'e1', demand: one.entry as 'call' }] : [] }) : null,
    latestClosed: one.known && one.closed ? { id: 'k0', outcome: one.closed as 'handled', closedAt: ago(minute), lastOwnerId: 'ada' } : null,
  }))

  it('a contact with a turn is delivered to somebody, one without is delivered to nobody, and never two contacts are open', () =>
    fc.assert(fc.property(anySnapshot, anyArrival, (given, arrival) => {
      const decided = decideInbound(given, arrival, now)
      expect(decided.turn === 'none').toBe(decided.contact.do === 'none')
      expect(decided.delivery.to === 'nobody' && decided.delivery.reason === 'no-contact').toBe(decided.contact.do === 'none')
      if (decided.contact.do === 'open' || decided.contact.do === 'reopen') expect(decided.customer.do === 'create' || given.open === null).toBe(true)
      if (decided.customer.do === 'create') expect(decided.isUnverified).toBe(false)
      if (['sms', 'whatsapp', 'slack'].includes(arrival.channel) && given.context.isOptedOut) expect(decided.automaticText?.key).not.toBe('closed-hours')
      if (given.context.isFromStaff) expect([decided.contact.do, decided.automaticText, decided.consent]).toEqual(['none', null, 'unchanged'])
      if (decided.delivery.to === 'queue') expect(decided.delivery.workableAt >= now).toBe(true)
    }), { numRuns: 500 }))
})
