/**
 * Who may import what (DESIGN section 2). Reads import specifiers from the text: static, dynamic, re-exports and type imports
 * alike. Pure over a map of files, so that planted violations can be checked too.
 */
import path from 'node:path'

export interface Violation {
  file: string
  imports: string
  because: string
}

const specifier = /(?:\bimport\s*(?:type\s+)?(?:[\w*{}\s,$]+?\s*from\s*)?|\bexport\s*(?:type\s+)?(?:\*(?:\s*as\s+\w+)?|\{[^}]*\})\s*from\s*|\bimport\s*\(\s*)['"]([^'"\n]+)['"]/g

/** Every module a source text names. */
export function importsOf(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
  return [...code.matchAll(specifier)].map((match) => match[1] ?? '')
}

const aliases: Record<string, string> = { '#server/': 'server/', '#contract/': 'contract/', '#prisma/': 'prisma/', '#generated/': 'generated/', '#simulator/': 'simulator/', '#workers/': 'workers/' }

/** The project path an import means, or the package's name behind `npm:`. */
export function resolveImport(file: string, name: string): string {
  if (name.startsWith('.')) return path.posix.normalize(path.posix.join(path.posix.dirname(file), name))
  for (const [alias, folder] of Object.entries(aliases)) if (name.startsWith(alias)) return folder + name.slice(alias.length)
  return `npm:${name}`
}

interface Rule {
  where: RegExp
  may: RegExp[]
  why: string
}

const contract = /^contract\//
const domain = /^server\/domain\//
const platform = /^server\/platform\//
const library = /^npm:/
const generated = /^generated\//

/** The purer the folder, the fewer its friends. The first rule that fits a file is its rule. */
const rules: Rule[] = [
  { where: /^contract\/(api\/|.*\.schema\.ts$)/, may: [contract, /^npm:zod$/], why: 'contract: zod in schema files only' },
  { where: contract, may: [contract], why: 'contract: types and pure functions, no library' },
  { where: domain, may: [contract, domain, /^npm:temporal-polyfill$/, /^npm:libphonenumber-js(\/max)?$/], why: 'server/domain: contract and domain (decision 0001)' },
  { where: platform, may: [contract, platform, generated, library], why: 'server/platform: contract and libraries' },
  { where: /^server\/channels\//, may: [contract, domain, platform, library, /^server\/channels\//], why: 'server/channels: contract, domain types, platform' },
  { where: /^server\/features\//, may: [contract, domain, platform, generated, library, /^server\/channels\//, /^server\/context\.ts$/, /^server\/features\//], why: 'server/features: the above, its part of Context, other features' },
  { where: /^server\/(main|hub|app|context|publish)\.ts$/, may: [/.*/], why: 'wiring' },
  { where: /^workers\//, may: [/^workers\//, /^server\/context\.ts$/, platform, /^server\/features\/.*\.(usecases|timers|presence|uploads)\.ts$/, library], why: 'workers: use cases, platform, context' },
  { where: /^console\//, may: [/^console\//, contract, library, /^npm:/], why: 'console: contract' },
  { where: /^widget\//, may: [/^widget\//, contract, /^npm:(?!zod)/], why: 'widget: contract, no zod' },
  { where: /^simulator\//, may: [/^simulator\//, contract, /^server\/platform\/config\.ts$/, library], why: 'simulator: contract and platform/config; the hub only over HTTP, SMTP and sockets' },
]

/** Inside `server/features`, from another feature only what it offers: steps, views, errors, and the few named doors. */
const offered = /\.(steps|views|errors|visibility|lists|label)\.ts$|\/doors\/|\/(customer-label|conversation-room|reply-token|board|auth|offers\.steps|staff-mail)\.ts$/

export function violations(files: ReadonlyMap<string, string>): Violation[] {
  const found: Violation[] = []
  for (const [file, source] of files) {
    const rule = rules.find((one) => one.where.test(file))
    if (!rule) continue
    for (const name of importsOf(source)) {
      const target = resolveImport(file, name)
      if (target.startsWith('npm:node:') || /\.(css|svg|json)$/.test(target)) continue
      if (!rule.may.some((allowed) => allowed.test(target))) found.push({ file, imports: target, because: rule.why })
    }
  }
  return found
}

/** Features that import each other in a circle, by what is not offered for that purpose. Printed, each once. */
export function featureCycles(files: ReadonlyMap<string, string>): string[] {
  const edges = new Map<string, Set<string>>()
  const featureOf = (file: string): string | undefined => /^server\/features\/([^/]+)\//.exec(file)?.[1]
  for (const [file, source] of files) {
    const from = featureOf(file)
    if (!from) continue
    // A type makes no circle: it is gone when the code runs.
    for (const name of importsOf(source.replace(/\b(?:import|export)\s+type\s[^'"]*from\s*['"][^'"\n]+['"]/g, ''))) {
      const target = resolveImport(file, name)
      const to = featureOf(target)
      if (to && to !== from && !offered.test(target)) edges.set(from, (edges.get(from) ?? new Set()).add(to))
    }
  }
  const cycles = new Set<string>()
  const walk = (start: string, at: string, trail: string[]): void => {
    for (const next of edges.get(at) ?? []) {
      if (next === start) cycles.add([...new Set(trail)].sort().join(' ↔ '))
      else if (!trail.includes(next)) walk(start, next, [...trail, next])
    }
  }
  for (const start of edges.keys()) walk(start, start, [start])
  return [...cycles]
}

const shownOnly = /\b(demo|simulator)/i
const mayNameThem = /^server\/(main|context)\.ts$|^server\/platform\/config\.ts$/

/** Files of the server that know of the demo or the simulator but should not. */
export function namesTheDemo(files: ReadonlyMap<string, string>): string[] {
  return [...files].filter(([file, source]) => file.startsWith('server/') && !mayNameThem.test(file) && shownOnly.test(source)).map(([file]) => file)
}
