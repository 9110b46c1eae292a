/**
 * Runs `prisma generate` without the schema engine's download: generating is WebAssembly, Prisma only checks that the
 * named binary exists. Called by npm's postinstall, so a fresh clone needs nothing but a package registry.
 */
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import path from 'node:path'

const prismaCli = path.join(path.dirname(createRequire(import.meta.url).resolve('prisma/package.json')), 'build/index.js')
const run = spawnSync(process.execPath, [prismaCli, 'generate', '--no-hints'], {
  cwd: path.join(import.meta.dirname, '..'),
  env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1', PRISMA_HIDE_UPDATE_MESSAGE: '1' },
  stdio: ['ignore', 'pipe', 'pipe'],
  encoding: 'utf8',
})
if (run.status !== 0) {
  console.error(run.stdout, run.stderr)
  process.exit(run.status ?? 1)
}
