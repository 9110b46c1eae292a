import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { Customers } from './client.ts'

const usage = `npm run simulate -- <what> "<text>" [--from <address>] [--to <address>] [--subject <text>] [--keys <digits>] [--withheld] [--unsigned]

  sms "hello"        an SMS              --from +14155550101
  whatsapp "hello"   a WhatsApp message  --from +14155550101
  email "hello"      a mail              --from mei@chen.example --subject "An order"
  slack "hello"      a direct message    --from U0MEICHEN
  call ["hello"]     a call: prints what is heard, presses --keys, says the text when connected, and hangs up
`

/** Drives a running simulator from the shell. Resolves to the exit code. */
export async function simulate(args: string[], dataDir: string, write: (text: string) => void): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { from: { type: 'string' }, to: { type: 'string' }, subject: { type: 'string' }, keys: { type: 'string' }, withheld: { type: 'boolean' }, unsigned: { type: 'boolean' }, help: { type: 'boolean' } },
  })
  const [what, text = ''] = positionals
  if (values.help || what === undefined || !['sms', 'whatsapp', 'email', 'slack', 'call'].includes(what) || (text === '' && what !== 'call')) {
    write(usage)
    return values.help ? 0 : 2
  }
  const customers = await findRunning(dataDir)
  if (!customers) {
    write(`No simulator is running (looked in ${join(dataDir, 'simulator.json')}). Start the hub in demo mode first: npm start\n`)
    return 1
  }
  const to = values.to === undefined ? {} : { to: values.to }
  const phone = values.from ?? '+14155550101'
  if (what === 'sms' || what === 'whatsapp') {
    const sent = await customers[what](phone, text, to)
    write(`${sent.sid} from ${phone}: the hub answered ${sent.webhookStatus ?? 'nothing'}\n`)
    return isTaken(sent.webhookStatus) ? 0 : 1
  }
  if (what === 'slack') {
    const sent = await customers.slackDm(values.from ?? 'U0MEICHEN', text)
    write(`${sent.eventId}: the hub answered ${sent.status ?? 'nothing'} at attempt ${sent.attempts}\n`)
    return isTaken(sent.status) ? 0 : 1
  }
  if (what === 'email') {
    const sent = await customers.mail(values.from ?? 'mei@chen.example', { ...to, subject: values.subject ?? text.slice(0, 60), text, signed: values.unsigned !== true })
    write(`${sent.messageId}: ${sent.response}\n`)
    return sent.isAccepted ? 0 : 1
  }
  return callAndListen(customers, phone, text, { ...to, withheld: values.withheld ?? false }, values.keys, write)
}

async function callAndListen(customers: Customers, from: string, text: string, options: { to?: string; withheld: boolean }, keys: string | undefined, write: (text: string) => void): Promise<number> {
  const call = await customers.call(from, options)
  let shown = 0
  let remaining = keys ?? ''
  let hasSpoken = text === ''
  for (;;) {
    await call.refresh()
    for (const line of call.view.lines.slice(shown)) write(`${line.by.padEnd(8)} ${line.text}\n`)
    shown = call.view.lines.length
    if (call.state === 'ended') break
    if (remaining !== '' && call.view.listening === 'keys') {
      await call.press(remaining[0] ?? '')
      remaining = remaining.slice(1)
    }
    if (!hasSpoken && (call.state === 'bridged' || call.view.listening === 'recording')) {
      await call.say(text)
      hasSpoken = true
    }
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  if (call.error) write(`error    ${call.error.code} ${call.error.message}\n`)
  return call.error ? 1 : 0
}

function isTaken(status: number | null): boolean {
  return status !== null && status >= 200 && status < 300
}

async function findRunning(dataDir: string): Promise<Customers | null> {
  try {
    const { pageUrl } = z.object({ pageUrl: z.url() }).parse(JSON.parse(await readFile(join(dataDir, 'simulator.json'), 'utf8')))
    const customers = new Customers(pageUrl)
    await customers.state()
    return customers
  } catch {
    return null
  }
}

if (import.meta.main) process.exitCode = await simulate(process.argv.slice(2), process.env['DATA_DIR'] ?? '.data', (text) => void process.stdout.write(text))
