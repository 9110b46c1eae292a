/** Chromium from npm for tests of whole screens: real windows, whose complaints are kept and fail the test. */
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'

const packageFile = join(import.meta.dirname, '..', '..', 'node_modules', '@sparticuz', 'chromium', 'package.json')
const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }

/** Unpacked once per version and user: a shared folder would hand out whatever was unpacked there before. */
export async function openBrowser(): Promise<Browser> {
  const folder = join('/tmp', `chromium-${version}-${process.getuid?.() ?? 0}`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const held = process.env['TMPDIR']
  process.env['TMPDIR'] = folder
  const [{ default: chromium }, { chromium: playwright }] = await Promise.all([import('@sparticuz/chromium'), import('playwright-core')])
  const executablePath = await chromium.executablePath()
  if (held === undefined) delete process.env['TMPDIR']
  else process.env['TMPDIR'] = held
  return playwright.launch({
    executablePath, headless: true,
    // One process would end with its first context, and pages must meet the rules that browsers really have. A graphics card acted by
    // the processor would cost more than all the pages: they are drawn without one.
    args: [
      ...chromium.args.filter((arg) => !/single-process|no-zygote|web-security|site-isolation|insecure-content|use-gl|use-angle|swiftshader|gpu-blocklist|in-process-gpu/.test(arg)),
      '--no-sandbox', '--force-color-profile=srgb', '--disable-gpu',
    ],
  })
}

/**
 * Runs in every page: counts the tones it has begun to play, and not merely prepared. What the test driver evaluates in a page counts
 * as a gesture for the browser, so whether a person has done anything is asked of trusted events.
 */
const hearPage = `
  let hasBeenActive = false
  for (const name of ['pointerdown', 'keydown']) addEventListener(name, ({ isTrusted }) => { hasBeenActive ||= isTrusted }, { capture: true })
  Object.defineProperty(UserActivation.prototype, 'hasBeenActive', { get: () => hasBeenActive })
  Object.defineProperty(window, 'played', { value: { tones: 0 } })
  const start = OscillatorNode.prototype.start
  OscillatorNode.prototype.start = function (when) {
    if (this.context.state === 'running') window.played.tones += 1
    start.call(this, when)
  }`

/** How many tones the page has played since it was loaded. */
export function tonesOf(page: Page): Promise<number> {
  return page.evaluate('window.played.tones')
}

/** Windows of several people in one browser; each person has cookies and storage of their own. */
export class Windows {
  readonly #browser: Browser
  readonly #contexts = new Map<string, BrowserContext>()
  /** What the pages wrote into their consoles as errors, and what they threw. */
  readonly complaints: string[] = []

  constructor(browser: Browser) {
    this.#browser = browser
  }

  /** A window of this person; a second one shares the first one's sign-in, as another tab does. */
  async open(person: string, url: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = this.#contexts.get(person) ?? (await this.#newContext(person, options))
    const page = await context.newPage()
    page.on('console', (line) => {
      // Asking who is signed in is answered with 401 before anybody is; browsers write that down by themselves.
      const isSignInQuestion = line.location().url.endsWith('/api/v1/me') && line.text().includes('401')
      if (line.type() === 'error' && !isSignInQuestion) this.complaints.push(`${person}: ${line.text()} (${line.location().url})`)
    })
    page.on('pageerror', (error) => this.complaints.push(`${person}: ${error.stack ?? error.message}`))
    await page.goto(url, { waitUntil: 'domcontentloaded' })
    return page
  }

  /** A picture of every window, into the folder SCREENSHOT_DIR names, if it does. */
  async picture(name: string): Promise<void> {
    const folder = process.env['SCREENSHOT_DIR']
    if (!folder) return
    for (const [person, context] of this.#contexts) {
      for (const [at, page] of context.pages().entries()) await page.screenshot({ path: join(folder, `${name} ${person}${at === 0 ? '' : ` ${at + 1}`}.png`) })
    }
  }

  async close(): Promise<void> {
    await this.#browser.close()
  }

  async #newContext(person: string, options: BrowserContextOptions): Promise<BrowserContext> {
    const context = await this.#browser.newContext({ locale: 'en-GB', viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce', ...options })
    context.setDefaultTimeout(15_000)
    await context.addInitScript({ content: hearPage })
    this.#contexts.set(person, context)
    return context
  }
}
