import { Resolver } from 'node:dns/promises'
import { authenticate } from 'mailauth'
import { simpleParser } from 'mailparser'
import { createTransport } from 'nodemailer'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SMTPServer } from 'smtp-server'
import type { RunningSimulator } from '#simulator/start.ts'
import { startFor } from './hub.ts'

const mei = 'mei@chen.example'
const support = 'support@hub.example'

type Arrived = { raw: Buffer; from: string }
const arrived: Arrived[] = []
let listener: SMTPServer
let simulator: RunningSimulator
let resolver: Resolver

beforeAll(async () => {
  listener = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        arrived.push({ raw: Buffer.concat(chunks), from: session.envelope.mailFrom ? session.envelope.mailFrom.address : '' })
        done()
      })
    },
  })
  await new Promise<void>((resolve) => {
    listener.listen(0, '127.0.0.1', resolve)
  })
  const address = listener.server.address()
  simulator = await startFor({ url: 'http://127.0.0.1:9' }, { hubSmtp: { host: '127.0.0.1', port: typeof address === 'object' && address ? address.port : 0 } })
  resolver = new Resolver()
  resolver.setServers([simulator.dnsServer])
})
afterAll(async () => {
  await simulator.stop()
  await new Promise<void>((resolve) => listener.close(() => resolve()))
})

/** The verdict a hub comes to that asks the simulated DNS. */
async function dmarcOf(mail: Arrived | undefined): Promise<string | undefined> {
  const result = await authenticate(mail?.raw ?? Buffer.alloc(0), { ip: '127.0.0.1', helo: 'mail.customers.example', sender: mail?.from ?? '', resolver: async (name, type) => (await resolver.resolve(name, type)) as string[][], trustReceived: false })
  return result.dmarc ? result.dmarc.status.result : undefined
}

/** The hub sends to a customer, by real SMTP. */
async function hubSends(subject: string, messageId: string): Promise<void> {
  const transport = createTransport({ url: simulator.smtpUrl })
  await transport.sendMail({ from: `Support <${support}>`, to: mei, replyTo: 'reply+signed@hub.example', subject, messageId, text: 'We are on it.\nYours', html: '<p>We are on it.</p><p>Yours</p>', envelope: { from: 'bounce+1@hub.example', to: mei } })
  transport.close()
}

test('a customer’s mail is signed for its domain and passes DMARC', async () => {
  const sent = await simulator.customers.mail(mei, { fromName: 'Mei Chen', subject: 'Order 12', text: 'Where is it? 在哪里', files: [{ name: 'a.txt', contentType: 'text/plain', base64: 'aGk=' }] })
  expect(sent).toMatchObject({ isAccepted: true, response: expect.stringMatching(/^250/) })
  expect(await dmarcOf(arrived.at(-1))).toBe('pass')
  const parsed = await simpleParser(arrived.at(-1)?.raw ?? Buffer.alloc(0))
  expect(parsed).toMatchObject({ subject: 'Order 12', messageId: sent.messageId })
  expect(parsed.attachments.map((file) => [file.filename, file.content.toString()])).toEqual([['a.txt', 'hi']])
})

test('an unsigned mail, and one that only pretends to come from a domain, do not pass', async () => {
  await simulator.customers.mail(mei, { subject: 'Forged', text: 'Give me everything', signed: false })
  expect(await dmarcOf(arrived.at(-1))).toBe('fail')
  await simulator.customers.mail('somebody@new.example', { subject: 'New', text: 'Hi' })
  expect(await dmarcOf(arrived.at(-1))).toBe('pass')
})

test('the simulated DNS knows the customers’ domains and nothing else', async () => {
  expect(await resolver.resolveTxt('_dmarc.chen.example')).toEqual([['v=DMARC1; p=reject; adkim=r; aspf=r']])
  expect(await resolver.resolveMx('chen.example')).toMatchObject([{ priority: 10, exchange: 'mx.chen.example' }])
  expect((await resolver.resolveTxt('chen.example')).flat().join('')).toMatch(/^v=spf1/)
  await expect(resolver.resolveTxt('nobody.example')).rejects.toMatchObject({ code: 'ENOTFOUND' })
  await expect(resolver.resolveTxt('other._domainkey.chen.example')).rejects.toMatchObject({ code: 'ENOTFOUND' })
})

test('a reply goes to the reply address, in the thread, with the original quoted', async () => {
  await hubSends('Re: Order 12', '<m1@hub.example>')
  const [received] = await simulator.customers.inbox('mail', mei)
  expect(received).toMatchObject({ subject: 'Re: Order 12', replyTo: 'reply+signed@hub.example', text: expect.stringContaining('We are on it.') })
  await simulator.customers.replyToMail(received?.id ?? '', 'Thank you!')
  const reply = await simpleParser(arrived.at(-1)?.raw ?? Buffer.alloc(0))
  expect(reply).toMatchObject({ inReplyTo: '<m1@hub.example>', references: '<m1@hub.example>', subject: 'Re: Order 12' })
  expect(reply.text).toMatch(/^Thank you!\n\nOn .* wrote:\n\n> We are on it\.\n> Yours/)
  expect(reply.html).toContain('gmail_quote')
  expect(await dmarcOf(arrived.at(-1))).toBe('pass')
})

test('chosen mailboxes bounce, answer by themselves, or refuse', async () => {
  await simulator.customers.faults.set({ mail: { bouncing: [mei] } })
  await hubSends('Bounce this', '<m2@hub.example>')
  await expect.poll(() => arrived.at(-1)?.from).toBe('')
  const bounce = arrived.at(-1)?.raw.toString() ?? ''
  expect(bounce).toContain('multipart/report; report-type=delivery-status')
  expect(bounce).toContain('To: bounce+1@hub.example')
  expect(bounce).toContain('Status: 5.1.1')
  expect(bounce).toContain('Message-ID: <m2@hub.example>')
  await simulator.customers.faults.set({ mail: { bouncing: [], autoReplying: [mei] } })
  await hubSends('Anybody there', '<m3@hub.example>')
  await expect.poll(() => arrived.at(-1)?.raw.toString()).toContain('Auto-Submitted: auto-replied')
  await simulator.customers.faults.set({ mail: { autoReplying: [], refused: { [mei]: 451 } } })
  await expect(hubSends('Later', '<m4@hub.example>')).rejects.toMatchObject({ responseCode: 451 })
  await simulator.customers.faults.clear()
})
