/** A company with two secrets: a customer another team alone has, and one whose running contact only a restricted queue may read. */
import { createTransport } from 'nodemailer'
import { newId } from '#server/platform/ids.ts'
import { accountsMailbox } from '#prisma/seed.ts'
import { until } from '../support/deadline.ts'
import { repairsMailbox, startTestHub, type Staff, type TestHub } from '../support/hub.ts'

/** Stands in every text, subject, file name and address that the attacker may not read. */
export const secret = 'zyxsecretzyx'

export interface Target {
  customerId: string
  conversationId: string
  contactId: string
  messageId: string
  attachmentId: string
  identityId: string
  accountId: string
}

export interface Company {
  hub: TestHub
  /** An agent of Service only. */
  wei: Staff
  /** Service, and the restricted queue's team. */
  lena: Staff
  priya: Staff
  sam: Staff
  /** Only the workshop has anything to do with them. */
  foreign: Target & { offerId: string; suggestionId: string; mergeId: string; followUpId: string }
  /** Service saw this customer before; what runs now is the restricted queue's. */
  restricted: Target & { followUpId: string }
  stop(): Promise<void>
}

export async function startCompany(): Promise<Company> {
  const hub = await startTestHub({ simulator: false, works: false })
  const [wei, lena, priya, sam] = await Promise.all((['wei', 'lena', 'priya', 'sam'] as const).map((name) => hub.signIn(name))) as [Staff, Staff, Staff, Staff]
  for (const one of [wei, lena, priya]) await one.must('POST', '/presence', { presence: 'available' })
  await sendMail(hub, `${secret}.foreign@example.org`, repairsMailbox)
  const foreign = await targetOf(hub, `${secret}.foreign@example.org`)
  await sendMail(hub, `${secret}.other@example.org`, repairsMailbox)
  const other = await targetOf(hub, `${secret}.other@example.org`)
  await sendMail(hub, `${secret}.folded@example.org`, repairsMailbox)
  const folded = await targetOf(hub, `${secret}.folded@example.org`)
  await sendMail(hub, 'known@example.org', accountsMailbox)
  const restricted = await targetOf(hub, 'known@example.org')
  await hub.db.execute(`insert into conversation_team (conversation_id, team_id) select $1, id from team where name = 'Service'`, [restricted.conversationId])
  const { mergeId } = await priya.must('POST', '/merges', { survivorId: other.customerId, foldedId: folded.customerId })
  const [offerId, suggestionId] = [newId(), newId()]
  const [aId, bId] = [foreign.customerId, other.customerId].sort()
  await hub.db.execute(`insert into merge_suggestion (id, customer_a_id, customer_b_id, evidence, at) values ($1, $2, $3, '[]', now())`, [suggestionId, aId, bId])
  await hub.db.execute(
    `insert into offer (id, contact_id, conversation_id, agent_id, kind, channel, live_units, deferred_units, offered_at, expires_at) values ($1, $2, $3, $4, 'contact', 'email', 0, 20, now(), now() + interval '1 hour')`,
    [offerId, foreign.contactId, foreign.conversationId, priya.id])
  const dueAt = new Date(Date.now() + 3_600_000).toISOString()
  const followUp = async (by: Staff, target: Target): Promise<string> => (await by.must('POST', '/follow-ups', { customerId: target.customerId, contactId: target.contactId, title: secret, dueAt })).id as string
  return {
    hub, wei, lena, priya, sam,
    foreign: { ...foreign, offerId, suggestionId, mergeId, followUpId: await followUp(priya, foreign) },
    restricted: { ...restricted, followUpId: await followUp(lena, restricted) },
    stop: () => hub.stop(),
  }
}

async function sendMail(hub: TestHub, from: string, to: string): Promise<void> {
  const transport = createTransport({ host: hub.config.host, port: hub.config.smtpPort, secure: false, ignoreTLS: true })
  await transport.sendMail({ from, to, subject: `subject ${secret}`, text: `text ${secret}`, html: `<p>html ${secret}</p>`, attachments: [{ filename: `${secret}.txt`, content: secret }] })
  transport.close()
}

async function targetOf(hub: TestHub, email: string): Promise<Target> {
  return until(`the mail of ${email}`, () => hub.db.maybe<Target>(
    `select i.customer_id as "customerId", i.id as "identityId", m.conversation_id as "conversationId", m.contact_id as "contactId", m.id as "messageId", m.account_id as "accountId", a.id as "attachmentId"
     from identity i join message m on m.identity_id = i.id join attachment a on a.message_id = m.id where i.value = $1`, [email]))
}
