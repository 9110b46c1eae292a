import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { flatten } from '#contract/i18n/i18n.ts'
import { siteTexts } from '#simulator/site/texts.ts'
import { en } from '../../widget/i18n/en.ts'
import { launcherTexts } from '../../widget/i18n/launcher.ts'
import { zh } from '../../widget/i18n/zh.ts'

const parametersOf = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort()
const widget = join(import.meta.dirname, '..', '..', 'widget')

test('every text of the widget is there in Chinese, with the same parameters', () => {
  const english = flatten(en)
  const chinese = flatten(zh)
  const needed = [...english.keys()].filter((key) => !key.endsWith('_one'))
  expect([...chinese.keys()].sort()).toEqual(needed.sort())
  for (const key of needed) expect(parametersOf(chinese.get(key)!), key).toEqual(parametersOf(english.get(key)!))
})

test('no text is empty, or English where Chinese should be', () => {
  for (const [key, text] of flatten(zh)) {
    if (key === 'via.webchat') continue
    expect(text.trim(), key).not.toBe('')
    if (!['via.whatsapp', 'via.slack', 'survey.of'].includes(key)) expect(text, key).toMatch(/\p{Script=Han}/u)
  }
  expect(Object.keys(launcherTexts.zh)).toEqual(Object.keys(launcherTexts.en))
  expect(Object.keys(siteTexts.zh)).toEqual(Object.keys(siteTexts.en))
})

test('components hold no words of their own', () => {
  for (const file of readdirSync(join(widget, 'components')).filter((name) => name.endsWith('.tsx'))) {
    const code = readFileSync(join(widget, 'components', file), 'utf8')
    const between = [...code.matchAll(/>([^<>{}=;()]*\p{L}{3,}[^<>{}=;()]*)<\//gu)].map((match) => match[1]?.trim())
    const attributes = [...code.matchAll(/(?:aria-label|title|placeholder|alt)="([^"]*\p{L}[^"]*)"/gu)].map((match) => match[1])
    expect([...between, ...attributes], file).toEqual([])
  }
})
