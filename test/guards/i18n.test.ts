import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { customerCatalogs } from '#contract/i18n/customer.ts'
import { flatten, translator, type Texts } from '#contract/i18n/i18n.ts'
import { literalTexts, usedKeys } from './i18n-sources.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = join(root, 'contract/i18n')

/** Every pair of catalogs: `<area>.en.ts` and `<area>.zh.ts`, each with one export. */
const areas = readdirSync(folder).filter((name) => name.endsWith('.en.ts')).map((name) => name.replace('.en.ts', ''))

async function catalogOf(area: string, locale: 'en' | 'zh'): Promise<ReadonlyMap<string, string>> {
  const module: Record<string, unknown> = await import(join(folder, `${area}.${locale}.ts`))
  const texts = Object.values(module).find((value): value is Texts => typeof value === 'object' && value !== null)
  if (!texts) throw new Error(`${area}.${locale}.ts exports no catalog`)
  return flatten(texts)
}

const paramsOf = (text: string): string[] => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? ''))].filter((name) => name !== 'count').sort()

describe('catalogs', () => {
  it.each(areas)('%s has every text in both languages, with the same parameters', async (area) => {
    const [en, zh] = await Promise.all([catalogOf(area, 'en'), catalogOf(area, 'zh')])
    expect(problemsBetween(en, zh)).toEqual([])
  })

  it('the texts to customers have every text in both languages', () => {
    expect(problemsBetween(flatten(customerCatalogs.en), flatten(customerCatalogs.zh))).toEqual([])
  })
})

describe('a name put into Chinese', () => {
  it.each([
    ['编辑{name}', 'How did we do', '编辑 How did we do'], ['停用“{name}”？', 'Packing', '停用“Packing”？'], ['编辑{name}', '服务', '编辑服务'], ['{name}已超时', 'SLA', 'SLA 已超时'], ['转交{name}处理', 'Repair shop', '转交 Repair shop 处理'],
    ['已 {name} 天', '3', '已 3 天'], ['交给{name}', '+4917611112222', '交给+4917611112222'],
  ])('%s with %s', (text, name, expected) => expect(translator({ text }, 'zh')('text', { name })).toBe(expected))
})

function problemsBetween(en: ReadonlyMap<string, string>, zh: ReadonlyMap<string, string>): string[] {
  const problems: string[] = []
  for (const [key, text] of en) {
    const translated = zh.get(key.endsWith('_one') ? key.replace(/_one$/, '_other') : key)
    if (translated === undefined) problems.push(`${key} is missing in zh`)
    else if (translated.trim() === '') problems.push(`${key} is empty in zh`)
    else if (paramsOf(text).join() !== paramsOf(translated).join()) problems.push(`${key} has other parameters in zh`)
  }
  for (const key of zh.keys()) if (!en.has(key)) problems.push(`${key} is missing in en`)
  return problems
}

// That no key is asked for which is not there is the type check's work: `t` takes the catalog's keys only.
describe('the console', () => {
  const programs = ['console']
  const used = usedKeys(programs.map((name) => join(root, name)))

  it('has no text that nothing shows', async () => {
    const known = await consoleKeys()
    const isUsed = (key: string): boolean => used.exact.has(key) || used.exact.has(key.replace(/_(one|other)$/, '')) || used.prefixes.some((prefix) => key.startsWith(prefix))
    expect([...known].filter((key) => !isUsed(key))).toEqual([])
  })

  async function consoleKeys(): Promise<Set<string>> {
    const [words, shell, board, routing, reports, settings] = await Promise.all((['words', 'console', 'board', 'routing', 'reports', 'settings'] as const).map((area) => catalogOf(area, 'en')))
    const under = (prefix: string, keys: ReadonlyMap<string, string> | undefined): string[] => [...(keys?.keys() ?? [])].map((key) => prefix + key)
    return new Set([...under('', words), ...under('', shell), ...under('board.', board), ...under('routing.', routing), ...under('reports.', reports), ...under('settings.', settings)])
  }
})

describe.each(['console', 'widget', 'simulator/page'])('%s', (program) => {
  it('has no text of its own in components: every word comes from a catalog', () => {
    expect(literalTexts(join(root, program))).toEqual([])
  })
})

describe('the guard itself', () => {
  it('finds planted texts', () => {
    const planted = [
      '<p>Hello there</p>', '<button aria-label="Close it">x</button>', '<input placeholder={"Your name"} />', "<Tooltip label='Save' />", '<b>{open ? "Open" : t(\'x\')}</b>',
    ]
    for (const source of planted) expect(literalTexts({ 'planted.tsx': `export const A = () => ${source}` }), source).toHaveLength(1)
  })

  it('lets through what is not text', () => {
    const fine = '<p className="big" data-kind="note">{t(\'a.b\')} · {count > 3 ? \'–\' : name}<Icon size={3} aria-hidden /></p>'
    expect(literalTexts({ 'fine.tsx': `export const A = () => ${fine}` })).toEqual([])
  })
})
