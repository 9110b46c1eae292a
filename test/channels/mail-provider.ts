import { generateKeyPairSync } from 'node:crypto'
import { dkimSign } from 'mailauth'
import { type ParsedMail, simpleParser } from 'mailparser'
import MailComposer from 'nodemailer/lib/mail-composer'
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server'
import type { AccountWithSecrets, MessageArrival } from '#server/channels/channel.ts'
import { parseReceipt } from '#server/channels/email/parse.ts'
import { smtpRefusal } from '#server/features/inbound/doors/smtp-mail.ts'
import type { StoredReceipt } from '#server/channels/parse.ts'
import type { Provider, ProviderMood } from './adapter-suite.ts'
import { startMailDns } from './mail-dns.ts'
import { toolsFor } from './tools.ts'

export const mailAccount: AccountWithSecrets = { id: '0190a000-0000-7000-8000-000000000004', channel: 'email', address: 'support@help.example.com', name: 'Help', settings: {}, secrets: {} }
export const theirMailbox = 'mei@chen.example'

const keys = () => generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'der' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } })
const own = keys()
const stolen = keys()

export interface TakenMail { from: string; to: string[]; raw: Buffer; mail: ParsedMail }

/** A mail server that takes, refuses, is greylisting, or takes and cuts; with the DNS of chen.example beside it. */
export async function startMailProvider(): Promise<Provider & { mails: TakenMail[]; dnsServer: string }> {
  let mood: ProviderMood = 'accept'
  const mails: TakenMail[] = []
  const dns = await startMailDns({
    'mail._domainkey.chen.example': `v=DKIM1; k=rsa; p=${own.publicKey.toString('base64')}`,
    '_dmarc.chen.example': 'v=DMARC1; p=reject',
  })
  const keep = async (stream: SMTPServerDataStream, session: SMTPServerSession): Promise<void> => {
    const chunks: Buffer[] = []
    for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk)
    const raw = Buffer.concat(chunks)
    const { mailFrom, rcptTo } = session.envelope
    mails.push({ from: mailFrom ? mailFrom.address : '', to: rcptTo.map((to) => to.address), raw, mail: await simpleParser(raw, { skipTextToHtml: true }) })
  }
  const take = async (stream: SMTPServerDataStream, session: SMTPServerSession, done: () => void): Promise<void> => {
    await keep(stream, session)
    if (mood !== 'cut') return done()
    for (const connection of server?.connections ?? []) connection.close()
  }
  let port = 0
  let server: SMTPServer | undefined
  const up = async (): Promise<void> => {
    if (server) return
    const started = new SMTPServer({
      disabledCommands: ['AUTH', 'STARTTLS'],
      authOptional: true,
      disableReverseLookup: true,
      logger: false,
      onRcptTo(_address, _session, done) {
        if (mood === 'refuse') return done(smtpRefusal(550, 'no such user'))
        done(mood === 'busy' ? smtpRefusal(451, 'greylisted') : null)
      },
      onData(stream, session, done) {
        void take(stream, session, done)
      },
    })
    started.on('error', () => {})
    server = started
    await new Promise<void>((resolve) => started.listen(port, '127.0.0.1', resolve))
    port = (started.server.address() as { port: number }).port
  }
  const down = async (): Promise<void> => {
    const closing = server
    server = undefined
    await new Promise<void>((resolve) => (closing ? closing.close(() => resolve()) : resolve()))
  }
  await up()
  return {
    mails,
    dnsServer: dns.address,
    tools: toolsFor({ SMTP_URL: `smtp://127.0.0.1:${port}`, DNS_SERVERS: dns.address }),
    async mood(next) {
      mood = next
      await (next === 'down' ? down() : up())
    },
    taken: () => mails.map(({ to, mail }) => ({ to: to[0] ?? '', text: (mail.text ?? '').replace(/\n$/, '') })),
    close: async () => { await down(); await dns.close() },
  }
}

/** A mail of a customer, unsigned. */
export async function mailOf(text: string, more: ConstructorParameters<typeof MailComposer>[0] = {}): Promise<Buffer> {
  return new MailComposer({ from: { name: 'Mei Chen', address: theirMailbox }, to: mailAccount.address, subject: 'My order', messageId: '<order-1@chen.example>', date: new Date('2026-11-22T12:00:00Z'), text, textEncoding: 'base64', ...more }).compile().build()
}

/** Signed by the domain's key, or by one that is not in its DNS. */
export async function signedMail(raw: Buffer, isForged = false): Promise<Buffer> {
  const key = { signingDomain: 'chen.example', selector: 'mail', privateKey: isForged ? stolen.privateKey : own.privateKey }
  // NOTE: the library signs with what is in `signatureData`; its types want the same once more beside it.
  const { signatures } = await dkimSign(raw, { ...key, canonicalization: 'relaxed/relaxed', signatureData: [key] })
  return Buffer.concat([Buffer.from(signatures), raw])
}

export function mailReceipt(body: Buffer, facts: Record<string, unknown> = {}): StoredReceipt {
  return { channel: 'email', kind: 'mail', body, facts: { mailFrom: theirMailbox, peerAddress: '192.0.2.1', helo: 'mx.chen.example', replyToken: null, ...facts }, receivedAt: new Date(), accountId: mailAccount.id }
}

/** Whether the mail counts as proved when signed by its domain, and when signed by somebody else. */
export async function mailVerdicts(provider: Provider): Promise<{ genuine: boolean; forged: boolean }> {
  const check = async (isForged: boolean) => {
    const [arrival] = (await parseReceipt(mailReceipt(await signedMail(await mailOf('hello'), isForged)), mailAccount, provider.tools)) as [MessageArrival]
    return arrival.evidence === 'proved'
  }
  return { genuine: await check(false), forged: await check(true) }
}
