/** `npm run bench -- <name>`: runs one benchmark, prints a table and, last, one JSON line {bench, metrics, floor, ratio, targets, ok}. */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

export interface BenchResult {
  metrics: Record<string, number>
  floor: Record<string, number>
  ratio: Record<string, number>
  /** What was missed of the targets; empty when all hold. */
  missed: string[]
}

export type Targets = Record<string, number>

const name = process.argv[2] ?? ''
const file = path.join(import.meta.dirname, `${name}.ts`)
if (!/^[a-z]+$/.test(name) || name === 'run' || !existsSync(file)) {
  process.stderr.write('Usage: npm run bench -- assignment | board | day | drops | inbound | inbox | lifecycle | pooling | reports | routing | start | timers | widget\n')
  process.exit(2)
}
const targets = (JSON.parse(readFileSync(path.join(import.meta.dirname, 'targets.json'), 'utf8')) as Record<string, Targets>)[name] ?? {}
const { bench } = (await import(file)) as { bench(targets: Targets): Promise<BenchResult> }
const { metrics, floor, ratio, missed } = await bench(targets)
const row = (label: string, values: Record<string, number>): void => {
  for (const [key, value] of Object.entries(values)) process.stdout.write(`${label.padEnd(8)} ${key.padEnd(28)} ${Number.isInteger(value) ? value : value.toFixed(2)}\n`)
}
row('hub', metrics)
row('floor', floor)
row('ratio', ratio)
row('target', targets)
for (const one of missed) process.stdout.write(`missed   ${one}\n`)
process.stdout.write(`${JSON.stringify({ bench: name, metrics, floor, ratio, targets, ok: missed.length === 0 })}\n`)
process.exit(missed.length === 0 ? 0 : 1)
