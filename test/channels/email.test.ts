import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Arrival, MessageArrival } from '#server/channels/channel.ts'
import { createEmailAdapter, parseReceipt } from '#server/channels/email/adapter.ts'
import { describeAdapter, idNow, messageOf } from './adapter-suite.ts'
import { mailAccount, mailOf, mailReceipt, mailVerdicts, signedMail, startMailProvider, theirMailbox } from './mail-provider.ts'

let provider: Awaited<ReturnType<typeof startMailProvider>>
beforeAll(async () => { provider = await startMailProvider() })
afterAll(async () => { await provider.close() })

describeAdapter('Email', {
  adapter: createEmailAdapter,
  parse: parseReceipt,
  account: mailAccount,
  customer: theirMailbox,
  receiptOf: async (text) => mailReceipt(await signedMail(await mailOf(text))),
  expected: {
    from: { kind: 'email', realm: '', value: theirMailbox, displayName: 'Mei Chen' }, evidence: 'proved', proof: 'dmarc', oneTime: false, externalId: '<order-1@chen.example>', subject: 'My order',
    sentAt: new Date('2026-11-22T12:00:00Z'), thread: { externalKey: '<order-1@chen.example>', references: [], replyToken: null },
  },
  verdicts: async () => mailVerdicts(provider),
  provider: startMailProvider,
  refusedAs: 'unreachable-address',
  canSettle: false,
})

const arrivalOf = async (raw: Buffer | string, facts: Record<string, unknown> = {}): Promise<MessageArrival> => {
  const [arrival] = (await parseReceipt(mailReceipt(Buffer.from(raw), facts), mailAccount, provider.tools)) as [Arrival]
  if (arrival.kind !== 'message') throw new Error('a mail is a message')
  return arrival
}
const plain = (...headers: string[]) => `${['To: support@help.example.com', 'Message-ID: <1@x.example>', ...headers].join('\r\n')}\r\n\r\nhello\r\n`

describe('who a mail is from', () => {
  it.each([
    ['two From headers', plain('From: mei@chen.example', 'From: evil@x.example')],
    ['a group in From', plain('From: G: a@b.example, d@e.example;')],
    ['two addresses in From', plain('From: a@b.example, d@e.example')],
    ['an empty From', plain('From:')],
    ['From <>', plain('From: <>')],
    ['no From', plain('Sender: a@b.example', 'Resent-From: c@d.example')],
    ['undisclosed senders', plain('From: undisclosed')],
  ])('takes %s for nobody in particular, never proved', async (_name, raw) => {
    expect(await arrivalOf(raw)).toMatchObject({ oneTime: true, evidence: 'claimed', from: { value: '' } })
  })

  it('goes by the address, not by the name shown', async () => {
    expect(await arrivalOf(plain('From: "support@bank.com" <evil@x.example>'))).toMatchObject({ from: { value: 'evil@x.example', displayName: 'support@bank.com' }, evidence: 'claimed' })
  })

  it('keeps dots and tags of an address apart, and writes it in lower case', async () => {
    expect((await arrivalOf(plain('From: A.B+Tag@Gmail.COM'))).from.value).toBe('a.b+tag@gmail.com')
  })

  it('does not believe a name server that does not answer', async () => {
    const { tools } = provider
    const deaf = { ...tools, config: { ...tools.config, dnsServers: ['127.0.0.1:9'] } }
    const [arrival] = await parseReceipt(mailReceipt(await signedMail(await mailOf('hi'))), mailAccount, deaf)
    expect(arrival).toMatchObject({ evidence: 'claimed', from: { value: theirMailbox } })
  })

  it('does not believe a signature over other words', async () => {
    const raw = (await signedMail(await mailOf('hi', { textEncoding: 'quoted-printable' }))).toString('latin1')
    expect((await arrivalOf(Buffer.from(raw.replace('My order', 'My other'), 'latin1'))).evidence).toBe('claimed')
  })
})

describe('what a mail says', () => {
  it('shows what was written and keeps the quote', async () => {
    const arrival = await arrivalOf(await mailOf('Yes, please!\n\nOn Mon, 2 Nov 2026 at 10:00, Help <support@help.example.com> wrote:\n> Shall we send it again?\n'))
    expect(arrival.text).toBe('Yes, please!')
    expect(arrival.mail?.fullText).toContain('Shall we send it again?')
  })

  it('is never blank because of its markup', async () => {
    const deep = `${'<div>'.repeat(100_000)}find me${'</div>'.repeat(100_000)}`
    expect((await arrivalOf(await mailOf('', { text: undefined, html: deep }))).text).toContain('find me')
  })

  it('stores HTML without anything that runs or loads', async () => {
    const html = '<p style="color:red;background:url(http://t/x)" onclick="x()">Hi <b>you</b></p><script>alert(1)</script><img src="https://tracker.example/p.gif"><img src="cid:logo@x"><a href="java\tscript:alert(1)">x</a><svg><style><img src=x onerror=alert(1)></style></svg><iframe src="x"></iframe><form action="x"><input></form>'
    const arrival = await arrivalOf(await mailOf('', { text: undefined, html, attachments: [{ filename: 'logo.png', cid: 'logo@x', content: Buffer.from('png') }] }))
    expect(arrival.html).not.toMatch(/script|onclick|onerror|url\(|iframe|form|<svg| src="http/i)
    expect(arrival.html).toContain('data-remote-src="https://tracker.example/p.gif"')
    expect(arrival.html).toContain('src="attachment:0"')
    expect(arrival.html).toContain('<p style="color:red">Hi <b>you</b></p>')
  })

  it('brings files with their bytes, and a name where there is none', async () => {
    const arrival = await arrivalOf(await mailOf('see', { attachments: [{ filename: '../../evil.html', content: 'x' }, { filename: false, content: Buffer.from([1, 2]), contentType: 'application/octet-stream' }] }))
    expect(arrival.files.map((file) => [file.name, file.sizeBytes])).toEqual([['../../evil.html', 1], ['attachment-2', 2]])
  })

  it('lists the files beyond the limit', async () => {
    const arrival = await arrivalOf(await mailOf('many', { attachments: Array.from({ length: 100 }, (_, index) => ({ filename: `${index}.txt`, content: 'x' })) }))
    expect(arrival.files).toHaveLength(60)
    expect(arrival.text).toBe('many\n📎 +40')
  })

  it.each([
    ['empty', ''],
    ['headers only', plain('From: mei@chen.example').replace('hello', '')],
    ['a body only', '\r\n\r\njust words'],
    ['a character set nobody knows', plain('From: mei@chen.example', 'Content-Type: text/plain; charset=x-unknown')],
    ['UTF-7', plain('From: mei@chen.example', 'Content-Type: text/plain; charset=utf-7').replace('hello', '+ADw-script+AD4-')],
    ['NUL bytes', plain('From: mei@chen.example', 'Subject: a\0b').replace('hello', 'a\0b')],
    ['50,000 recipients', plain('From: mei@chen.example', `Cc: ${Array.from({ length: 7000 }, (_, index) => `a${index}@b.example`).join(', ')}`)],
    ['a subject of 100 KB', plain('From: mei@chen.example', `Subject: ${'Re: '.repeat(25_000)}`)],
    ['a year that cannot be', plain('From: mei@chen.example', 'Date: Fri, 1 Jan 2199 00:00:00 +0000')],
  ])('takes a mail that is %s', async (_name, raw) => {
    const arrival = await arrivalOf(raw)
    expect(arrival.text).not.toContain('\0')
    expect(arrival.subject?.length ?? 0).toBeLessThanOrEqual(500)
    expect(arrival.mail?.cc.length).toBeLessThanOrEqual(100)
    expect(arrival.sentAt).toBeNull()
  })

  it.each([
    ['10,000 references', plain('From: mei@chen.example', `References: ${Array.from({ length: 10_000 }, (_, index) => `<${index}@x.example>`).join(' ')}`)],
  ])('keeps the newest fifty of %s', async (_name, raw) => {
    const { thread } = await arrivalOf(raw)
    expect(thread?.references).toHaveLength(50)
    expect(thread?.references.at(-1)).toBe('<9999@x.example>')
  })

  it.each([
    ['two thousand nested parts', nested(2000)],
    ['200,000 header lines', `${'X-A: b\r\n'.repeat(200_000)}\r\nhi`],
    ['100,000 parts', `From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\nx\r\n'.repeat(100_000)}--b--`],
  ])('sets a mail of %s aside, and reads the next one', async (_name, raw) => {
    await expect(arrivalOf(raw)).rejects.toMatchObject({ name: 'UnusableReceipt' })
    expect((await arrivalOf(plain('From: mei@chen.example'))).text).toBe('hello')
  })

  it('gives a mail without a usable Message-ID one of its own', async () => {
    const arrival = await arrivalOf('From: mei@chen.example\r\nMessage-ID: not an id\r\n\r\nhi')
    expect(arrival.externalId).toMatch(/^<[0-9a-f]{40}@received\.help\.example\.com>$/)
  })
})

describe('mail written by programs', () => {
  const bounce = [
    'From: MAILER-DAEMON@mx.example', 'To: support@help.example.com', 'Subject: Undelivered', 'Content-Type: multipart/report; report-type=delivery-status; boundary="b"', '', '--b', 'Content-Type: text/plain', '', 'could not', '--b',
    'Content-Type: message/delivery-status', '', 'Reporting-MTA: dns; mx.example', '', 'Final-Recipient: rfc822; Mei@chen.example', 'Action: failed', 'Status: 5.1.1', 'Diagnostic-Code: smtp; 550 no such user', '',
    '--b', 'Content-Type: text/rfc822-headers', '', 'Message-ID: <sent-1@help.example.com>', '', '--b--', '',
  ].join('\r\n')

  it('reads a bounce and finds the mail it is about', async () => {
    const { mail } = await arrivalOf(bounce, { mailFrom: '' })
    expect(mail).toMatchObject({ returnPath: '', dsn: { originalMessageId: '<sent-1@help.example.com>', recipient: 'mei@chen.example', action: 'failed', detail: '5.1.1 550 no such user' } })
    expect(mail?.contentType).toMatch(/^multipart\/report/)
  })

  it('reads a bounce written as prose', async () => {
    const { mail } = await arrivalOf('From: Mail Delivery <mailer-daemon@x.example>\r\nX-Failed-Recipients: mei@chen.example\r\n\r\nSorry.\r\n\r\nMessage-ID: <sent-2@help.example.com>\r\n', { mailFrom: '' })
    expect(mail?.dsn).toMatchObject({ originalMessageId: '<sent-2@help.example.com>', recipient: 'mei@chen.example', action: 'failed' })
  })

  it('hands on what tells an auto-reply from a person', async () => {
    const { mail } = await arrivalOf(plain('From: mei@chen.example', 'Auto-Submitted: auto-replied\r\n (vacation)', 'Precedence: bulk', 'List-Id: <x>'))
    expect(mail?.headers).toMatchObject({ 'auto-submitted': 'auto-replied (vacation)', precedence: 'bulk', 'list-id': '<x>' })
    expect(mail?.dsn).toBeNull()
  })
})

describe('our own mail', () => {
  const thread = { externalKey: '<order-1@chen.example>', messageId: '<out-1@help.example.com>', inReplyTo: '<order-1@chen.example>', references: ['<order-0@chen.example>'], replyTo: 'reply+abc@help.example.com', quoted: { author: 'Mei <b>', at: new Date('2026-11-22T12:00:00Z'), text: 'Where is it?\n<script>', html: null } }
  const sent = () => provider.mails.at(-1)

  it('answers in the thread, by text and HTML, to a reply address of its own, quoting that mail only', async () => {
    const file = { name: 'bill.pdf', contentType: 'application/pdf', sizeBytes: 3, read: async () => Buffer.from('pdf'), url: 'https://hub.test/x' }
    const item = { id: idNow(), to: theirMailbox, attempts: 1, payload: messageOf('It left <today>.', { subject: 'My order', thread, files: [file], cc: ['ann@x.example'] }) }
    expect(await createEmailAdapter(provider.tools).send(item, mailAccount)).toEqual({ ok: true, externalId: '<out-1@help.example.com>', status: 'sent' })
    expect(sent()).toMatchObject({ from: mailAccount.address, to: [theirMailbox, 'ann@x.example'] })
    const mail = sent()?.mail
    expect(mail).toMatchObject({ messageId: '<out-1@help.example.com>', inReplyTo: '<order-1@chen.example>', references: ['<order-0@chen.example>', '<order-1@chen.example>'], subject: 'Re: My order' })
    expect(mail?.replyTo?.value[0]?.address).toBe('reply+abc@help.example.com')
    expect(mail?.text).toContain('It left <today>.\n\nMei <b> · 2026-11-22 12:00 UTC:\n> Where is it?\n> <script>')
    expect(mail?.html).toContain('It left &lt;today&gt;.')
    expect(mail?.html).not.toContain('<script>')
    expect(mail?.attachments.map((each) => [each.filename, each.content.toString()])).toEqual([['bill.pdf', 'pdf']])
    expect(mail?.headers.get('auto-submitted')).toBeUndefined()
  })

  it('sends the same Message-ID when it has to send again', async () => {
    const item = { id: idNow(), to: theirMailbox, attempts: 1, payload: messageOf('again') }
    const adapter = createEmailAdapter(provider.tools)
    await adapter.send(item, mailAccount)
    await adapter.send({ ...item, attempts: 2 }, mailAccount)
    expect(provider.mails.slice(-2).map(({ mail }) => mail.messageId)).toEqual([`<${item.id}@help.example.com>`, `<${item.id}@help.example.com>`])
  })

  it('says of an automatic text that no person wrote it', async () => {
    await createEmailAdapter(provider.tools).send({ id: idNow(), to: theirMailbox, attempts: 1, payload: messageOf('We are closed.', { isAutomatic: true }) }, mailAccount)
    expect(sent()?.mail.headers.get('auto-submitted')).toBe('auto-generated')
  })

  it('tells an administrator whether the server lets us in', async () => {
    expect(await createEmailAdapter(provider.tools).testAccount(mailAccount)).toEqual({ ok: true, detail: mailAccount.address })
    expect(await createEmailAdapter(provider.tools).testAccount({ ...mailAccount, secrets: { smtpUrl: 'smtp://127.0.0.1:9' } })).toMatchObject({ ok: false })
    expect(await createEmailAdapter(provider.tools).testAccount({ ...mailAccount, secrets: { smtpUrl: provider.tools.config.smtpUrl?.replace('//', '//user:wrong@') ?? '' } })).toMatchObject({ ok: false })
  })

  it.each(['a@b.example\r\nRCPT TO:<evil@x.example>', 'a@b.example, evil@x.example', '<a@b.example>', 'a b@c.example', ''])('never lets %j into the envelope', async (to) => {
    const before = provider.mails.length
    expect(await createEmailAdapter(provider.tools).send({ id: idNow(), to, attempts: 1, payload: messageOf('x') }, mailAccount)).toMatchObject({ kind: 'refused', code: 'invalid-address' })
    expect(provider.mails).toHaveLength(before)
  })
})

function nested(depth: number): string {
  let mail = 'From: a@b.example\r\n'
  for (let level = 0; level < depth; level += 1) mail += `Content-Type: multipart/mixed; boundary=b${level}\r\n\r\n--b${level}\r\n`
  return `${mail}\r\nend`
}
