/**
 * The main screens as axe sees them, with nothing written into the browser's console: a sample of widths, lights and languages; all
 * combinations by `npm run test:long -- screens`. With SCREENSHOT_DIR every screen is kept as a picture. Over 10 s: a whole
 * hub and a browser.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Customers } from '#simulator/client.ts'
import { people } from '#simulator/people.ts'
import { openBrowser } from '../support/browser.ts'
import { until } from '../support/deadline.ts'
import { chance, chanceOf, countOr, isLong, seed } from '../support/long.ts'
import { signIn } from './support/console.ts'
import { credentialsOf, errorsIn, startProgram, type Program } from './support/program.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const mei = people.find(({ id }) => id === 'mei')!
const longText = 'My lamp flickers whenever the fridge starts. I changed the bulb, the cable and the socket, and I wrote to https://example.com/a/very/long/address/that/never/ends/and/has/no/place/to/break?at=all about it. '.repeat(6)

const looks = ['en', 'zh'].flatMap((locale) => ['light', 'dark'].flatMap((light) => [1440, 390].map((width) => ({ locale, light: light as 'light' | 'dark', width }))))
const sample = [looks.find((look) => look.locale === 'en' && look.light === 'light' && look.width === 1440)!, looks.find((look) => look.locale === 'zh' && look.light === 'dark' && look.width === 390)!]

let program: Program
/** The same with the company's month of past, so that reports have something to show; for the long run only. */
let past: Program | undefined
let pastSignedIn: Awaited<ReturnType<BrowserContext['storageState']>>
let browser: Browser
let outside: Customers
let conversationId = ''
/** What robin has. */
let ownId = ''
let signedIn: Awaited<ReturnType<BrowserContext['storageState']>>

beforeAll(async () => {
  const opening = openBrowser()
  program = await startProgram()
  browser = await opening
  outside = program.customers()
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(program.url)
  await signIn(page, credentialsOf('robin'))
  signedIn = await context.storageState()
  if (isLong) {
    past = await startProgram(() => ({ DEMO_HISTORY: '1' }))
    const reading = await browser.newContext()
    const reader = await reading.newPage()
    await reader.goto(past.url)
    await signIn(reader, credentialsOf('robin'))
    pastSignedIn = await reading.storageState()
    await reading.close()
  }
  await outside.sms(mei.phone, 'Does the Arc lamp dim?')
  await outside.mail(mei.email, { fromName: mei.name, to: 'support@hillside.example', subject: 'A very long subject that goes on and on about lamps, cables, sockets and fridges, and does not end soon', text: longText, signed: false })
  await outside.sms('+4917611112222', 'Where is my parcel?')
  await outside.whatsapp('+8613900000103', '你好，我的台灯坏了，可以维修吗？')
  const listed = await until('the contacts to wait', async () => {
    const answer = await context.request.get(`${program.url}/api/v1/contacts?list=waiting`)
    const { items } = (await answer.json()) as { items?: { id: string; conversationId: string; customerLabel: string; channel: string }[] }
    return (items?.length ?? 0) >= 4 ? items : null
  }, 15_000)
  conversationId = listed.find(({ channel }) => channel === 'email')?.conversationId ?? ''
  const own = listed.find(({ customerLabel }) => customerLabel.includes('4917611112222'))
  ownId = own?.conversationId ?? ''
  const { id } = (await (await context.request.get(`${program.url}/api/v1/me`)).json()) as { id: string }
  await context.request.post(`${program.url}/api/v1/presence`, { data: { presence: 'available' } })
  const assigned = await context.request.post(`${program.url}/api/v1/contacts/${own?.id}/assign`, { data: { agentId: id, override: true, note: null } })
  expect(assigned.status(), await assigned.text()).toBeLessThan(300)
  await context.close()
}, isLong ? 180_000 : 90_000)

afterAll(async () => {
  await browser?.close()
  const errors = [program, past].flatMap((one) => (one ? errorsIn(one.output()) : []))
  await Promise.all([program?.stop(), past?.stop()])
  expect(errors, 'errors in the log').toEqual([])
})

interface Screen {
  name: string
  path(): string
  /** Present when the screen shows what it is for. */
  ready(page: Page): Promise<unknown>
  signedIn?: boolean
  /** Floats over the page, outside its landmarks, as menus do. */
  floats?: boolean
}

const staffScreens: Screen[] = [
  { name: 'inbox', path: () => '/inbox/waiting', ready: (page) => page.getByRole('link', { name: /\+8613900000103|王芳/ }).first().waitFor(), signedIn: true },
  { name: 'conversation', path: () => `/inbox/waiting/${conversationId}`, ready: (page) => page.getByRole('log').getByRole('article').first().waitFor(), signedIn: true },
  { name: 'board', path: () => '/board', ready: (page) => page.getByRole('table').first().waitFor(), signedIn: true },
  { name: 'follow-ups', path: () => '/follow-ups', ready: (page) => page.getByRole('heading', { level: 1 }).first().waitFor(), signedIn: true },
  ...['sla', 'surveys', 'loop', 'satisfaction', 'stages'].map((report): Screen => ({ name: `report ${report}`, path: () => `/reports/${report}`, ready: (page) => page.getByRole('button', { name: /Export|导出/ }).waitFor(), signedIn: true })),
  ...['people', 'queues', 'channels', 'calendars', 'surveys', 'dimensions', 'departments', 'quarantine'].map((section): Screen => ({ name: `settings ${section}`, path: () => `/settings/${section}`, ready: (page) => page.getByRole('heading', { level: 2 }).or(page.getByRole('table')).or(page.getByText(/^Nothing is in quarantine|^隔离区是空的/)).first().waitFor(), signedIn: true })),
  ...([['transfer', /^Transfer$|^转接$/], ['consult', /^Ask a colleague to help$|^请同事协助$/], ['assign', /^Give it to somebody$|^指定给某人$/], ['needs', /^Priority and skills$|^优先级和技能$/]] as const).map(([name, item]): Screen => ({
    name: `dialog ${name}`, path: () => `/inbox/mine/${ownId}`, signedIn: true, ready: async (page) => {
      await page.getByRole('button', { name: /^More actions$|^更多操作$/ }).click()
      await page.getByRole('menuitem', { name: item }).click()
      await page.getByRole('dialog').getByRole('button').nth(1).waitFor()
    },
  })),
  { name: 'menu of a contact', path: () => `/inbox/mine/${ownId}`, signedIn: true, floats: true, ready: async (page) => {
    await page.getByRole('button', { name: /^More actions$|^更多操作$/ }).click()
    await page.getByRole('menuitem', { name: /^Give it back to its queue$|^退回队列$/ }).waitFor()
  } },
  { name: 'dialog move work', path: () => '/board', signedIn: true, ready: async (page) => {
    await page.getByRole('button', { name: /^Move work of Robin|^转移工作：Robin/ }).click()
    await page.getByRole('dialog').getByRole('listitem').first().waitFor()
  } },
  { name: 'dialog queue order', path: () => '/settings/queues', signedIn: true, ready: async (page) => {
    await page.getByRole('button', { name: /^Edit |^编辑/ }).first().click()
    await page.getByRole('tab', { name: /^Order$|^次序$/ }).click()
    await page.getByRole('dialog').getByRole('spinbutton').first().or(page.getByRole('dialog').getByRole('textbox').first()).first().waitFor()
  } },
  ...([['survey', 'surveys', /^Edit |^编辑/], ['dimension', 'dimensions', /^Edit |^编辑/], ['department', 'departments', /^Add a department$|^添加部门$/], ['cause', 'departments', /^Add a cause$|^添加原因$/]] as const).map(([name, section, button]): Screen => ({
    name: `dialog ${name}`, path: () => `/settings/${section}`, signedIn: true, ready: async (page) => {
      await page.getByRole('button', { name: button }).first().click()
      await page.getByRole('dialog').getByRole('textbox').first().waitFor()
    },
  })),
  { name: 'account', path: () => '/account', ready: (page) => page.getByRole('heading', { level: 1 }).first().waitFor(), signedIn: true },
]
const otherScreens: Screen[] = [
  { name: 'sign-in', path: () => '/sign-in', ready: (page) => page.getByRole('textbox').first().waitFor() },
  { name: 'widget', path: () => '/demo', ready: async (page) => {
    await page.getByRole('button', { name: /^Open chat|^打开聊天/ }).click()
    await page.getByRole('textbox', { name: /Your message|您的消息/ }).waitFor()
  } },
  { name: 'simulator', path: () => '/simulator/index.html', ready: (page) => page.getByRole('button').first().waitFor() },
]

/** With a month of past behind them. */
const pastScreens: Screen[] = [
  ...['surveys', 'loop', 'satisfaction', 'sla'].map((report): Screen => ({ name: `report ${report} with a past`, path: () => `/reports/${report}`, ready: (page) => page.getByRole('img', { name: /./ }).first().waitFor(), signedIn: true })),
  { name: 'report stages with a past', path: () => '/reports/stages', ready: (page) => page.getByRole('button', { name: /^Open a follow-up|^创建跟进/ }).first().waitFor(), signedIn: true },
  { name: 'follow-ups with a past', path: () => '/follow-ups', ready: (page) => page.getByRole('button', { name: /^Open it|^打开/ }).first().waitFor(), signedIn: true },
  { name: 'a follow-up', path: () => '/follow-ups', signedIn: true, ready: async (page) => {
    await page.getByRole('button', { name: /^Open it|^打开/ }).first().click()
    await page.getByRole('dialog').getByRole('listitem').first().waitFor()
  } },
]

async function look(screen: Screen, { locale, light, width }: (typeof looks)[number], { program, signedIn }: { program: Program; signedIn: Awaited<ReturnType<BrowserContext['storageState']>> }): Promise<void> {
  const context = await browser.newContext({ locale: locale === 'zh' ? 'zh-CN' : 'en-GB', colorScheme: light, viewport: { width, height: width === 390 ? 844 : 900 }, reducedMotion: 'reduce', bypassCSP: true, ...(screen.signedIn ? { storageState: signedIn } : {}) })
  context.setDefaultTimeout(10_000)
  const complaints: string[] = []
  try {
    if (screen.signedIn) await context.request.patch(`${program.url}/api/v1/me`, { data: { locale } })
    const page = await context.newPage()
    page.on('console', (line) => { if (line.type() === 'error' && !line.location().url.endsWith('/api/v1/me')) complaints.push(line.text()) })
    page.on('pageerror', (error) => complaints.push(String(error)))
    await page.goto(program.url + screen.path())
    const folder = process.env['SCREENSHOT_DIR']
    await screen.ready(page).finally(async () => {
      if (folder) await page.screenshot({ path: join(folder, `screen ${screen.name} ${locale} ${light} ${width}.png`) })
    })
    await page.evaluate(axe)
    const found = (await page.evaluate(`axe.run(document, { resultTypes: ["violations"], rules: { region: { enabled: ${!screen.floats} } } }).then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map((node) => node.target.join(" ") + " " + node.failureSummary).join(" | ")))`)) as string[]
    const overflow = (await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')) as number
    expect.soft(found, `axe on ${screen.name} ${locale} ${light} ${width}`).toEqual([])
    expect.soft(overflow, `sideways scrolling of ${screen.name} ${locale} ${width}`).toBeLessThanOrEqual(0)
    expect.soft(complaints, `complaints on ${screen.name}`).toEqual([])
  } finally {
    await context.close()
  }
}

describe('the screens, as everybody can read them', { timeout: isLong ? 600_000 : 60_000 }, () => {
  for (const one of isLong ? chanceOf(seed).shuffle(looks).slice(0, countOr(looks.length)) : sample) {
    test(`${one.locale}, ${one.light}, ${one.width} pixels`, async () => {
      const chosen = isLong ? chance().shuffle([...staffScreens, ...otherScreens]) : [...staffScreens.filter(({ name }) => ['inbox', 'conversation', 'board', 'settings channels', 'dialog survey'].includes(name)), ...otherScreens]
      for (const screen of chosen) await look(screen, one, { program, signedIn })
      if (past) for (const screen of pastScreens) await look(screen, one, { program: past, signedIn: pastSignedIn })
    })
  }
})
