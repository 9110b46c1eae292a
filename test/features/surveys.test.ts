import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import express from 'express'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadContact } from '#server/features/contacts/contacts.store.ts'
import { addMessage, lockConversation } from '#server/features/conversations/conversations.steps.ts'
import { deliverLane } from '#server/features/outbound/deliver.usecases.ts'
import { buildItem } from '#server/features/outbound/outbound.payload.ts'
import { leaseFirstOfLane } from '#server/features/outbound/outbound.store.ts'
import { laneOf } from '#server/features/outbound/outbound.steps.ts'
import { mergeCustomers } from '#server/features/customers/customers.usecases.ts'
import { askOnKeypad, markKeypadPlayed, recordKeypadAnswer, scheduleSurvey, surveysOfContact } from '#server/features/surveys/surveys.steps.ts'
import { surveyPages } from '#server/features/surveys/surveys.pages.ts'
import { answerByLink, sendDueSurveys } from '#server/features/surveys/surveys.usecases.ts'
import { openAccountById } from '#server/features/settings/channel-accounts.steps.ts'
import { commit } from '#server/platform/effects.ts'
import { newId } from '#server/platform/ids.ts'
import { makePerson } from './support/customer-world.ts'
import { hour, startSurveyWorld, surveyContext } from './surveys-world.ts'

let w: Awaited<ReturnType<typeof startSurveyWorld>>
beforeAll(async () => { w = await startSurveyWorld() }, 60_000)
afterAll(() => w.stop())

/** A customer whose contact was handled, the question sent and taken by the provider. */
async function asked(): Promise<{ phone: string; contactId: string; conversationId: string }> {
  const phone = w.newPhone()
  const { conversationId } = await w.write(phone, 'My parcel is late')
  const contactId = await w.serve(conversationId)
  w.clock.advance(25 * hour)
  await sendDueSurveys(w.context)
  await w.delivered(contactId)
  return { phone, contactId, conversationId }
}

describe('who is asked', () => {
  test('a customer is asked when the re-open window has ended, not before', async () => {
    const { conversationId } = await w.write(w.newPhone(), 'My parcel is late')
    const contactId = await w.serve(conversationId)
    const closedAt = w.clock.now()
    const [invitation] = await w.invitations(contactId)
    expect(invitation).toMatchObject({ state: 'scheduled', channel: 'sms', sendAt: new Date(closedAt.getTime() + 24 * hour) })
    w.clock.advance(24 * hour - 1)
    await sendDueSurveys(w.context)
    expect(await w.questions(conversationId)).toEqual([])
    expect(w.context.wakes.at(-1)?.at).toEqual(invitation?.sendAt)
    w.clock.advance(1)
    await sendDueSurveys(w.context)
    expect(await w.questions(conversationId)).toHaveLength(1)
    expect(await w.openContacts(conversationId)).toEqual([])
  })

  test('writing again within the window cancels it, and the next close asks', async () => {
    const phone = w.newPhone()
    const { conversationId } = await w.write(phone, 'My parcel is late')
    const contactId = await w.serve(conversationId)
    w.clock.advance(hour)
    await w.write(phone, 'It is still not here')
    expect(await w.invitations(contactId)).toMatchObject([{ state: 'cancelled', reason: 'reopened' }])
    w.clock.advance(48 * hour)
    await sendDueSurveys(w.context)
    expect(await w.questions(conversationId)).toEqual([])
    expect(await w.serve(conversationId)).toBe(contactId)
    w.clock.advance(25 * hour)
    await sendDueSurveys(w.context)
    expect(await w.questions(conversationId)).toHaveLength(1)
  })

  test('one asked within the quiet period is left in peace', async () => {
    const { phone, conversationId } = await asked()
    w.clock.advance(hour)
    await w.write(phone, 'Another thing, please')
    const second = await w.serve(conversationId)
    expect(await w.invitations(second)).toEqual([])
    w.clock.advance(8 * 24 * hour)
    await w.write(phone, 'And a third')
    expect(await w.invitations(await w.serve(conversationId))).toHaveLength(1)
  })

  test('an unproved sender, spam and an opted-out address are not asked', async () => {
    const claimed = await w.write('somebody@example.com', 'Trust me', { channel: 'email', evidence: 'claimed' })
    expect(await w.invitations(await w.serve(claimed.conversationId))).toEqual([])
    const phone = w.newPhone()
    const { conversationId } = await w.write(phone, 'Hello')
    const contactId = await w.serve(conversationId)
    await w.write(phone, 'STOP')
    w.clock.advance(25 * hour)
    await sendDueSurveys(w.context)
    expect(await w.invitations(contactId)).toMatchObject([{ state: 'cancelled', reason: 'opted-out' }])
    expect(await w.questions(conversationId)).toEqual([])
  })
})

test('after a call the question comes as a text to the same number, at once', async () => {
  const person = await makePerson(w.db, { address: { kind: 'phone', realm: '', value: w.newPhone() }, at: w.clock.now() })
  const now = w.clock.now()
  const contactId = newId(now)
  await commit(w.context, now, async (tx, effects) => {
    const conversation = await lockConversation(tx, person.conversationId, now)
    await tx.execute(`insert into contact (id, conversation_id, queue_id, state, outcome, channel, opened_at, closed_at, updated_at) values ($1, $2, $3, 'closed', 'handled', 'voice', $4, $4, $4)`, [contactId, conversation.id, w.world.queueIds[0], now])
    await addMessage(tx, conversation, { contactId, kind: 'call', channel: 'voice', direction: 'inbound', status: 'received', text: '', accountId: w.world.accountIds.voice, identityId: person.identityIds[0]!, evidence: 'proved' }, now)
    await scheduleSurvey(tx, conversation, (await loadContact(tx, contactId))!, await surveysOfContact(tx, contactId), now, effects)
  })
  expect(await w.invitations(contactId)).toMatchObject([{ state: 'scheduled', channel: 'sms', sendAt: now }])
  await sendDueSurveys(w.context)
  expect(await w.questions(person.conversationId)).toMatchObject([{ channel: 'sms' }])
  await w.delivered(contactId)
  await w.write(person.addresses[0]!.value, '5')
  expect(await w.responses(contactId)).toMatchObject([{ score: 5, channel: 'voice' }])
})

describe('once', () => {
  test('two workers send each question once', async () => {
    const due = []
    for (let i = 0; i < 8; i++) {
      const { conversationId } = await w.write(w.newPhone(), 'Hello')
      due.push({ conversationId, contactId: await w.serve(conversationId) })
    }
    w.clock.advance(25 * hour)
    const other = surveyContext(w.db, w.clock.now())
    await Promise.all([sendDueSurveys(w.context), sendDueSurveys(other), sendDueSurveys(w.context), sendDueSurveys(other)])
    for (const { conversationId, contactId } of due) {
      expect(await w.questions(conversationId)).toHaveLength(1)
      expect(await w.db.one('select count(*)::int as n from outbound where invitation_id = (select id from survey_invitation where contact_id = $1)', [contactId])).toEqual({ n: 1 })
    }
  })

  test('a worker killed between its claim and the message leaves it to the next', async () => {
    const { conversationId } = await w.write(w.newPhone(), 'Hello')
    const contactId = await w.serve(conversationId)
    w.clock.advance(25 * hour)
    const worker = (fault: string) => spawn(process.execPath, [join(import.meta.dirname, 'surveys-worker.ts'), w.url, w.clock.now().toISOString()], { env: { ...process.env, NODE_ENV: 'test', TRIBUTARY_FAULT: fault }, stdio: 'inherit' })
    const [, signal] = await once(worker('surveys.claimed'), 'exit')
    expect(signal).toBe('SIGKILL')
    expect(await w.invitations(contactId)).toMatchObject([{ state: 'scheduled' }])
    expect(await w.questions(conversationId)).toEqual([])
    const [code] = await once(worker(''), 'exit')
    expect(code).toBe(0)
    expect(await w.invitations(contactId)).toMatchObject([{ state: 'sending' }])
    expect(await w.questions(conversationId)).toHaveLength(1)
    await sendDueSurveys(w.context)
    expect(await w.questions(conversationId)).toHaveLength(1)
  }, 30_000)

  test('nobody answers for three days: it is over, and a number is a message again', async () => {
    const { phone, contactId, conversationId } = await asked()
    w.clock.advance(73 * hour)
    await sendDueSurveys(w.context)
    expect(await w.invitations(contactId)).toMatchObject([{ state: 'expired' }])
    await w.write(phone, '5')
    expect(await w.responses(contactId)).toEqual([])
    expect(await w.openContacts(conversationId)).toHaveLength(1)
  })
})

describe('a reminder', () => {
  test('comes once, half-way, and a reply to it is the answer', async () => {
    const { phone, contactId, conversationId } = await asked()
    // Asked an hour late, with 71 hours left.
    w.clock.advance(35.5 * hour - 1)
    await sendDueSurveys(w.context)
    expect(await w.questions(conversationId)).toHaveLength(1)
    expect(w.context.wakes.at(-1)?.at?.getTime()).toBeLessThanOrEqual(w.clock.now().getTime() + 1)
    w.clock.advance(1)
    await sendDueSurveys(w.context)
    await sendDueSurveys(w.context)
    const questions = await w.questions(conversationId)
    expect(questions).toHaveLength(2)
    expect(questions[1]?.text).toContain('A short reminder')
    await w.write(phone, '5')
    expect(await w.responses(contactId)).toMatchObject([{ score: 5 }])
  })

  test('does not come to one who wrote since', async () => {
    const { phone, conversationId } = await asked()
    await w.write(phone, 'By the way, which size is it?')
    await w.serve(conversationId)
    w.clock.advance(37 * hour)
    await sendDueSurveys(w.context)
    expect(await w.questions(conversationId)).toHaveLength(1)
  })
})

describe('a reply', () => {
  test('"4 thanks" is the answer and a comment, and opens nothing', async () => {
    const { phone, contactId, conversationId } = await asked()
    await w.write(phone, '4 thanks')
    expect(await w.responses(contactId)).toEqual([{ score: 4, comment: 'thanks', agentId: w.agentId, channel: 'sms' }])
    expect(await w.invitations(contactId)).toMatchObject([{ state: 'answered' }])
    expect(await w.openContacts(conversationId)).toEqual([])
    expect(await w.db.maybe(`select 1 from message where contact_id = $1 and data->'system'->>'code' = 'survey-answered'`, [contactId])).toBeDefined()
    expect(await w.db.maybe(`select 1 from event where type = 'survey.answered' and contact_id = $1 and 'supervisors' = any(rooms)`, [contactId])).toBeDefined()
    expect(await w.db.query(`select 1 from follow_up where contact_id = $1`, [contactId])).toEqual([])
  })

  test('a second number is no second answer', async () => {
    const { phone, contactId } = await asked()
    await w.write(phone, '4')
    await w.write(phone, '1')
    expect(await w.responses(contactId)).toMatchObject([{ score: 4 }])
  })

  test('an ordinary sentence is a turn', async () => {
    const { phone, contactId, conversationId } = await asked()
    await w.write(phone, '5 minutes ago somebody rang me, was that you?')
    expect(await w.responses(contactId)).toEqual([])
    expect(await w.openContacts(conversationId)).toHaveLength(1)
  })

  test('STOP is no answer', async () => {
    const { phone, contactId, conversationId } = await asked()
    await w.write(phone, 'STOP')
    expect(await w.responses(contactId)).toEqual([])
    expect(await w.db.maybe('select 1 from opt_out where address = $1', [phone])).toBeDefined()
    expect(await w.openContacts(conversationId)).toEqual([])
  })

  test('a low answer opens a follow-up, its words a contact', async () => {
    const { phone, contactId, conversationId } = await asked()
    await w.write(phone, '1 - nobody ever called me back')
    expect(await w.responses(contactId)).toMatchObject([{ score: 1, comment: 'nobody ever called me back' }])
    expect(await w.db.query('select kind, state, owner_id as "ownerId", title from follow_up where contact_id = $1', [contactId])).toEqual([{ kind: 'low-answer', state: 'open', ownerId: w.agentId, title: 'nobody ever called me back' }])
    expect(await w.openContacts(conversationId)).toHaveLength(1)
  })
})

describe('a complaint', () => {
  test('opens a follow-up when its contact closes', async () => {
    const { conversationId } = await w.write(w.newPhone(), 'This is a disgrace')
    const contactId = await w.serve(conversationId, { complaint: true })
    expect(await w.db.query('select kind, state from follow_up where contact_id = $1', [contactId])).toEqual([{ kind: 'complaint', state: 'open' }])
  })
})

describe('the page of a link', () => {
  test('asks when opened, answers once when sent, and works without scripts', async () => {
    const { conversationId } = await w.write('mei@example.com', 'Where is my order?', { channel: 'email' })
    const contactId = await w.serve(conversationId)
    w.clock.advance(73 * hour)
    await sendDueSurveys(w.context)
    const [invitation] = await w.invitations(contactId)
    const { lane } = await w.db.one<{ lane: string }>('select lane from outbound where invitation_id = $1', [invitation!.id])
    await w.db.execute(`update outbound set state = 'sent' where lane = $1 and invitation_id is null`, [lane])
    const leased = await leaseFirstOfLane(w.db, lane, w.clock.now(), { message: w.clock.now(), command: w.clock.now() })
    const account = await openAccountById(w.context, w.world.accountIds.email)
    const item = await buildItem(w.context, leased!.item!, account!)
    const text = item?.payload.kind === 'message' ? item.payload.text : ''
    const path = /https:\/\/help\.example\.com(\/s\/\S+)/.exec(text)?.[1]
    expect(path).toBeDefined()
    // Staff read the conversation, so the customer's own link is not in it.
    expect((await w.questions(conversationId))[0]?.text).not.toContain('/s/')

    const app = express()
    app.use(surveyPages(w.context))
    const server = app.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    try {
      for (let i = 0; i < 2; i++) {
        const page = await fetch(origin + path)
        expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
        const html = await page.text()
        expect(html.match(/type="radio"/g)).toHaveLength(5)
        expect(html).not.toContain('<script')
      }
      // Opened, by a mail scanner too: counted apart, answered by nobody.
      expect(await w.responses(contactId)).toEqual([])
      expect(await w.db.one('select state, opened_at is not null as opened from survey_invitation where id = $1', [invitation!.id])).toEqual({ state: 'sending', opened: true })
      const post = (body: string) => fetch(origin + path, { method: 'POST', body, redirect: 'manual', headers: { 'content-type': 'application/x-www-form-urlencoded' } })
      expect((await post('comment=nice')).status).toBe(400)
      expect((await post('score=9')).status).toBe(400)
      // What was typed is still there when something was missing.
      const kept = await (await post(`comment=${encodeURIComponent('so <b>kind</b>')}`)).text()
      expect(kept).toContain('so &#60;b&#62;kind&#60;/b&#62;</textarea>')
      const foreign = w.context.secrets.signToken({ id: invitation!.id }, 'visitor', new Date(w.clock.now().getTime() + hour))
      for (const wrong of [path!.slice(0, -4), `${path!}x`, `/s/${foreign}`, `/s/${path!.slice(3).split('.').toReversed().join('.')}`]) {
        expect(await (await fetch(origin + wrong)).text(), wrong).toContain('not open any more')
        await fetch(origin + wrong, { method: 'POST', body: 'score=1', redirect: 'manual', headers: { 'content-type': 'application/x-www-form-urlencoded' } })
      }
      expect(await w.responses(contactId)).toEqual([])
      expect((await post(`score=5&comment=${encodeURIComponent('<b>great</b> 很好 4111 1111 1111 1111')}`)).status).toBe(303)
      expect((await post('score=1')).status).toBe(303)
      expect(await w.responses(contactId)).toMatchObject([{ score: 5, comment: '<b>great</b> 很好 •••• •••• •••• 1111', channel: 'email' }])
      expect(await (await fetch(origin + path)).text()).toContain('Thank you for your answer')
      expect(await (await fetch(`${origin}/s/forged.token`)).text()).toContain('not open any more')
    } finally {
      server.close()
    }
  })
})

/** Questions of the survey for what one test does; the next finds the one question again. */
async function withQuestions(survey: { kind?: string; questions: object[] }, run: () => Promise<void>): Promise<void> {
  const set = (kind: string, questions: object[]) => w.db.execute('update survey set kind = $2, questions = $3 where id = $1', [w.surveyId, kind, JSON.stringify(questions)])
  await set(survey.kind ?? 'csat', survey.questions)
  await run().finally(() => set('csat', []))
}
const product = '019a0000-0000-7000-8000-0000000000d1'
const answersOf = (contactId: string) => w.db.query<{ ask: string; score: number; dimensionId: string | null }>(
  'select a.ask, a.score, a.dimension_id as "dimensionId" from survey_answer a join survey_response r on r.id = a.response_id where r.contact_id = $1 order by a.position', [contactId])

describe('several questions', () => {
  test('follow each other by text, each answered by one number; a sentence is a turn and ends it', async () => {
    await withQuestions({ kind: 'csi', questions: [] }, async () => {
      const { phone, contactId, conversationId } = await asked()
      await w.write(phone, '8')
      await w.write(phone, '11')
      expect(await w.openContacts(conversationId)).toHaveLength(1)
      await w.db.execute(`update contact set state = 'closed', outcome = 'handled', closed_at = now() where conversation_id = $1`, [conversationId])
      await w.write(phone, '7 because the lamp is nice')
      expect(await w.questions(conversationId)).toHaveLength(3)
      await w.write(phone, '9')
      expect(await answersOf(contactId)).toMatchObject([{ ask: 'score', score: 8 }, { ask: 'against-expectation', score: 7 }, { ask: 'against-ideal', score: 9 }])
      expect(await w.responses(contactId)).toMatchObject([{ score: 8, comment: 'because the lamp is nice' }])
      expect(await w.invitations(contactId)).toMatchObject([{ state: 'answered' }])
    })
  })

  test('answered in part count with what was said when their time is over', async () => {
    await withQuestions({ questions: [{ text: { en: '', zh: '' }, ask: 'perceived', dimensionId: product }] }, async () => {
      const { phone, contactId } = await asked()
      await w.write(phone, '2')
      expect(await w.invitations(contactId)).toMatchObject([{ state: 'sent' }])
      expect(await w.db.query('select kind from follow_up where contact_id = $1', [contactId])).toEqual([{ kind: 'low-answer' }])
      w.clock.advance(73 * hour)
      await sendDueSurveys(w.context)
      expect(await w.invitations(contactId)).toMatchObject([{ state: 'answered' }])
      expect(await answersOf(contactId)).toEqual([{ ask: 'score', score: 2, dimensionId: null }])
    })
  })

  test('changed after they were sent, they are answered as they were asked', async () => {
    await withQuestions({ questions: [{ text: { en: 'Was the lamp good?', zh: '灯好吗？' } }, { text: { en: '', zh: '' }, ask: 'perceived', dimensionId: product }] }, async () => {
      const { phone, contactId, conversationId } = await asked()
      await w.db.execute('update survey set questions = $2 where id = $1', [w.surveyId, JSON.stringify([{ text: { en: 'Something else?', zh: '' }, ask: 'importance', dimensionId: '019a0000-0000-7000-8000-0000000000d4' }])])
      await w.write(phone, '5')
      expect((await w.questions(conversationId)).map(({ text }) => text)).toEqual(['Was the lamp good?', 'How good do you find Product? Answer with a number from 1 (very poor) to 10 (excellent).'])
      await w.write(phone, '10')
      expect(await answersOf(contactId)).toEqual([{ ask: 'score', score: 5, dimensionId: null }, { ask: 'perceived', score: 10, dimensionId: product }])
    })
  })
})

describe('by key, at the end of a call', () => {
  async function onTheLine() {
    const phone = w.newPhone()
    const { conversationId } = await w.write(phone, 'Is it open today?')
    const contact = await w.db.one<{ id: string; queueId: string }>('select id, queue_id as "queueId" from contact where conversation_id = $1', [conversationId])
    const { identityId } = await w.db.one<{ identityId: string }>('select identity_id as "identityId" from message where conversation_id = $1 and identity_id is not null limit 1', [conversationId])
    const call = { contactId: contact.id, queueId: contact.queueId, identityId, accountId: w.world.accountIds.voice }
    const inCall = <T>(run: (tx: Parameters<Parameters<typeof commit>[2]>[0], effects: Parameters<Parameters<typeof commit>[2]>[1]) => Promise<T>) => commit(w.context, w.clock.now(), run)
    const ask = () => inCall(async (tx) => askOnKeypad(tx, await lockConversation(tx, conversationId, w.clock.now()), call, w.clock.now()))
    const press = (invitationId: string, digits: string) => inCall(async (tx, effects) => recordKeypadAnswer(tx, { invitationId, digits }, w.clock.now(), effects, await lockConversation(tx, conversationId, w.clock.now())))
    return { conversationId, contactId: contact.id, ask, press }
  }

  test('the question is put once, answered by a number of its scale, and never sent as a text', async () => {
    const { conversationId, contactId, ask, press } = await onTheLine()
    const question = await ask()
    expect(question).toMatchObject({ min: 1, max: 5, digits: 1, locale: 'en', text: expect.stringContaining('Please press the number') })
    await w.db.tx((tx) => markKeypadPlayed(tx, question!.invitationId, w.clock.now()))
    expect(await w.invitations(contactId)).toMatchObject([{ state: 'delivered', channel: 'voice' }])
    expect(await press(question!.invitationId, '7')).toMatchObject({ say: 'again' })
    expect(await press(question!.invitationId, '4')).toMatchObject({ say: 'done' })
    expect(await press(question!.invitationId, '1')).toMatchObject({ say: 'done' })
    expect(await w.responses(contactId)).toMatchObject([{ score: 4 }])
    expect(await ask()).toBeNull()
    await w.serve(conversationId)
    w.clock.advance(25 * hour)
    await sendDueSurveys(w.context)
    expect(await w.questions(conversationId)).toEqual([])
  })

  test('a caller who hung up before it is asked by text', async () => {
    const { conversationId, contactId, ask } = await onTheLine()
    expect(await ask()).not.toBeNull()
    await w.serve(conversationId)
    expect(await w.invitations(contactId)).toMatchObject([{ state: 'scheduled', channel: 'sms' }])
  })
})

describe('what comes in between', () => {
  test('opened again and closed again at once, one question goes out', async () => {
    const phone = w.newPhone()
    const { conversationId } = await w.write(phone, 'Hello')
    const contactId = await w.serve(conversationId)
    await w.write(phone, 'One thing more')
    expect(await w.serve(conversationId)).toBe(contactId)
    await w.write(phone, 'And another')
    await w.serve(conversationId)
    w.clock.advance(25 * hour)
    await Promise.all([sendDueSurveys(w.context), sendDueSurveys(w.context)])
    expect(await w.invitations(contactId)).toHaveLength(1)
    expect(await w.questions(conversationId)).toHaveLength(1)
  })

  test('a link after its time is over, whoever opens or sends it', async () => {
    const { contactId } = await asked()
    const [invitation] = await w.invitations(contactId)
    w.clock.advance(73 * hour)
    expect(await answerByLink(w.context, invitation!.id, { scores: [{ position: 0, score: 5 }], comment: null })).toBe('over')
    expect(await w.responses(contactId)).toEqual([])
  })

  test('a customer who is merged while asked answers as who they are now, once', async () => {
    const first = await asked()
    const second = await asked()
    const customerOf = async (conversationId: string) => (await w.db.one<{ id: string }>('select customer_id as id from conversation where id = $1', [conversationId])).id
    const survivorId = await customerOf(second.conversationId)
    await mergeCustomers(w.context, { staffId: w.world.supervisorId, role: 'supervisor' }, { survivorId, foldedId: await customerOf(first.conversationId) })
    await w.write(first.phone, '2')
    expect(await w.db.query('select score, customer_id as "customerId" from survey_response where contact_id = $1', [first.contactId])).toEqual([{ score: 2, customerId: survivorId }])
    expect(await w.db.query(`select customer_id as "customerId" from follow_up where contact_id = $1 and kind = 'low-answer'`, [first.contactId])).toEqual([{ customerId: survivorId }])
    await w.write(second.phone, '5')
    expect(await w.responses(second.contactId)).toMatchObject([{ score: 5 }])
  })
})

describe('which survey, and whom not', () => {
  test('a sample of none asks nobody; conditions choose', async () => {
    await w.db.execute(`update survey set rule = '{"channels": ["email"]}' where id = $1`, [w.surveyId])
    const texted = await w.write(w.newPhone(), 'Hello')
    expect(await w.invitations(await w.serve(texted.conversationId))).toEqual([])
    await w.db.execute(`update survey set rule = '{}', sampling_share = 0 where id = $1`, [w.surveyId])
    const sampled = await w.write(w.newPhone(), 'Hello')
    expect(await w.invitations(await w.serve(sampled.conversationId))).toEqual([])
    await w.db.execute('update survey set sampling_share = 1 where id = $1', [w.surveyId])
  })

  test('an erased customer is not asked, and what was sent is not answered any more', async () => {
    const erase = (conversationId: string) => w.db.execute('update customer set erased_at = $2 from conversation co where co.customer_id = customer.id and co.id = $1', [conversationId, w.clock.now()])
    const { conversationId } = await w.write(w.newPhone(), 'Hello')
    const contactId = await w.serve(conversationId)
    await erase(conversationId)
    w.clock.advance(25 * hour)
    await sendDueSurveys(w.context)
    expect(await w.invitations(contactId)).toMatchObject([{ state: 'cancelled', reason: 'erased' }])
    const sent = await asked()
    await erase(sent.conversationId)
    const [invitation] = await w.invitations(sent.contactId)
    expect(await answerByLink(w.context, invitation!.id, { scores: [{ position: 0, score: 5 }], comment: null })).toBe('over')
    expect(await w.responses(sent.contactId)).toEqual([])
  })

  test('answered from two devices at once, one answer counts', async () => {
    const { contactId } = await asked()
    const [invitation] = await w.invitations(contactId)
    const results = await Promise.all([5, 1].map((score) => answerByLink(w.context, invitation!.id, { scores: [{ position: 0, score }], comment: null })))
    expect(results.sort()).toEqual(['over', 'recorded'])
    expect(await w.responses(contactId)).toHaveLength(1)
  })
})

test('a question the provider refuses is no invitation any more', async () => {
  const phone = w.newPhone()
  const { conversationId } = await w.write(phone, 'Hello')
  const contactId = await w.serve(conversationId)
  await w.db.execute(`update outbound set state = 'sent' where conversation_id = $1`, [conversationId])
  w.clock.advance(25 * hour)
  await sendDueSurveys(w.context)
  const refusing = { ...w.context.channels.adapters.sms, send: async () => ({ ok: false as const, kind: 'refused' as const, code: 'landline', detail: '' }) }
  await deliverLane({ ...w.context, channels: { ...w.context.channels, adapters: { ...w.context.channels.adapters, sms: refusing } } }, laneOf(conversationId, 'sms'))
  expect(await w.invitations(contactId)).toMatchObject([{ state: 'refused', reason: 'landline' }])
})
