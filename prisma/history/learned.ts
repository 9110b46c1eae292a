/**
 * What the company learned from its month: who orders and what it brings, and how content people are, asked by mail on one page.
 * Made when the last story is told, in its transaction.
 */
import { insertCustomerWithIdentity } from '#server/features/customers/customers.steps.ts'
import { lockConversation } from '#server/features/conversations/conversations.steps.ts'
import { giveValue } from '#server/features/standing/standing.store.ts'
import { recordAnswers } from '#server/features/surveys/answers.steps.ts'
import * as surveys from '#server/features/surveys/surveys.store.ts'
import { questionsAsked, questionsToAsk } from '#server/features/surveys/surveys.questions.ts'
import type { Tx } from '#server/platform/db.ts'
import { Effects } from '#server/platform/effects.ts'
import { newId } from '#server/platform/ids.ts'
import { randomOf, type Random } from './random.ts'

const day = 86_400_000
const hour = 3_600_000

/** The survey the seed made for this (prisma/seed.ts). */
export const contentSurvey = 'How content are you with us?'

/** Means of what is found, expected and thought important, per dimension: packing and price are the shop's worries. */
const opinions: Record<string, { perceived: number; expected: number; importance: number }> = {
  Product: { perceived: 8.7, expected: 8.9, importance: 9.1 }, Service: { perceived: 8.2, expected: 8.1, importance: 8.3 }, 'Contact with us': { perceived: 8.9, expected: 7.6, importance: 6.4 }, Price: { perceived: 6.3, expected: 7.2, importance: 6.9 },
  'Packing and delivery': { perceived: 6.1, expected: 8.6, importance: 8.6 },
}

export async function learnFromHistory(tx: Tx, endsAt: Date): Promise<void> {
  const random = randomOf(`learned ${endsAt.toISOString()}`)
  await giveValues(tx, random, endsAt)
  await addFormerCustomers(tx, random, endsAt)
  await askHowContent(tx, random, endsAt)
  // Whoever was looked at while the month was being told is looked at again.
  await tx.execute(`delete from setting where key = 'standings'`)
}

/** Few bring most: what a customer brings falls off like a power of their place. */
async function giveValues(tx: Tx, random: Random, endsAt: Date): Promise<void> {
  const customers = await tx.query<{ id: string }>(
    `select cu.id from customer cu where cu.merged_into_id is null and exists (select 1 from conversation co join contact c on c.conversation_id = co.id where co.customer_id = cu.id and coalesce(c.outcome, '') <> 'spam') order by cu.id`)
  for (const [place, { id }] of customers.entries()) {
    if (random.chance(0.18)) continue
    const orders = 1 + Math.floor(12 * random.next() ** 3)
    const value = Math.round((40 + 5200 / (1 + (place * 7919) % customers.length) ** 0.8) * (0.6 + random.next()) * 100) / 100
    await giveValue(tx, id, { value, orders, lastOrderAt: new Date(endsAt.getTime() - Math.round(random.next() * 200 * day)).toISOString() })
    // Known from their orders long before they first wrote.
    await tx.execute('update customer set created_at = least(created_at, $2) where id = $1', [id, new Date(endsAt.getTime() - Math.round((30 + random.next() * 900) * day))])
  }
}

const former = [
  ['Margaret Hale', 210, 3, 1840], ['Otto Brandt', 236, 6, 3920], ['何秀英', 192, 2, 610], ['Rosalind Carver', 301, 4, 1275], ['Edgar Whitlock', 402, 9, 5110], ['Inés Galindo', 455, 1, 95], ['Walter Oakes', 520, 2, 240], ['Helene Conrad', 188, 5, 2080],
] as const

/** Who ordered once and fell silent: nobody complains, and they are gone. */
async function addFormerCustomers(tx: Tx, random: Random, endsAt: Date): Promise<void> {
  for (const [at, [name, silentDays, orders, value]] of former.entries()) {
    const lastOrderAt = new Date(endsAt.getTime() - silentDays * day)
    const firstAt = new Date(lastOrderAt.getTime() - Math.round((60 + random.next() * 500) * day))
    const { customerId } = insertCustomerWithIdentity(tx, { name, locale: /\p{Script=Han}/u.test(name) ? 'zh' : 'en', address: { kind: 'email', realm: '', value: `former${at + 1}@lampfriends.example` }, evidence: 'proved', proof: 'order' }, firstAt)
    await giveValue(tx, customerId, { value, orders, lastOrderAt: lastOrderAt.toISOString() })
  }
}

/** Whose last contact is some hours past was asked by mail; two of three answered, each in their own mood. */
async function askHowContent(tx: Tx, random: Random, endsAt: Date): Promise<void> {
  const survey = await tx.maybe<{ id: string }>('select id from survey where name = $1', [contentSurvey])
  if (!survey) return
  const contacts = await tx.query<{ contactId: string; conversationId: string; customerId: string; queueId: string; identityId: string; accountId: string; lastAt: Date }>(
    `select distinct on (c.conversation_id) c.id as "contactId", c.conversation_id as "conversationId", co.customer_id as "customerId", c.queue_id as "queueId", m.identity_id as "identityId", m.account_id as "accountId", co.last_message_at as "lastAt"
     from contact c join conversation co on co.id = c.conversation_id join message m on m.contact_id = c.id and m.channel = 'email' and m.identity_id is not null and m.account_id is not null
     where c.outcome = 'handled' and co.last_message_at < $1 and not exists (select 1 from contact o where o.conversation_id = c.conversation_id and o.state <> 'closed') and not exists (select 1 from survey_invitation si where si.contact_id = c.id and si.survey_id = $2)
     order by c.conversation_id, c.closed_at desc`, [new Date(endsAt.getTime() - 6 * hour), survey.id])
  for (const contact of contacts) {
    const sentAt = new Date(contact.lastAt.getTime() + hour)
    const answeredAt = new Date(sentAt.getTime() + Math.round(random.next() * 4 * hour))
    const id = newId(sentAt)
    await surveys.scheduleInvitation(tx, { id, surveyId: survey.id, ...contact, channel: 'email', agentId: await agentOf(tx, contact.contactId), sendAt: sentAt, expiresAt: new Date(sentAt.getTime() + 7 * day) })
    const loaded = await surveys.loadInvitation(tx, id)
    if (!loaded) continue
    await surveys.keepQuestions(tx, id, await questionsToAsk(tx, loaded))
    await tx.execute(`update survey_invitation set state = 'delivered', sent_at = $2, delivered_at = $2 where id = $1`, [id, sentAt])
    if (random.chance(0.34)) continue
    await surveys.markOpened(tx, id, answeredAt)
    const invitation = await surveys.loadInvitation(tx, id)
    if (!invitation) continue
    await recordAnswers(tx, invitation, { scores: await answersOf(tx, random, invitation), comment: null, isLast: true }, answeredAt, new Effects(), await lockConversation(tx, contact.conversationId, answeredAt))
  }
}

async function agentOf(tx: Tx, contactId: string): Promise<string | null> {
  return (await tx.maybe<{ agentId: string }>('select agent_id as "agentId" from assignment where contact_id = $1 order by accepted_at desc limit 1', [contactId]))?.agentId ?? null
}

async function answersOf(tx: Tx, random: Random, invitation: surveys.InvitationRow): Promise<{ position: number; score: number }[]> {
  const names = await surveys.dimensionNames(tx)
  const mood = random.next() + random.next() + random.next() - 1.5
  const near = (mean: number): number => Math.max(1, Math.min(10, Math.round(mean + mood * 1.6 + (random.next() - 0.5) * 2)))
  return questionsAsked(invitation).map(({ ask, dimensionId }, position) => {
    const opinion = dimensionId ? opinions[names.get(dimensionId)?.en ?? ''] : undefined
    if (opinion && (ask === 'perceived' || ask === 'expected' || ask === 'importance')) return { position, score: near(opinion[ask]) }
    return { position, score: near(ask === 'score' ? 7.9 : ask === 'against-expectation' ? 7.3 : 7.0) }
  })
}
