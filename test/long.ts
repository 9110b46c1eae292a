/**
 * The deep tests with large counts: `npm run test:long -- <name> [--seed n] [--count m]`. The same code as in `npm test`; what it
 * does more of is said by the count, what it chooses by chance by the seed.
 */
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

const suites: Record<string, { file: string; count: number }> = {
  'inbound-kill': { file: 'test/faults/inbound-kill.test.ts', count: 10 },
  duplicates: { file: 'test/faults/duplicates.test.ts', count: 1_000 },
  relay: { file: 'test/faults/relay.test.ts', count: 400 },
  scale: { file: 'test/faults/scale.test.ts', count: 1_000 },
  races: { file: 'test/faults/races.test.ts', count: 200 },
  screens: { file: 'test/e2e/screens.test.ts', count: 8 },
  'routing-model': { file: 'test/faults/routing-model.test.ts', count: 40 },
  'routing-model-core': { file: 'test/domain/routing-model.test.ts', count: 5_000 },
  'routing-oracle': { file: 'test/domain/routing-oracle.test.ts', count: 20_000 },
  merge: { file: 'test/features/customers.merge-undo.test.ts', count: 400 },
  'sla-reference': { file: 'test/domain/sla-reference.test.ts', count: 2_000 },
  reconnect: { file: 'test/realtime/reconnect.test.ts', count: 50 },
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { seed: { type: 'string' }, count: { type: 'string' } } })
const suite = suites[positionals[0] ?? '']
if (!suite) {
  process.stderr.write(`Which one? ${Object.keys(suites).join(', ')}\n`)
  process.exit(2)
}
const seed = values.seed ?? String(Date.now() % 1_000_000)
const count = values.count ?? String(suite.count)
process.stdout.write(`${suite.file}: count ${count}, seed ${seed}\n`)
const { status } = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', suite.file], { stdio: 'inherit', env: { ...process.env, LONG_COUNT: count, LONG_SEED: seed } })
process.exit(status ?? 1)
