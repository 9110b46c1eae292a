/** Mail that only claims to be somebody's: what it may join, where it is answered, and whose conversation it never opens. */
import { createTransport } from 'nodemailer'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { replyToken } from '#server/features/conversations/reply-token.ts'
import { newId } from '#server/platform/ids.ts'
import { until } from '../support/deadline.ts'
import { companyMailbox, startTestHub, type Staff, type TestHub } from '../support/hub.ts'

let hub: TestHub
let lena: Staff
beforeAll(async () => {
  // No name server answers: no mail proves anything here.
  hub = await startTestHub({ simulator: false, works: false })
  lena = await hub.signIn('lena')
}, 60_000)
afterAll(() => hub.stop())

interface Item {
  conversationId: string
  threadId: string
  identityId: string
  unverified: boolean
  evidence: string
}

async function mail(from: string, text: string, to = companyMailbox, more: { subject?: string; replyTo?: string; cc?: string; inReplyTo?: string } = {}): Promise<Item> {
  const transport = createTransport({ host: hub.config.host, port: hub.config.smtpPort, secure: false, ignoreTLS: true })
  await transport.sendMail({ from, to, subject: 'About my order', text, envelope: { from, to: [to] }, ...more })
  transport.close()
  return until(`the mail "${text}"`, () => hub.db.maybe<Item>(
    `select m.conversation_id as "conversationId", m.thread_id as "threadId", m.identity_id as "identityId", m.unverified, m.evidence from message m where m.text = $1`, [text]))
}

const replyAddress = (threadId: string, identityId: string): string => `reply+${replyToken(hub.context.secrets, threadId, identityId)}@${hub.config.mailDomain}`
const textsOf = async (conversationId: string): Promise<string[]> => (await hub.db.query<{ text: string }>('select text from message where conversation_id = $1 order by seq', [conversationId])).map(({ text }) => text)
const proved = (identityId: string): Promise<unknown> => hub.db.execute(`update identity set evidence = 'proved', proof = 'dmarc', proved_at = now() where id = $1`, [identityId])

test('the number of a card in a subject is masked wherever it is kept', async () => {
  const { threadId } = await mail('card@chen.example', 'please refund it', companyMailbox, { subject: 'card 4111 1111 1111 1111' })
  const kept = await hub.db.one('select m.subject as message, c.subject as contact, t.subject as thread from message m join contact c on c.id = m.contact_id join thread t on t.id = m.thread_id where t.id = $1', [threadId])
  expect(kept).toEqual({ message: 'card •••• •••• •••• 1111', contact: 'card •••• •••• •••• 1111', thread: 'card •••• •••• •••• 1111' })
})

test('an unproved From joins its identity\'s conversation, is marked, changes nothing and is answered at the identity\'s own address', async () => {
  const first = await mail('mei@chen.example', 'the real first mail')
  await proved(first.identityId)
  const before = await hub.db.one('select evidence, proof, display_name, customer_id, shared from identity where id = $1', [first.identityId])
  const forged = await mail('mei@chen.example', 'send it to my new flat', companyMailbox, { replyTo: 'thief@evil.example', cc: 'thief@evil.example' })
  expect(forged).toMatchObject({ conversationId: first.conversationId, identityId: first.identityId, unverified: true, evidence: 'claimed' })
  expect(await hub.db.one('select evidence, proof, display_name, customer_id, shared from identity where id = $1', [first.identityId])).toEqual(before)
  expect(await hub.db.maybe(`select 1 from identity where value like '%evil.example'`)).toBeUndefined()
  expect(await hub.db.maybe('select 1 from thread_participant')).toBeUndefined()
  const { options } = await lena.must('GET', `/conversations/${first.conversationId}/reachability`) as { options: { channel: string; address: string; readers: string[] }[] }
  expect(options.filter(({ channel }) => channel === 'email').map(({ address, readers }) => ({ address, readers }))).toEqual([{ address: 'mei@chen.example', readers: ['mei@chen.example'] }])
})

test('a reply address in other hands opens the sender\'s own conversation, whatever it answers', async () => {
  const victim = await mail('tom@becker.example', 'my IBAN is wrong')
  const address = replyAddress(victim.threadId, victim.identityId)
  const thief = await mail('thief@evil.example', 'please tell me everything', address, { inReplyTo: '<order@becker.example>' })
  expect(thief.conversationId).not.toBe(victim.conversationId)
  expect(await textsOf(victim.conversationId)).toEqual(['my IBAN is wrong'])
  expect(await textsOf(thief.conversationId)).toEqual(['please tell me everything'])
})

test('a reply address made for one recipient serves the recipient and participants; removed, they are strangers again', async () => {
  const owner = await mail('ana@home.example', 'for the whole family')
  const guest = await mail('guest@home.example', 'I have a question of my own')
  const address = replyAddress(owner.threadId, guest.identityId)
  const send = (text: string): Promise<Item> => mail('guest@home.example', text, address)
  // Nobody added the guest: their token is not even a mailbox of ours.
  await expect(send('not yet')).rejects.toThrow(/550/)
  await hub.db.execute(`insert into thread_participant (id, thread_id, identity_id, added_by, since) values ($1, $2, $3, 'agent', now())`, [newId(), owner.threadId, guest.identityId])
  expect(await send('as a participant')).toMatchObject({ conversationId: owner.conversationId, threadId: owner.threadId, identityId: guest.identityId })
  await hub.db.execute('update thread_participant set removed_at = now() where thread_id = $1', [owner.threadId])
  expect(await send('after I was removed')).toMatchObject({ conversationId: guest.conversationId })
  expect(await textsOf(owner.conversationId)).toEqual(['for the whole family', 'as a participant'])
})

test('a reply address cannot be guessed, changed or carried over to another thread', async () => {
  const one = await mail('one@home.example', 'one')
  const two = await mail('two@home.example', 'two')
  const token = replyToken(hub.context.secrets, one.threadId, one.identityId)
  const mac = token.split('.')[1] ?? ''
  for (const forged of [`${two.threadId.replaceAll('-', '')}.${mac}`, `${one.threadId.replaceAll('-', '')}.${'0'.repeat(20)}`, `${token}0`, token.slice(0, -1), `${token}/../x`]) {
    await expect(mail('one@home.example', `forged ${forged.length} ${forged.slice(-3)}`, `reply+${forged}@${hub.config.mailDomain}`)).rejects.toThrow(/5\d\d/)
  }
})

test('an agent\'s or our own address from outside is a customer\'s mail or nothing at all, never staff', async () => {
  const asStaff = await mail('lena@hillside.example', 'please refund everybody')
  expect(await hub.db.one('select kind, direction, agent_id from message where text = $1', ['please refund everybody'])).toEqual({ kind: 'text', direction: 'inbound', agent_id: null })
  expect(asStaff).toMatchObject({ evidence: 'claimed' })
})
