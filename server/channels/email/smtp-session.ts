import { Readable } from 'node:stream'

export interface SmtpTarget {
  /** smtp://user:password@host:port, or smtps:// */
  url: string
  /** What we call ourselves in EHLO. */
  ourName: string
}

export interface SmtpEnvelope {
  from: string
  to: string[]
}

/** How one mail went. `isBodySent`: the server had asked for the body and we had begun with it. */
export type SmtpOutcome =
  | { ok: true; rejected: { address: string; code: number | null; response: string }[] }
  | { ok: false; code: number | null; response: string; errorCode: string; isBodySent: boolean }

const connectMs = 10_000
const silenceMs = 30_000

/**
 * One connection, one mail. On the connection itself rather than the mailer's transport, because after a timeout only the
 * connection can tell whether the body was under way: before it nothing was sent, after it nobody knows.
 */
export async function sendOverSmtp(target: SmtpTarget, envelope: SmtpEnvelope, message: Buffer): Promise<SmtpOutcome> {
  const { connection, auth } = await openConnection(target)
  const { promise, resolve } = Promise.withResolvers<SmtpOutcome>()
  let isBodySent = false
  const fail = (error: unknown) => resolve({ ...failureOf(error), isBodySent })
  // Read only once the server has said 354: nothing is pulled from it before.
  const body = Readable.from((function* () { isBodySent = true; yield message })())
  const send = () =>
    connection.send(envelope, body, (error, info) => {
      if (error) return fail(error)
      const rejected = info?.rejectedErrors ?? []
      resolve({ ok: true, rejected: (info?.rejected ?? []).map((address, index) => ({ address, code: rejected[index]?.responseCode ?? null, response: rejected[index]?.response ?? '' })) })
    })
  connection.on('error', fail)
  connection.on('end', () => fail(new Error('the connection ended')))
  connection.connect((error) => {
    if (error) return fail(error)
    if (auth?.user) connection.login({ user: auth.user, pass: auth.pass ?? '' }, (refusal) => (refusal ? fail(refusal) : send()))
    else send()
  })
  try {
    return await promise
  } finally {
    connection.quit()
    body.destroy()
  }
}

/** Whether the server lets us in: connects, signs in where the address says so, and leaves. */
export async function checkSmtp(target: SmtpTarget): Promise<{ ok: true } | { ok: false; response: string }> {
  const { connection, auth } = await openConnection(target)
  const { promise, resolve } = Promise.withResolvers<{ ok: true } | { ok: false; response: string }>()
  const done = (error?: unknown) => resolve(error ? { ok: false, response: failureOf(error).response } : { ok: true })
  connection.on('error', done)
  connection.connect((error) => {
    if (error || !auth?.user) return done(error)
    connection.login({ user: auth.user, pass: auth.pass ?? '' }, done)
  })
  try {
    return await promise
  } finally {
    connection.quit()
  }
}

/** The library is loaded on first use. */
async function openConnection(target: SmtpTarget) {
  const { default: SmtpConnection } = await import('nodemailer/lib/smtp-connection')
  const { parseConnectionUrl } = await import('nodemailer/lib/shared')
  const { auth, ...where } = parseConnectionUrl(target.url)
  return { connection: new SmtpConnection({ ...where, name: target.ourName, connectionTimeout: connectMs, greetingTimeout: connectMs, dnsTimeout: connectMs, socketTimeout: silenceMs }), auth }
}

function failureOf(error: unknown): { ok: false; code: number | null; response: string; errorCode: string } {
  const { responseCode, response, code, message } = error as { responseCode?: number; response?: string; code?: string; message?: string }
  return { ok: false, code: responseCode ?? null, response: (response ?? message ?? '').slice(0, 300), errorCode: code ?? 'ECONNECTION' }
}
