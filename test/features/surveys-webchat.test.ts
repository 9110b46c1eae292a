import { afterAll, beforeAll, expect, test } from 'vitest'
import { close } from '#server/features/contacts/contacts.usecases.ts'
import { sendDueSurveys } from '#server/features/surveys/surveys.usecases.ts'
import { newId } from '#server/platform/ids.ts'
import { ask, send, soon, startVisitorHub, type VisitorHub } from './support/visitor-hub.ts'

let hub: VisitorHub
beforeAll(async () => { hub = await startVisitorHub() }, 60_000)
afterAll(() => hub.stop())

async function chatted(locale: string) {
  const visit = await hub.visit({ locale })
  await send(visit.socket, newId(), 'Is the Arc lamp in stock?')
  const { contactId, conversationId } = await hub.accept(visit.visitorId)
  await hub.answer(visit.visitorId, 'Yes, three of them.')
  await ask(visit.socket, 'leave')
  return { ...visit, contactId, conversationId }
}

test('a visitor is asked in the widget when the chat is closed, answers once, and sees no question in the conversation', async () => {
  const surveyId = newId()
  await hub.db.execute(`insert into survey (id, name, kind, questions, quiet_ms) values ($1, 'Chat', 'csat', '[]', 0)`, [surveyId])
  await hub.db.execute('update queue set survey_id = $1', [surveyId])
  const dispositionId = newId()
  await hub.db.execute(`insert into disposition (id, name) values ($1, 'Solved')`, [dispositionId])
  const { socket, envelopes, contactId, conversationId, token } = await chatted('zh-CN')
  await close(hub.context, contactId, { staffId: hub.ids.agent, role: 'agent' }, { dispositionId, complaint: false, settle: true })
  expect(hub.woken).toContain('surveys all')
  await sendDueSurveys(hub.context)
  await hub.context.relay.flush()
  const survey = await soon(() => envelopes.findLast((envelope) => envelope.chat?.survey)?.chat?.survey)
  expect(survey).toMatchObject({ kind: 'csat', question: expect.stringContaining('您对我们的服务满意吗') })
  const { snapshot } = await hub.visit({ token })
  expect(JSON.stringify(snapshot.messages)).not.toContain('满意')

  const state = async () => (await hub.db.one<{ state: string }>('select state from survey_invitation where contact_id = $1', [contactId])).state
  expect(await state()).toBe('sent')
  await ask(socket, 'surveyShown', { invitationId: survey.invitationId })
  expect(await state()).toBe('delivered')

  const other = await hub.visit()
  await send(other.socket, newId(), 'I am somebody else')
  expect(await ask(other.socket, 'answerSurvey', { invitationId: survey.invitationId, score: 1 })).toMatchObject({ ok: false })
  expect(await ask(socket, 'answerSurvey', { invitationId: survey.invitationId, score: 6 })).toMatchObject({ ok: false })
  expect(await ask(socket, 'answerSurvey', { invitationId: survey.invitationId, score: 2, comment: 'Too slow' })).toMatchObject({ ok: true })
  expect(await ask(socket, 'answerSurvey', { invitationId: survey.invitationId, score: 5 })).toMatchObject({ ok: false, code: 'already-answered' })
  expect(await state()).toBe('answered')
  expect(await hub.db.query('select score, comment, channel from survey_response where contact_id = $1', [contactId])).toEqual([{ score: 2, comment: 'Too slow', channel: 'webchat' }])
  expect(await hub.db.query('select kind from follow_up where contact_id = $1', [contactId])).toEqual([{ kind: 'low-answer' }])
  // Words beside a low score want an answer.
  expect(await hub.db.query(`select state from contact where conversation_id = $1 and state <> 'closed'`, [conversationId])).toHaveLength(1)
  await hub.context.relay.flush()
  await soon(() => envelopes.at(-1)?.chat?.survey === null)
}, 20_000)

test('several questions follow each other in the widget, each with its own scale', async () => {
  const surveyId = newId()
  await hub.db.execute(`insert into survey (id, name, kind, questions, quiet_ms) values ($1, 'Two questions', 'csat', $2, 0)`, [surveyId, JSON.stringify([{ text: { en: '', zh: '' }, ask: 'perceived', dimensionId: '019a0000-0000-7000-8000-0000000000d1' }])])
  await hub.db.execute('update queue set survey_id = $1', [surveyId])
  const { id: dispositionId } = await hub.db.one<{ id: string }>(`select id from disposition where name = 'Solved'`)
  const { socket, envelopes, contactId } = await chatted('en')
  await close(hub.context, contactId, { staffId: hub.ids.agent, role: 'agent' }, { dispositionId, complaint: false, settle: true })
  await sendDueSurveys(hub.context)
  await hub.context.relay.flush()
  const shown = (kind: string) => soon(() => envelopes.findLast((envelope) => envelope.chat?.survey?.kind === kind)?.chat?.survey)
  const first = await shown('csat')
  expect(await ask(socket, 'answerSurvey', { invitationId: first!.invitationId, score: 4 })).toMatchObject({ ok: true })
  await hub.context.relay.flush()
  expect(await shown('csi')).toEqual({ invitationId: first!.invitationId, kind: 'csi', question: 'How good do you find Product? Answer with a number from 1 (very poor) to 10 (excellent).' })
  expect(await ask(socket, 'answerSurvey', { invitationId: first!.invitationId, score: 11 })).toMatchObject({ ok: false })
  expect(await ask(socket, 'answerSurvey', { invitationId: first!.invitationId, score: 9, comment: 'Lovely' })).toMatchObject({ ok: true })
  expect(await hub.db.query('select a.ask, a.score from survey_answer a join survey_response r on r.id = a.response_id where r.contact_id = $1 order by a.position', [contactId])).toEqual([{ ask: 'score', score: 4 }, { ask: 'perceived', score: 9 }])
  await hub.context.relay.flush()
  await soon(() => envelopes.at(-1)?.chat?.survey === null)
}, 20_000)
