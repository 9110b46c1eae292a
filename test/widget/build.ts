import { execFile } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '..', '..')
let built: Promise<string> | undefined

/** Builds the widget as `npm run build` does, once per test process, into a folder of its own; returns that. */
export function buildWidget(): Promise<string> {
  built ??= build()
  return built
}

async function build(): Promise<string> {
  const run = promisify(execFile)
  const outDir = mkdtempSync(join(tmpdir(), 'widget-'))
  // One after the other: the first empties the folder.
  for (const config of ['loader', 'panel']) {
    await run(process.execPath, [join(root, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', '-c', join('widget', `vite.${config}.config.ts`), '--outDir', outDir], { cwd: root, env: { ...process.env, NODE_ENV: 'production' } })
  }
  return outDir
}
