/** Chromium from npm for tests: real windows, whose complaints fail the test. */
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'

const packageFile = join(import.meta.dirname, '..', '..', 'node_modules', '@sparticuz', 'chromium', 'package.json')
const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }

/** Unpacked once per version and user: a shared folder would hand out whatever was unpacked there before. */
export async function openBrowser(): Promise<Browser> {
  const folder = join('/tmp', `chromium-${version}-${process.getuid?.() ?? 0}`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  process.env['TMPDIR'] = folder
  const [{ default: chromium }, { chromium: playwright }] = await Promise.all([import('@sparticuz/chromium'), import('playwright-core')])
  return playwright.launch({
    executablePath: await chromium.executablePath(), headless: true,
    // One process would end with its first context, and pages must meet the rules that browsers really have.
    args: [...chromium.args.filter((arg) => !/single-process|no-zygote|web-security|site-isolation|insecure-content/.test(arg)), '--no-sandbox', '--force-color-profile=srgb'],
  })
}
