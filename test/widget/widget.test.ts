/** The widget in a real browser, on pages that make it hard, against the real visitor doors. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { siteRouter } from '#simulator/site/site.ts'
import { siteSecret, soon, startVisitorHub, type VisitorHub } from '../features/support/visitor-hub.ts'
import { openBrowser } from '../support/browser.ts'

/** As `npm run build` makes it; the run began with that. */
const folder = join(import.meta.dirname, '..', '..', 'dist', 'widget')
let hub: VisitorHub
let browser: Browser
let context: BrowserContext
const complaints: string[] = []

beforeAll(async () => {
  browser = await openBrowser()
  hub = await startVisitorHub((app, { url, accountId }) => {
    for (const name of ['widget.js', 'widget-panel.js']) app.get(`/${name}`, (_request, response) => void response.set('Access-Control-Allow-Origin', '*').sendFile(name, { root: folder }))
    app.use('/demo', siteRouter({ account: async () => ({ id: accountId, siteSecret }), publicOrigin: url }))
    const tag = `<script src="/widget.js" data-account="${accountId}" async></script>`
    const pages: Record<string, [policy: string, body: string]> = {
      twice: ["script-src 'self'", `<head>${tag}${tag}</head><body><h1>Twice</h1>${tag}</body>`],
      polluted: ["script-src 'self'", `<head><script src="/pollute.js"></script>${tag}</head><body><h1>Polluted</h1></body>`],
      sandboxed: ["sandbox allow-scripts; script-src 'self' http:", `<head>${tag}</head><body><h1>Sandboxed</h1></body>`],
    }
    for (const [name, [policy, body]] of Object.entries(pages)) {
      app.get(`/page/${name}`, (_request, response) => void response.set('Content-Security-Policy', policy).type('html').send(`<!doctype html><html lang="en">${body}</html>`))
    }
    app.get('/pollute.js', (_request, response) => void response.type('js').send(
      'Array.prototype.x = function () {}; Object.prototype.y = "polluted"; window.Promise.prototype.old = true; window.io = { mine: false };'))
    app.get('/favicon.ico', (_request, response) => void response.status(204).end())
  })
}, 120_000)
afterAll(async () => {
  await browser?.close()
  await hub?.stop()
})
afterEach(async () => {
  await context?.close()
  expect(complaints.splice(0), 'complaints of the browser').toEqual([])
})

async function open(path: string, options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
  context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 1000 }, ...options })
  context.setDefaultTimeout(15_000)
  const page = await context.newPage()
  page.on('console', (line) => { if (line.type() === 'error' && !/net::ERR_|WebSocket connection/.test(line.text())) complaints.push(line.text()) })
  page.on('pageerror', (error) => complaints.push(String(error)))
  await page.goto(hub.url + path)
  return page
}

const launcher = (page: Page) => page.getByRole('button', { name: /^(Open|Close) chat|^打开聊天|^关闭聊天/ }).first()
const composer = (page: Page) => page.getByRole('textbox', { name: /Your message|您的消息/ })
const log = (page: Page) => page.getByRole('log')

async function write(page: Page, text: string): Promise<void> {
  await composer(page).fill(text)
  await page.getByRole('button', { name: /^(Send|发送)$/ }).click()
}
/** Written, stored and marked so on screen. */
async function stored(page: Page, text: string): Promise<void> {
  await log(page).getByText(text).waitFor()
  await soon(async () => (await page.locator('.item', { hasText: text }).locator('.meta').innerText()).match(/Sent|Seen|已发送|已读/))
}
const visitorOf = async (text: string) => (await hub.db.one<{ visitorId: string }>('select visitor_id as "visitorId" from message where text = $1', [text])).visitorId

describe('a customer', () => {
  test('asks, is told their place in line, sees who answers, and finds it all after a reload', { timeout: 60_000 }, async () => {
    const page = await open('/demo')
    expect(await page.evaluate(() => performance.getEntriesByType('resource').some((entry) => entry.name.includes('panel')))).toBe(false)
    await launcher(page).click()
    await page.getByRole('dialog', { name: 'Chat with Hillside Lamps' }).waitFor()
    await write(page, 'Does the Arc lamp dim?')
    await stored(page, 'Does the Arc lamp dim?')
    await page.getByText(/finding somebody for you/).waitFor()
    const visitorId = await visitorOf('Does the Arc lamp dim?')
    await hub.accept(visitorId)
    await hub.context.relay.flush()
    await page.getByText('Ana Agent is with you.').waitFor()
    await hub.answer(visitorId, 'It does: see https://shop.example/arc. <b>bold</b>')
    await log(page).getByText('<b>bold</b>').waitFor()
    expect(await log(page).getByRole('link').getAttribute('href')).toBe('https://shop.example/arc')
    expect(await page.locator('.item.own .meta').innerText()).toContain('Seen')
    await page.reload()
    await log(page).getByText('Does the Arc lamp dim?').waitFor()
    await log(page).getByText('<b>bold</b>').waitFor()
  })

  test('loses nothing written while the connection is gone, across a reload', { timeout: 60_000 }, async () => {
    const page = await open('/page/twice')
    await launcher(page).click()
    await write(page, 'before the tunnel')
    await stored(page, 'before the tunnel')
    await page.route('**/socket.io/**', (route) => route.abort())
    await page.routeWebSocket(/socket\.io/, (socket) => void socket.close())
    await page.reload()
    await write(page, 'in the tunnel')
    await log(page).getByText('Sending…').waitFor()
    await page.unrouteAll()
    await page.close()
    const again = await context.newPage()
    await again.goto(`${hub.url}/page/twice`)
    await stored(again, 'in the tunnel')
    expect(await hub.db.one(`select count(*)::int as n from message where text = 'in the tunnel'`)).toEqual({ n: 1 })
  })

  test('hears of an answer while the panel is closed', { timeout: 60_000 }, async () => {
    const page = await open('/page/twice')
    await launcher(page).click()
    await write(page, 'call me back here')
    await stored(page, 'call me back here')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Open chat' }).waitFor()
    const visitorId = await visitorOf('call me back here')
    await hub.accept(visitorId)
    await hub.answer(visitorId, 'here I am')
    await page.getByRole('button', { name: 'Open chat (1 unread)' }).click()
    await log(page).getByText('here I am').waitFor()
    await soon(async () => (await hub.db.one<{ status: string }>(`select status from message where text = 'here I am'`)).status === 'read')
  })

  test('sends a picture and sees it', { timeout: 60_000 }, async () => {
    const page = await open('/demo')
    await launcher(page).click()
    const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
    await page.locator('input[type=file]').setInputFiles({ name: 'my lamp.png', mimeType: 'image/png', buffer: png })
    await page.getByRole('button', { name: 'Remove my lamp.png' }).waitFor()
    await soon(() => page.getByRole('button', { name: 'Send', exact: true }).isEnabled())
    await page.getByRole('button', { name: 'Send', exact: true }).click()
    await log(page).getByRole('img', { name: 'my lamp.png' }).waitFor()
    await soon(() => page.locator('.picture img').evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth === 1))
  })

  test('signs in on the site and is known; signed out again, the next one sees nothing', { timeout: 60_000 }, async () => {
    const page = await open('/demo')
    await page.getByRole('button', { name: 'Sign in as Mei Chen' }).click()
    await page.getByText('Signed in as Mei Chen').waitFor()
    await launcher(page).click()
    await write(page, 'where is my order?')
    await stored(page, 'where is my order?')
    const owner = await hub.db.query(`select 1 from identity i join identity e on e.customer_id = i.customer_id and e.value = 'mei@chen.example' where i.kind = 'site-user' and i.value = 'mei'`)
    expect(owner).toHaveLength(1)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await soon(async () => (await log(page).getByText('where is my order?').count()) === 0)
  })

  test('reads Chinese', { timeout: 60_000 }, async () => {
    const page = await open('/demo?lang=zh')
    await launcher(page).click()
    await page.getByRole('dialog', { name: '与 Hillside Lamps 聊天' }).waitFor()
    await write(page, '请问有货吗？')
    await stored(page, '请问有货吗？')
  })

  test('may say who they are, or not', { timeout: 60_000 }, async () => {
    const page = await open('/page/twice')
    await launcher(page).click()
    await page.getByRole('textbox', { name: 'Name' }).fill('Nora')
    await page.getByRole('textbox', { name: 'Email' }).fill('nora@x')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('This does not look like an email address.').waitFor()
    await page.getByRole('textbox', { name: 'Email' }).fill('nora@x.example')
    await page.getByRole('button', { name: 'Save' }).click()
    await soon(async () => (await page.getByRole('textbox', { name: 'Name' }).count()) === 0)
    expect(await hub.db.query(`select value from claim where value = 'nora@x.example'`)).toHaveLength(1)
  })
})

describe('a host page', () => {
  test('that loads the script three times gets one button (WS-67)', { timeout: 60_000 }, async () => {
    const page = await open('/page/twice')
    await launcher(page).waitFor()
    expect(await page.locator('tributary-widget').count()).toBe(1)
  })

  test('that has bent the prototypes still gets a working chat (WS-66)', { timeout: 60_000 }, async () => {
    const page = await open('/page/polluted')
    await launcher(page).click()
    await write(page, 'through a bent page')
    await stored(page, 'through a bent page')
    expect(await page.evaluate('window.io')).toEqual({ mine: false })
  })

  test('in a sandboxed frame keeps nothing and says so (WS-67, WS-69)', { timeout: 60_000 }, async () => {
    const page = await open('/page/sandboxed')
    await launcher(page).click()
    // An opaque origin is no site's: the chat says it is not available, the page goes on, and what is typed is held in memory.
    await page.getByText('The chat is not available on this page at the moment.').or(page.getByText(/No connection/)).or(page.getByText('Connecting…')).first().waitFor()
    await write(page, 'kept in memory')
    await page.getByText(/This browser does not let us keep anything/).waitFor()
    complaints.length = 0 // the browser's own words on the refused requests
  })

  test('cannot steer it by messages (WS-64)', { timeout: 60_000 }, async () => {
    const page = await open('/page/twice')
    await launcher(page).click()
    await page.evaluate(`window.postMessage({ event: 'config-set', baseUrl: '//evil.example' }, '*')`)
    await write(page, 'still here')
    await stored(page, 'still here')
  })
})

describe('everybody', () => {
  for (const colorScheme of ['light', 'dark'] as const) test(`can read and use it in ${colorScheme} (axe at zero)`, { timeout: 60_000 }, async () => {
    const page = await open('/page/twice', { colorScheme })
    await launcher(page).click()
    await write(page, `accessible in ${colorScheme}`)
    await stored(page, `accessible in ${colorScheme}`)
    await page.evaluate(readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'))
    const { violations } = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>(
      `axe.run({ include: [['tributary-widget']] }, { rules: { region: { enabled: false } } })`)
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([])
  })

  test('can use it without a mouse, and leave it with Escape', { timeout: 60_000 }, async () => {
    const page = await open('/page/twice')
    await launcher(page).focus()
    await page.keyboard.press('Enter')
    await soon(() => composer(page).evaluate((element) => (element.getRootNode() as unknown as { activeElement: unknown }).activeElement === element))
    await page.keyboard.type('by keyboard')
    await page.keyboard.press('Enter')
    await stored(page, 'by keyboard')
    await page.keyboard.press('Escape')
    await soon(() => launcher(page).evaluate((element) => (element.getRootNode() as unknown as { activeElement: unknown }).activeElement === element))
    expect(await page.getByRole('dialog').count()).toBe(0)
  })

  test('has the whole screen on a phone', { timeout: 60_000 }, async () => {
    const page = await open('/page/twice', { viewport: { width: 390, height: 800 }, hasTouch: true })
    await launcher(page).click()
    await soon(async () => {
      const box = await page.getByRole('dialog').boundingBox()
      return box?.x === 0 && box.y === 0 && box.width === 390 && box.height === 800
    })
  })
})
