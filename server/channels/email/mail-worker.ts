/** The thread where mail is taken apart: it may be slow, deep or huge, and only this thread pays. */
import { parentPort } from 'node:worker_threads'
import { isDmarcAligned } from './authenticity.ts'
import type { MailAnswer, MailJob, MailJobs, MailRequest } from './mail-jobs.ts'
import { readMail } from './read-mail.ts'
import { replyTextOf } from './reply-text.ts'
import { safeHtml } from './safe-html.ts'

const port = parentPort
if (!port) throw new Error('runs as a worker only')

port.on('message', (request: MailRequest) => {
  run(request).then(
    (output) => port.postMessage({ id: request.id, ok: true, output } satisfies MailAnswer),
    (error: unknown) => port.postMessage({ id: request.id, ok: false, error: error instanceof Error ? error.message.slice(0, 200) : 'unknown' } satisfies MailAnswer),
  )
})
port.postMessage('ready')

async function run(request: MailRequest): Promise<MailJobs[MailJob]['output']> {
  switch (request.job) {
    case 'read': return readMail(Buffer.from(request.input.raw))
    case 'html': return safeHtml(request.input)
    case 'reply': return replyTextOf(request.input.text)
    case 'authenticate': return isDmarcAligned(Buffer.from(request.input.raw), request.input.peer, request.input.dnsServers, request.input.ourName)
  }
}
