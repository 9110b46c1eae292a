import { connect, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { describe, expect } from 'vitest'
import { speakSmtp } from '../channels/doors-hub.ts'
import { newSid } from '../support/factories.ts'
import { companyMailbox } from '../support/hub.ts'
import { canary, hub, messageOf, messageTables, row, stopwatch } from './harness.ts'

const msMax = 1_000
/** The reader of mail may take two seconds before it gives up. */
const poisonMsMax = 3_500
const fileTables = [...messageTables, 'attachment']

async function session(from = canary.mail) {
  const client = await speakSmtp(hub().config.smtpPort)
  await client.say(`EHLO mx.${canary.word}.example`)
  expect(await client.say(`MAIL FROM:<${from}>`)).toMatch(/^250/)
  return client
}

/** Sends bytes as a mail and gives the hub's word on it. */
async function deliver(raw: string | Buffer, { to = companyMailbox, from = canary.mail, timeMax = msMax }: { to?: string; from?: string; timeMax?: number } = {}): Promise<string> {
  const client = await session(from)
  expect(await client.say(`RCPT TO:<${to}>`)).toMatch(/^250/)
  expect(await client.say('DATA')).toMatch(/^354/)
  const elapsed = stopwatch()
  client.send(Buffer.concat([Buffer.from(raw), Buffer.from('\r\n.\r\n')]))
  const answer = await client.answer()
  expect(elapsed(), 'time of the answer').toBeLessThan(timeMax)
  client.socket.destroy()
  return answer
}

interface Draft {
  headers?: string[]
  from?: string
  subject?: string
  type?: string
  body?: string
}

/** A mail with an id of its own; `from: null` leaves the header out. */
function draft({ headers = [], from = `Mei <${canary.mail}>`, subject = 'Lamp', type = 'text/plain; charset=utf-8', body = `words ${canary.word}` }: Draft = {}): { raw: string; id: string } {
  const id = `<${newSid('')}@${canary.word}.example>`
  return { id, raw: [...(from === '' ? [] : [`From: ${from}`]), `To: ${companyMailbox}`, `Subject: ${subject}`, `Message-ID: ${id}`, 'MIME-Version: 1.0', `Content-Type: ${type}`, ...headers, '', body].join('\r\n') }
}

async function takes(of: Draft, more: Parameters<typeof deliver>[1] = {}) {
  const { raw, id } = draft(of)
  expect(await deliver(raw, more)).toMatch(/^250/)
  return messageOf(id)
}

async function setAside(of: Draft, reason: RegExp, more: Parameters<typeof deliver>[1] = {}): Promise<void> {
  expect(await deliver(draft(of).raw, more)).toMatch(/^250/)
  const last = await hub().db.one<{ state: string; reason: string; sizeBytes: number }>(`select state, reason, octet_length(body) as "sizeBytes" from receipt where channel = 'email' order by received_at desc, id desc limit 1`)
  expect(last).toMatchObject({ state: 'quarantined', reason: expect.stringMatching(reason) as string })
  expect(last.sizeBytes).toBeGreaterThan(100)
}

const identityOf = (id: string) => hub().db.one<{ kind: string; value: string }>('select kind, value from identity where id = $1', [id])
const filesOf = (id: string) => hub().db.query<{ name: string; contentType: string; sizeBytes: number; state: string; key: string | null }>('select name, content_type as "contentType", size_bytes as "sizeBytes", state, storage_key as key from attachment where message_id = $1 order by position', [id])
const multipart = (...parts: string[]) => ({ type: 'multipart/mixed; boundary=cut', body: `${parts.map((part) => `--cut\r\n${part}`).join('\r\n')}\r\n--cut--\r\n` })
const text = 'Content-Type: text/plain\r\n\r\nsee'
const file = (name: string, type = 'application/octet-stream', bytes: string | Buffer = 'bytes') => `Content-Type: ${type}\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename="${name}"\r\n\r\n${Buffer.from(bytes).toString('base64').replaceAll(/(.{76})/g, '$1\r\n')}`

export function mailRows(): void {
  describe('mail: the session', () => {
    row('mail', 'EM-01', 'a greeting of 10 KB, bare line feeds, a megabyte before the greeting', async () => {
      const long = await speakSmtp(hub().config.smtpPort)
      expect(await long.say(`EHLO ${'x'.repeat(10_000)}`)).toMatch(/^(?:[25]|closed)/)
      const bare = await speakSmtp(hub().config.smtpPort)
      bare.send('EHLO x\nMAIL FROM:<a@b.example>\nDATA\n')
      expect(await bare.answer()).toMatch(/^\d{3}|closed/)
      const early = connect(hub().config.smtpPort, '127.0.0.1')
      early.on('error', () => {})
      early.write('NOOP\r\n'.repeat(170_000))
      await new Promise((resolve) => early.once('data', resolve))
      for (const socket of [long.socket, bare.socket, early]) socket.destroy()
    }, { isCounted: false })
    row('mail', 'EM-04, EM-29', 'nobody of ours, a reply address we never signed', async () => {
      const client = await session()
      for (const to of [`nobody@${canary.word}.example`, 'nobody@hillside.example', 'reply+forged@hillside.example', `reply+${'0'.repeat(32)}.${'0'.repeat(20)}@hillside.example`, `${'x'.repeat(400)}@hillside.example`]) expect(await client.say(`RCPT TO:<${to}>`)).toMatch(/^5/)
      client.socket.destroy()
    })
    row('mail', 'EM-04', 'the same recipient a thousand times', async () => {
      const client = await session()
      client.send(`RCPT TO:<${companyMailbox}>\r\n`.repeat(1_000))
      for (let i = 0; i < 1_000; i++) expect(await client.answer()).toMatch(/^250/)
      await client.say('DATA')
      const { raw, id } = draft()
      client.send(`${raw}\r\n.\r\n`)
      expect(await client.answer()).toMatch(/^250/)
      await messageOf(id)
      client.socket.destroy()
    }, { changes: messageTables })
    row('mail', 'EM-06, EM-13', 'an announced terabyte, guesses of a password', async () => {
      const client = await speakSmtp(hub().config.smtpPort)
      expect(await client.say('EHLO x')).not.toMatch(/AUTH/)
      expect(await client.say('MAIL FROM:<a@b.example> SIZE=1000000000000')).toMatch(/^552/)
      for (let i = 0; i < 3; i++) expect(await client.say('AUTH PLAIN AGEAYg==')).toMatch(/^5|^closed/)
      client.socket.destroy()
    }, { isCounted: false })
    row('mail', 'EM-07', 'a mail cut short', async () => {
      const client = await session()
      await client.say(`RCPT TO:<${companyMailbox}>`)
      await client.say('DATA')
      client.send(`From: ${canary.mail}\r\n\r\nhalf a m`)
      client.socket.destroy()
    }, { isCounted: false })
    row('mail', 'EM-12', 'more connections from one address than one needs', async () => {
      const sockets: Socket[] = []
      const greetings = await Promise.all(Array.from({ length: 45 }, async () => {
        const socket = connect(hub().config.smtpPort, '127.0.0.1')
        sockets.push(socket)
        socket.on('error', () => {})
        return new Promise<string>((resolve) => socket.once('data', (chunk: Buffer) => resolve(chunk.toString('latin1'))))
      }))
      expect(greetings.filter((greeting) => greeting.startsWith('220')).length).toBeLessThanOrEqual(40)
      expect(greetings.filter((greeting) => greeting.startsWith('421')).length).toBeGreaterThanOrEqual(5)
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => { setTimeout(resolve, 50) }) // until the hub has seen them go
    })
  })

  describe('mail: who it is from', () => {
    row('mail', 'EM-14', 'the address of somebody who works here', async () => {
      const { identityId, evidence } = await takes({ from: 'Lena Fischer <lena@hillside.example>', body: '#close #assign admin' })
      expect(evidence).toBe('claimed')
      expect(await identityOf(identityId)).toEqual({ kind: 'email', value: 'lena@hillside.example' })
      expect(await hub().db.query(`select 1 from message where identity_id = $1 and (agent_id is not null or direction <> 'inbound')`, [identityId])).toEqual([])
    }, { changes: messageTables })
    row('mail', 'EM-16, EM-19, EM-20', 'nobody, several, a group', async () => {
      const customers = new Set<string>()
      const froms = ['G: a@b.example, d@e.example;', 'a@b.example, d@e.example', '<>', 'undisclosed-recipients:;', 'undisclosed', '']
      for (const from of froms) {
        const { identityId, conversationId } = await takes({ from })
        expect((await identityOf(identityId)).kind, from).toBe('call')
        customers.add(conversationId)
      }
      const { identityId } = await takes({ headers: ['From: evil@x.example'] })
      expect((await identityOf(identityId)).kind).toBe('call')
      expect(customers.size).toBe(froms.length)
    }, { changes: messageTables })
    row('mail', 'EM-17, EM-22, EM-23, EM-25', 'names, senders and reply addresses that say something else', async () => {
      const from = async (of: Draft): Promise<string> => (await identityOf((await takes(of)).identityId)).value
      expect(await from({ from: `"support@bank.com" <evil@${canary.word}.example>` })).toBe(`evil@${canary.word}.example`)
      expect(await from({ headers: ['Reply-To: other@x.example', 'Sender: third@x.example', 'Resent-From: fourth@x.example'] })).toBe(canary.mail)
      expect(await from({ from: 'a.b+tag@gmail.com' })).not.toBe(await from({ from: 'ab@gmail.com' }))
    }, { changes: messageTables })
    row('mail', 'EM-26', 'a copy to somebody in a mail nobody vouches for', async () => {
      const { threadId } = await takes({ headers: ['Cc: attacker@evil.example'] })
      expect(threadId).not.toBeNull()
    }, { changes: messageTables })
    row('mail', 'EM-28', 'another service’s sign-in code', async () => {
      await setAside({ from: 'Slack <no-reply@slack.com>', subject: 'Slack confirmation code: ABC-123' }, /verification-mail/)
      await setAside({ from: 'Apple <noreply@email.apple.com>', subject: 'Your code' }, /verification-mail/)
      await setAside({ from: 'noreply@service.example', subject: 'Your verification code is 123456' }, /verification-mail/)
    }, { changes: ['receipt'], isCounted: true })
    row('mail', 'EM-31', 'ten thousand references', async () => {
      await takes({ headers: [`References: ${Array.from({ length: 10_000 }, (_, index) => `<${index}@x.example>`).join('\r\n ')}`] })
    }, { changes: messageTables })
    row('mail', 'EM-32', 'ids that are missing, long, broken, or used before', async () => {
      const { raw, id } = draft()
      const count = async () => (await hub().db.one<{ n: number }>(`select count(*)::int as n from message where channel = 'email'`)).n
      const before = await count()
      for (const mail of [raw, raw, raw.replace('words', 'other words'), raw.replace(/Message-ID:.*\r\n/, ''), raw.replace(id, `<${'x'.repeat(5_000)}@y.example>`), raw.replace(id, '< spa ce @ x >')]) expect(await deliver(mail)).toMatch(/^250/)
      expect(await count()).toBe(before + 5)
    }, { changes: messageTables })
  })

  describe('mail: loops and reports', () => {
    const opensNothing = async (of: Draft, more: Parameters<typeof deliver>[1] = {}): Promise<void> => {
      const { contactId } = await takes(of, more)
      expect(contactId).toBeNull()
    }
    // A sender of their own: who has an open contact keeps it, whatever else comes.
    const mailer = 'Robot <robot@machines.example>'
    row('mail', 'EM-03, EM-34, EM-36, EM-37', 'bounces, reports and automatic replies open nothing and are not answered', async () => {
      await opensNothing({ from: mailer, headers: ['Auto-Submitted: auto-replied'] })
      await opensNothing({ from: mailer, headers: ['Auto-Submitted: auto-generated (report)'] })
      await opensNothing({ from: mailer }, { from: '' })
      await opensNothing({ from: 'MAILER-DAEMON@mx.machines.example', subject: 'Undelivered', body: `The following address failed: <${canary.mail}>` }, { from: '' })
      await opensNothing({
        from: 'MAILER-DAEMON@mx.machines.example', type: 'multipart/report; report-type=delivery-status; boundary=cut',
        body: ['--cut', 'Content-Type: text/plain', '', 'Undelivered', '--cut', 'Content-Type: message/delivery-status', '', 'Reporting-MTA: dns; mx.example', '', `Final-Recipient: rfc822; ${canary.mail}`, 'Action: failed', 'Status: 5.1.1', '', '--cut', 'Content-Type: text/rfc822-headers', '', 'Message-ID: <never-sent@hillside.example>', '', '--cut--', ''].join('\r\n'),
      }, { from: '' })
    }, { changes: messageTables.filter((table) => !['contact', 'queue_entry', 'turn', 'sla_clock', 'outbound'].includes(table)) })
  })

  describe('mail: structure', () => {
    row('mail', 'EM-45', 'nothing at all, headers only, a body only', async () => {
      for (const raw of ['', `From: ${canary.mail}\r\n`, '\r\n\r\njust words', '\0\0\0']) expect(await deliver(raw)).toMatch(/^250/)
    }, { changes: messageTables })
    let nested = ''
    for (let level = 0; level < 2_000; level++) nested += `--b${level}\r\nContent-Type: multipart/mixed; boundary=b${level + 1}\r\n\r\n`
    const poison: [string, string, Draft][] = [
      ['EM-47', 'two thousand nested parts', { type: 'multipart/mixed; boundary=b0', body: nested }],
      ['EM-47', 'a hundred thousand parts', { type: 'multipart/mixed; boundary=b', body: `${'--b\r\n\r\nx\r\n'.repeat(100_000)}--b--` }],
      ['EM-48', 'two hundred thousand header lines', { headers: Array.from({ length: 200_000 }, () => 'X-A: b') }],
    ]
    for (const [ids, title, of] of poison) row('mail', ids, title, () => setAside(of, /./, { timeMax: poisonMsMax }), { changes: ['receipt'], isCounted: true })
    row('mail', 'EM-50, EM-62', 'fifty thousand recipients, a subject of 100 KB', async () => {
      await takes({ headers: [`Cc: ${Array.from({ length: 7_000 }, (_, index) => `a${index}@b.example`).join(',\r\n ')}`] }, { timeMax: poisonMsMax })
      expect((await takes({ subject: 'Re: '.repeat(25_000) })).subject?.length).toBeLessThanOrEqual(500)
      expect(await deliver(draft({ headers: [`Cc: ${Array.from({ length: 50_000 }, (_, index) => `a${index}@b.example`).join(',\r\n ')}`] }).raw, { timeMax: poisonMsMax })).toMatch(/^250/)
    }, { changes: messageTables })
    row('mail', 'EM-51', 'addresses built to be slow', async () => {
      for (const slow of [`${'('.repeat(20_000)}x`, `"${'\\"'.repeat(20_000)}`, `${'a@b,'.repeat(20_000)}`, `${'<'.repeat(30_000)}`, `G:${'H:'.repeat(20_000)}a@b.example;`]) {
        expect(await deliver(draft({ headers: [`Cc: ${slow}`, `Reply-To: ${slow}`] }).raw, { timeMax: poisonMsMax })).toMatch(/^250/)
      }
    }, { changes: messageTables })
    row('mail', 'EM-53', 'a hundred thousand nested boxes', async () => {
      expect((await takes({ type: 'text/html', body: `${'<div>'.repeat(100_000)}inside${'</div>'.repeat(100_000)}` }, { timeMax: poisonMsMax })).text).toContain('inside')
    }, { changes: messageTables })
    row('mail', 'EM-54, EM-56', 'character sets nobody knows, UTF-7, marks of another order, NUL', async () => {
      expect((await takes({ type: 'text/plain; charset=x-unknown' })).text).toContain(canary.word)
      expect((await takes({ type: 'text/plain; charset=utf-7', body: '+ADw-script+AD4-' })).text).not.toContain('<script>')
      expect((await takes({ type: 'text/html; charset=utf-7', body: '+ADw-script+AD4-alert(1)+ADw-/script+AD4-' })).html ?? '').not.toContain('<script')
      await takes({ type: 'text/plain; charset=utf-16', body: '\uFEFFhello' })
      const { text: words, subject } = await takes({ subject: 'a\0b', body: 'c\0d' })
      expect(`${subject}${words}`).not.toContain('\0')
    }, { changes: messageTables })
    row('mail', 'EM-60', 'days that cannot be', async () => {
      for (const date of ['Fri, 1 Jan 2199 00:00:00 +0000', 'Thu, 1 Jan 1970 00:00:00 +0000', 'yesterday', '']) expect((await takes({ headers: [`Date: ${date}`] })).sentAt).toBeNull()
    }, { changes: messageTables })
  })

  describe('mail: HTML and files', () => {
    row('mail', 'EM-63, EM-65, EM-66', 'scripts, templates and pictures from elsewhere', async () => {
      const html = `<p>hi {{constructor.constructor('alert(1)')()}}</p><script>alert(1)</script><img src="https://track.example/p.gif" onerror="alert(1)"><a href="java\tscript:alert(1)">x</a><a href="data:text/html,<script>">y</a>`
        + '<svg><animate onbegin=alert(1)></svg><math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math><link rel=prefetch href=https://track.example/><div style="background:url(https://track.example/b)">z</div><form action=https://evil.example><input></form><iframe src=//evil.example></iframe>'
      const { html: kept } = await takes({ type: 'text/html', body: html })
      expect(kept).toContain('{{constructor')
      expect(kept).not.toMatch(/<script|onerror=|onbegin|javascript:|data:text|<svg|<math|<link|url\(|<form|<iframe|\ssrc="http/i)
    }, { changes: messageTables })
    row('mail', 'EM-42, EM-57, EM-59, EM-68, EM-72', 'files with names, kinds and sizes that lie', async () => {
      const names = ['../../x', '..\\..\\evil.html', '\u200b.htaccess', 'CON', 'a\u202Egnp.exe', 'n'.repeat(5_000), 'nul\0name', '']
      const { id } = await takes(multipart(text, ...names.map((name) => file(name)), file('x.txt', 'text/html', '<script>alert(1)</script>'), file('winmail.dat', 'application/ms-tnef', '\x78\x9f\x3e\x22'), file('empty.txt', 'text/plain', '')))
      const files = await filesOf(id)
      expect(files).toHaveLength(names.length + 3)
      for (const { name, key, contentType } of files) {
        expect(name).not.toMatch(/[/\\\0\u202E\u200B]|^\./)
        expect(name.length).toBeLessThanOrEqual(255)
        expect(name).not.toBe('')
        expect(key).toMatch(/^[0-9a-f-]{36}$/)
        expect(contentType).not.toMatch(/html|svg/)
      }
    }, { changes: fileTables })
    const bomb = gzipSync(Buffer.alloc(20 * 1024 * 1024))
    row('mail', 'EM-69', 'archives are kept as they are', async () => {
      const { id } = await takes(multipart(text, file('bomb.gz', 'application/gzip', bomb), file('slip.zip', 'application/zip', 'PK\x03\x04../../etc/passwd')))
      expect((await filesOf(id)).map(({ sizeBytes }) => sizeBytes)).toEqual([bomb.byteLength, 20])
    }, { changes: fileTables })
    row('mail', 'EM-72', 'a thousand files', async () => {
      expect(await deliver(draft(multipart(text, ...Array.from({ length: 1_000 }, (_, index) => file(`f${index}.txt`)))).raw, { timeMax: poisonMsMax })).toMatch(/^250/)
    }, { changes: fileTables })
    row('mail', 'TW-42', 'a card number in a mail is nowhere, its HTML and its raw form included', async () => {
      const { id, html, text: words } = await takes({ type: 'text/html', body: `<p>my card: ${canary.card}</p><a href="https://shop.example/${canary.card.replaceAll(' ', '')}">x</a>` })
      expect(words).not.toContain(canary.card)
      expect(html).toContain('1111</p>')
      expect(html).not.toContain(canary.card)
      expect(await hub().db.one('select octet_length(body) as size from receipt where message_id = $1', [id])).toEqual({ size: 0 })
    }, { changes: messageTables })
    row('mail', 'EM-74', 'ten megabytes of quoted HTML', async () => {
      const { html } = await takes({ type: 'text/html', body: `<p>short answer ${canary.word}</p><blockquote>${'<p>quoted words of long ago</p>\r\n'.repeat(300_000)}</blockquote>` }, { timeMax: 10_000 })
      expect(html?.length ?? 0).toBeLessThanOrEqual(1_000_000)
    }, { changes: messageTables })
  })
}
