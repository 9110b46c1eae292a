/**
 * An administrator begins with nothing but an address and a password, and ends with every channel connected, on screens alone.
 * Over 10 s: a whole hub, a browser, and six channel accounts set up one after the other.
 */
import type { Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startSimulator, type RunningSimulator } from '#simulator/start.ts'
import { people } from '#simulator/people.ts'
import { openBrowser, Windows } from '../support/browser.ts'
import { until } from '../support/deadline.ts'
import { credentials } from '../support/hub.ts'
import { accept, goAvailable, item, openFromList, signIn, timeline } from './support/console.ts'
import { errorsIn, startProgram, type Program } from './support/program.ts'
import { tellAsStory } from './support/story.ts'

const admin = { email: 'ada@shop.example', password: 'a lamp for every desk' }
const nora = { email: 'nora@shop.example', password: 'light in the window' }
const number = '+14155550188'
const tom = people.find(({ id }) => id === 'tom')!

let program: Program
let simulator: RunningSimulator
let windows: Windows
let ada: Page
let noras: Page

tellAsStory()

beforeAll(async () => {
  const { accountSid, authToken, signingSecret, botToken } = credentials
  const browser = openBrowser()
  program = await startProgram(async ({ url, smtpPort }) => {
    simulator = await startSimulator({
      hubUrl: url, hubSmtp: { host: '127.0.0.1', port: smtpPort }, speed: 50, twilio: { accountSid, authToken }, slack: { signingSecret, botToken, teamId: 'T9' },
      numbers: [{ phoneNumber: number, capabilities: ['voice', 'sms', 'whatsapp'] }], supportAddresses: ['help@shop.example', 'repairs@shop.example'], mailDomains: ['shop.example'],
    })
    return {
      DEMO: '0', ADMIN_EMAIL: admin.email, ADMIN_PASSWORD: admin.password, MAIL_DOMAIN: 'shop.example',
      TWILIO_API_URL: simulator.twilioUrl, SLACK_API_URL: simulator.slackUrl, SMTP_URL: simulator.smtpUrl, DNS_SERVERS: simulator.dnsServer,
    }
  })
  windows = new Windows(await browser)
  ada = await windows.open('ada', `${program.url}/settings/teams`)
}, 90_000)

afterAll(async () => {
  await windows?.close()
  await program?.stop()
  await simulator?.stop()
})

afterEach(async ({ task }) => {
  await windows.picture(task.name.slice(0, 60))
  expect(windows.complaints.splice(0), 'complaints of the browser').toEqual([])
  expect(errorsIn(program.output()), 'errors in the log').toEqual([])
})

async function section(name: string): Promise<void> {
  await ada.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name, exact: true }).click()
  await ada.getByRole('heading', { name, exact: true }).first().waitFor()
}

const field = (dialog: Locator, name: string): Locator => dialog.getByRole('textbox', { name, exact: true })

async function choose(dialog: Locator, label: string, option: string): Promise<void> {
  await dialog.getByRole('combobox', { name: label, exact: true }).or(dialog.getByRole('textbox', { name: label, exact: true })).first().click()
  await ada.getByRole('option', { name: option, exact: true }).click()
}

async function save(dialog: Locator, name = 'Save'): Promise<void> {
  await dialog.getByRole('button', { name, exact: true }).click()
}

async function addQueue(name: string, hours?: string): Promise<void> {
  await ada.getByRole('button', { name: 'Add a queue' }).click()
  const dialog = ada.getByRole('dialog', { name: 'Add a queue' })
  await field(dialog, 'Name').fill(name)
  await choose(dialog, 'Team', 'Service')
  await choose(dialog, 'Members', 'Nora Lind')
  await field(dialog, 'Name').click()
  if (hours !== undefined) await choose(dialog, 'Business hours', hours)
  await save(dialog)
  await dialog.waitFor({ state: 'detached' })
  await ada.getByRole('cell', { name }).first().waitFor()
}

interface Account {
  channel: string
  address: string
  name: string
  queue: string
  website?: string
  secrets?: Record<string, string>
  shows: RegExp
}

async function connect(account: Account): Promise<void> {
  await ada.getByRole('button', { name: 'Connect a channel' }).click()
  const dialog = ada.getByRole('dialog', { name: 'Connect a channel' })
  if (account.channel !== 'Email') await choose(dialog, 'Channel', account.channel)
  await field(dialog, 'Address').fill(account.address)
  await field(dialog, 'Name').fill(account.name)
  await choose(dialog, 'Queue', account.queue)
  if (account.website !== undefined) {
    await dialog.getByLabel('Websites that may show the widget').first().fill(account.website)
    await ada.keyboard.press('Enter')
  }
  for (const [label, value] of Object.entries(account.secrets ?? {})) await dialog.getByLabel(label, { exact: true }).fill(value)
  await save(dialog)
  const setUp = ada.getByRole('dialog', { name: `Set up ${account.name}` })
  await setUp.getByText(account.shows).first().waitFor()
  await setUp.getByRole('button', { name: 'Test the connection' }).click()
  await setUp.getByText('It works').waitFor({ timeout: 15_000 })
  await setUp.getByRole('button', { name: 'Done' }).click()
  await setUp.waitFor({ state: 'detached' })
}

describe('an administrator with an empty hub', { timeout: 45_000 }, () => {
  test('signs in, makes a team and hours, and invites Nora by a link that she opens', async () => {
    await signIn(ada, admin)
    await ada.getByRole('button', { name: 'Add a team' }).click()
    const team = ada.getByRole('dialog', { name: 'Add a team' })
    await field(team, 'Name').fill('Service')
    await save(team)
    await ada.getByRole('cell', { name: 'Service', exact: true }).waitFor()

    await section('Business hours')
    await ada.getByRole('button', { name: 'Add business hours' }).click()
    const hours = ada.getByRole('dialog', { name: 'Add business hours' })
    await field(hours, 'Name').fill('The day after tomorrow')
    const openDay = new Intl.DateTimeFormat('en', { weekday: 'long', timeZone: 'UTC' }).format(Date.now() + 2 * 86_400_000)
    for (const day of ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']) await hours.getByRole('checkbox', { name: day }).setChecked(day === openDay)
    await save(hours)
    await ada.getByRole('cell', { name: /The day after tomorrow/ }).first().getByText('Closed').waitFor()

    await section('People')
    await ada.getByRole('button', { name: 'Invite somebody' }).click()
    const invite = ada.getByRole('dialog', { name: 'Invite somebody' })
    await field(invite, 'Name').fill('Nora Lind')
    await field(invite, 'Email').fill(nora.email)
    await choose(invite, 'Teams', 'Service')
    await field(invite, 'Name').click()
    await save(invite, 'Make the link')
    const shown = ada.getByRole('dialog', { name: 'Invitation link' })
    const link = await shown.getByText(/^http/).innerText()
    await shown.getByRole('button', { name: 'Done' }).click()
    noras = await windows.open('nora', link)
    await noras.getByLabel('New password').or(noras.getByLabel('Password', { exact: true })).first().fill(nora.password)
    await noras.getByRole('button', { name: 'Join' }).click()
    await noras.getByRole('navigation', { name: 'Main navigation' }).waitFor()
    await ada.getByRole('cell', { name: /Nora Lind/ }).first().waitFor()
  })

  test('makes two queues with members, one of them with hours', async () => {
    await section('Queues')
    await addQueue('Service')
    await addQueue('Repairs', 'The day after tomorrow')
    await ada.getByRole('cell', { name: /Repairs/ }).first().getByText('Closed').waitFor()
  })

  test('connects each kind of channel: sees what to paste at the provider, and that it works', async () => {
    await section('Channels')
    const twilio = { 'Twilio account SID': credentials.accountSid, 'Auth token': credentials.authToken }
    await connect({ channel: 'SMS', address: number, name: 'Text line', queue: 'Service', secrets: twilio, shows: /\/hooks?\/|\/twilio\// })
    await connect({ channel: 'Phone', address: number, name: 'Phone line', queue: 'Service', secrets: twilio, shows: /\/twilio|\/voice/ })
    await connect({ channel: 'WhatsApp', address: number, name: 'WhatsApp line', queue: 'Service', secrets: twilio, shows: /\/twilio|\/hook/ })
    await connect({ channel: 'Email', address: 'help@shop.example', name: 'Help desk', queue: 'Service', shows: /help@shop\.example|127\.0\.0\.1/ })
    await connect({ channel: 'Email', address: 'repairs@shop.example', name: 'Workshop', queue: 'Repairs', shows: /repairs@shop\.example|127\.0\.0\.1/ })
    await connect({ channel: 'Web chat', address: 'shop', name: 'Shop window', queue: 'Service', website: 'https://shop.example', shows: /<script/ })
    await connect({ channel: 'Slack', address: 'T9', name: 'Partner workspace', queue: 'Service', secrets: { 'Bot token': credentials.botToken, 'Signing secret': credentials.signingSecret }, shows: /\/slack/ })
  })

  test('the first signed message arrives without restart; mail outside hours is promised a time', async () => {
    await goAvailable(noras)
    const { customers } = simulator
    expect((await customers.sms(tom.phone, 'Is anybody there?', { to: number })).webhookStatus).toBe(200)
    await accept(noras, tom.phone)
    await item(noras, 'Is anybody there?').waitFor()
    await customers.mail(tom.email, { fromName: tom.name, to: 'repairs@shop.example', subject: 'A loose hinge', text: 'Can you mend it?' })
    const promise = await until('the promise', async () => (await customers.inbox('mail', tom.email)).find((mail) => mail.box === 'inbox' && mail.text.includes('We are closed right now and will answer you on')), 15_000)
    expect(promise.autoSubmitted).toBe(true)
  })

  test('retired, Nora is signed out and her work goes back to the queue', async () => {
    await section('People')
    await ada.getByRole('row', { name: /Nora Lind/ }).getByRole('button', { name: /Retire/ }).click()
    await save(ada.getByRole('dialog', { name: 'Retire Nora Lind' }), 'Retire')
    await noras.getByRole('button', { name: 'Sign in' }).waitFor()
    await ada.getByRole('link', { name: /^Inbox/ }).click()
    await openFromList(ada, 'Waiting', new RegExp(tom.phone.replace('+', '\\+')))
    await timeline(ada).getByText('Is anybody there?').waitFor()
  })

  test('signs out everywhere, and sets a new password by the link that is mailed', async () => {
    const second = await windows.open('ada', program.url)
    await second.getByRole('navigation', { name: 'Main navigation' }).waitFor()
    await ada.goto(`${program.url}/account`)
    await ada.getByRole('button', { name: 'Sign out everywhere' }).click()
    await Promise.all([ada, second].map((page) => page.getByRole('button', { name: 'Sign in' }).waitFor()))
    await second.close()
    await ada.getByRole('link', { name: 'Forgotten your password?' }).click()
    await ada.getByRole('textbox', { name: 'Email' }).fill(admin.email)
    await ada.getByRole('button', { name: 'Send the link' }).click()
    await ada.getByText('Look into your mailbox').waitFor()
    const mail = await until('the mail with the link', async () => (await simulator.customers.inbox('mail', admin.email)).findLast((one) => /reset-password/.test(one.text)), 10_000)
    await ada.goto(/http\S+reset-password\S+/.exec(mail.text)?.[0] ?? '')
    await ada.getByLabel('New password').fill('another lamp entirely')
    await ada.getByRole('button', { name: 'Set the password' }).click()
    await signIn(ada, { ...admin, password: 'another lamp entirely' })
  })
})
