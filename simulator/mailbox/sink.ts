import { SMTPServer, type SMTPServerDataStream } from 'smtp-server'
import type { FaultBoard } from '../faults.ts'

export type RunningSink = { url: string; stop: () => Promise<void> }

export type ReceivedMail = { raw: Buffer; returnPath: string; recipients: string[] }

/** smtp-server answers with the error's `responseCode`. */
class SmtpRefusal extends Error {
  readonly responseCode: 550 | 451

  constructor(responseCode: 550 | 451) {
    super(responseCode === 550 ? '5.1.1 user unknown' : '4.7.1 greylisted, try again later')
    this.responseCode = responseCode
  }
}

const mailBytesMax = 40 * 1024 * 1024

/** The mail server of every customer: takes what the hub sends, or refuses it as the faults say. */
export async function startSink(host: string, port: number, faults: FaultBoard, onMail: (mail: ReceivedMail) => Promise<void>): Promise<RunningSink> {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    size: mailBytesMax,
    banner: 'simulated mailboxes',
    onRcptTo(address, _session, done) {
      const code = faults.current.mail.refused[address.address.toLowerCase()]
      if (code === undefined) return done()
      done(new SmtpRefusal(code))
    },
    onData(stream, session, done) {
      const { mailFrom, rcptTo } = session.envelope
      void take(stream, mailFrom ? mailFrom.address : '', rcptTo.map((each) => each.address), onMail, done)
    },
  })
  server.on('error', () => undefined)
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const address = server.server.address()
  if (address === null || typeof address === 'string') throw new Error('the SMTP server has no port')
  return { url: `smtp://${host}:${address.port}`, stop: () => new Promise((resolve) => server.close(resolve)) }
}

type Done = (error?: Error | null) => void

async function take(stream: SMTPServerDataStream, returnPath: string, recipients: string[], onMail: (mail: ReceivedMail) => Promise<void>, done: Done): Promise<void> {
  try {
    await onMail({ raw: await read(stream), returnPath, recipients })
    done()
  } catch (error) {
    done(error instanceof Error ? error : new Error('unknown'))
  }
}

async function read(stream: SMTPServerDataStream): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}
