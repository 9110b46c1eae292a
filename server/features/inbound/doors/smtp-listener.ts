import type { AddressInfo } from 'node:net'
import type { SMTPServerSession } from 'smtp-server'
import { type MailDoorContext, mailBytesMax, rejected, smtpRefusal, smtpRefusalOf, takeMail } from './smtp-mail.ts'
import { findRecipient, type Recipient } from './smtp-recipients.store.ts'

export interface SmtpListener {
  port: number
  /** Takes no new mail; what is under way is finished within five seconds. */
  close(): Promise<void>
}

const recipientsMax = 1000
const clientsMax = 200
const clientsPerAddressMax = 40
const idleMs = 60_000
const sessionMsMax = 600_000

/**
 * The mail door: an SMTP server for our mailboxes and the reply addresses we signed. `250` after the body means the receipt is
 * committed; whatever keeps it from being so is a 4xx, and the sender tries again.
 */
export async function createSmtpListener(context: MailDoorContext): Promise<SmtpListener> {
  const { SMTPServer } = await import('smtp-server')
  const clients = countPerAddress(clientsPerAddressMax)
  /** By account: one receipt each, however many of its addresses were named. */
  const recipientsOf = new WeakMap<SMTPServerSession, Map<string, Recipient>>()

  const server = new SMTPServer({
    name: context.config.mailDomain,
    banner: 'Tributary',
    size: mailBytesMax,
    maxRecipients: recipientsMax,
    maxClients: clientsMax,
    socketTimeout: idleMs,
    closeTimeout: 5000,
    disabledCommands: ['AUTH', 'STARTTLS'],
    authOptional: true,
    disableReverseLookup: true,
    logger: false,
    onConnect: (session, done) => done(clients.enter(session.remoteAddress) ? null : rejected('too-many-connections', 421, 'too many connections from your address')),
    onClose: (session) => clients.leave(session.remoteAddress),
    onMailFrom(_address, session, done) {
      recipientsOf.set(session, new Map())
      done()
    },
    onRcptTo: (address, session, done) => void tell(addRecipient(context, address.address, recipientsOf.get(session)), context, done),
    onData: (stream, session, done) => void tell(takeMail(context, stream, session, recipientsOf.get(session)?.values() ?? []), context, done),
  })
  await listen(server, context.config.smtpPort, context.config.host)
  // A line that breaks is the sender's to mend; without a listener it would end the process.
  server.on('error', (error) => context.logger.warn({ err: error }, 'mail connection failed'))
  server.server.on('connection', (socket) => {
    const timer = setTimeout(() => socket.destroy(), sessionMsMax).unref()
    socket.once('close', () => clearTimeout(timer))
  })
  return {
    // It listens on a TCP port since `listen`.
    port: (server.server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

async function addRecipient(context: MailDoorContext, address: string, recipients: Map<string, Recipient> | undefined): Promise<void> {
  const recipient = await findRecipient(context, address)
  if (!recipient) throw rejected('unknown-recipient', 550, 'no such mailbox here')
  if (!recipients) throw smtpRefusal(503, 'who is it from?')
  // A reply address says more than the mailbox it stands for.
  if (!recipients.get(recipient.accountId)?.replyToken) recipients.set(recipient.accountId, recipient)
}

/** The server's callbacks, told by a promise. */
async function tell(work: Promise<void>, context: MailDoorContext, done: (error?: Error | null) => void): Promise<void> {
  let refusal: Error | null = null
  try {
    await work
  } catch (error) {
    refusal = smtpRefusalOf(error, context)
  }
  done(refusal)
}

function listen(server: InstanceType<(typeof import('smtp-server'))['SMTPServer']>, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function countPerAddress(max: number): { enter(address: string): boolean; leave(address: string): void } {
  const open = new Map<string, number>()
  return {
    enter(address) {
      const count = (open.get(address) ?? 0) + 1
      open.set(address, count)
      return count <= max
    },
    leave(address) {
      const count = (open.get(address) ?? 1) - 1
      if (count > 0) open.set(address, count)
      else open.delete(address)
    },
  }
}
