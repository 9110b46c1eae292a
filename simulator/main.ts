import { z } from 'zod'
import { startSimulator } from './start.ts'

/** Starts the simulator alone, for a hub that runs elsewhere: `node simulator/main.ts`. */
const environment = z.object({
  PUBLIC_URL: z.url().default('http://127.0.0.1:3000'),
  HOST: z.string().default('127.0.0.1'),
  DATA_DIR: z.string().default('.data'),
  SMTP_PORT: z.coerce.number().int().default(2525),
  TWILIO_ACCOUNT_SID: z.string(),
  TWILIO_AUTH_TOKEN: z.string(),
  SLACK_SIGNING_SECRET: z.string(),
  SLACK_BOT_TOKEN: z.string(),
  SIMULATOR_PAGE_PORT: z.coerce.number().int().default(0),
  SIMULATOR_NUMBERS: z.string().default('+14155550199').describe('comma separated; each carries voice, SMS and WhatsApp'),
  SIMULATOR_SUPPORT_ADDRESSES: z.string().default('support@hub.example').describe('comma separated'),
})

const env = environment.safeParse(process.env)
if (!env.success) {
  process.stderr.write(`The simulator cannot start:\n${z.prettifyError(env.error)}\n`)
  process.exit(1)
}

const running = await startSimulator({
  hubUrl: env.data.PUBLIC_URL,
  host: env.data.HOST,
  dataDir: env.data.DATA_DIR,
  ports: { page: env.data.SIMULATOR_PAGE_PORT },
  twilio: { accountSid: env.data.TWILIO_ACCOUNT_SID, authToken: env.data.TWILIO_AUTH_TOKEN },
  numbers: env.data.SIMULATOR_NUMBERS.split(',').map((phoneNumber) => ({ phoneNumber: phoneNumber.trim(), capabilities: ['voice', 'sms', 'whatsapp'] })),
  slack: { signingSecret: env.data.SLACK_SIGNING_SECRET, botToken: env.data.SLACK_BOT_TOKEN },
  hubSmtp: { host: env.data.HOST, port: env.data.SMTP_PORT },
  supportAddresses: env.data.SIMULATOR_SUPPORT_ADDRESSES.split(',').map((address) => address.trim()),
})
process.stdout.write(`Simulator page   ${running.pageUrl}\nTWILIO_API_URL   ${running.twilioUrl}\nSLACK_API_URL    ${running.slackUrl}\nSMTP_URL         ${running.smtpUrl}\nDNS server       ${running.dnsServer}\n`)

let isStopping = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (isStopping) return
    isStopping = true
    void running.stop().then(() => process.exit(0))
  })
}
