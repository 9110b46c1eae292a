import { describe, expect, it } from 'vitest'
import { contactOutcomes } from '#contract/words.ts'
import { decideSurvey, isDelivered, maySendInvitation, mayAnswer, nextReminder, samplePointOf, type SurveyFacts, type SurveyRule } from '#server/domain/surveys.ts'

const hour = 3_600_000
const now = new Date('2026-11-10T10:00:00Z')
const at = (ms: number) => new Date(now.getTime() + ms)
const survey: SurveyRule = { id: 's', kind: 'csat', isEnabled: true, delayMs: 60_000, quietMs: 7 * 24 * hour, expiryMs: 72 * hour, samplingShare: 1 }
const facts = (over: Partial<Omit<SurveyFacts, 'endedOn' | 'contact'>> & { endedOn?: Partial<NonNullable<SurveyFacts['endedOn']>>; contact?: Partial<SurveyFacts['contact']> } = {}): SurveyFacts => ({
  lastAskedAt: null, wasInvited: false, isErased: false, isSessionOpen: false, samplePoint: 0.5, ...over,
  contact: { id: 'k', outcome: 'handled', closedAt: now, reopenWindowMs: {}, ...over.contact },
  endedOn: { channel: 'sms', identityId: 'i', accountId: 'a', isOneTime: false, isOptedOut: false, wasProvedOnContact: true, isReachable: true, ...over.endedOn },
})

describe('who is asked, when and where', () => {
  it('asks by text when the re-open window has ended, on the identity the contact ended on', () =>
    expect(decideSurvey(survey, facts())).toEqual({ kind: 'invite', channel: 'sms', identityId: 'i', accountId: 'a', sendAt: at(24 * hour + 60_000), expiresAt: at(96 * hour + 60_000), when: 'after-reopen-window' }))
  it('asks at close in the widget and on the phone', () => {
    expect(decideSurvey(survey, facts({ isSessionOpen: true, endedOn: { channel: 'webchat' } }))).toMatchObject({ sendAt: now, when: 'at-close' })
    expect(decideSurvey(survey, facts({ endedOn: { channel: 'voice' } }))).toMatchObject({ sendAt: at(60_000), when: 'at-close' })
  })
  it.each(contactOutcomes)('a contact closed as %s', (outcome) => expect(decideSurvey(survey, facts({ contact: { outcome } })).kind).toBe(outcome === 'handled' || outcome === 'no-reply' ? 'invite' : 'none'))
  it.each([
    ['the survey is off', { isEnabled: false }, {}, 'survey-off'],
    ['it was invited before', {}, { wasInvited: true }, 'already-invited'],
    ['they were erased', {}, { isErased: true }, 'erased'],
    ['the caller withheld the number', {}, { endedOn: { isOneTime: true } }, 'one-time-identity'],
    ['the customer opted out', {}, { endedOn: { isOptedOut: true } }, 'opted-out'],
    ['the sender was not proved on this contact', {}, { endedOn: { wasProvedOnContact: false } }, 'unproved'],
    ['they were asked yesterday', {}, { lastAskedAt: at(-24 * hour) }, 'quiet-period'],
    ['the sample leaves them out', { samplingShare: 0.5 }, {}, 'not-sampled'],
    ['nothing reaches them', {}, { endedOn: { isReachable: false } }, 'not-reachable'],
  ] as const)('asks nobody when %s', (_, rule, over, reason) => expect(decideSurvey({ ...survey, ...rule }, facts(over))).toEqual({ kind: 'none', reason }))
  it('asks again when the quiet period has just ended', () => expect(decideSurvey(survey, facts({ lastAskedAt: at(-survey.quietMs) })).kind).toBe('invite'))
  it('samples by the contact’s own number', () => expect([samplePointOf('019a0000-0000-7000-8000-000000000000'), samplePointOf('019a0000-0000-7000-8000-000080000000')]).toEqual([0, 0.5]))
})

describe('an invitation', () => {
  const invitation = { state: 'scheduled', sendAt: now, expiresAt: at(72 * hour) } as const
  const fine = { contactIsClosed: true, isErased: false, isOptedOut: false, isReachable: true }
  it.each([
    ['is sent in time', invitation, fine, now, { do: 'send' }],
    ['waits for its time', invitation, fine, at(-1), { do: 'wait', until: now }],
    ['is cancelled when the contact re-opened', invitation, { ...fine, contactIsClosed: false }, now, { do: 'cancel', reason: 'reopened' }],
    ['is cancelled after an opt-out', invitation, { ...fine, isOptedOut: true }, now, { do: 'cancel', reason: 'opted-out' }],
    ['is cancelled when the customer is erased', invitation, { ...fine, isErased: true }, now, { do: 'cancel', reason: 'erased' }],
    ['is not sent twice', { ...invitation, state: 'sent' }, fine, now, { do: 'cancel', reason: 'not-scheduled' }],
    ['is not sent too late', invitation, fine, at(72 * hour), { do: 'cancel', reason: 'expired' }],
  ] as const)('%s', (_, one, state, time, result) => expect(maySendInvitation(one, state, time)).toEqual(result))
  it('counts as delivered by receipt, shown, or a day without refusal', () => {
    const sent = { state: 'sent', sentAt: now, hasReceipt: false, wasShown: false } as const
    expect(isDelivered({ ...sent, hasReceipt: true }, now)).toEqual({ delivered: true, by: 'receipt' })
    expect(isDelivered({ ...sent, wasShown: true }, now)).toEqual({ delivered: true, by: 'shown' })
    expect(isDelivered(sent, at(24 * hour - 1))).toEqual({ delivered: false, reason: 'too-early' })
    expect(isDelivered(sent, at(24 * hour))).toEqual({ delivered: true, by: 'time' })
    expect(isDelivered({ ...sent, state: 'refused' }, at(99 * hour))).toEqual({ delivered: false, reason: 'refused' })
  })
  it('reminds once, while nothing else was said', () => {
    const sent = { state: 'sent', sentAt: now, expiresAt: at(72 * hour), remindedAt: null } as const
    expect(nextReminder(sent, true, now)).toEqual({ do: 'remind', at: at(36 * hour) })
    expect(nextReminder(sent, false, now)).toEqual({ do: 'none', reason: 'said-something-since' })
    expect(nextReminder({ ...sent, remindedAt: now }, true, now)).toEqual({ do: 'none', reason: 'reminded' })
    expect(nextReminder({ ...sent, state: 'answered' }, true, now)).toEqual({ do: 'none', reason: 'answered' })
  })
  it('is answered once, before it expires', () => {
    expect(mayAnswer({ state: 'sent', expiresAt: at(1) }, now)).toEqual({ ok: true })
    expect(mayAnswer({ state: 'sent', expiresAt: now }, now)).toEqual({ ok: false, reason: 'expired' })
    expect(mayAnswer({ state: 'answered', expiresAt: at(1) }, now)).toEqual({ ok: false, reason: 'answered' })
  })
})
