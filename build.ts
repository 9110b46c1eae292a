/**
 * Builds the screens with Vite: console, widget (loader and panel) and the simulator's page, side by side. A part whose sources and
 * the lockfile are as they were at its last build is left alone, so that a second start costs nothing.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

interface Part {
  name: string
  /** Built one after the other: the first may empty the folder. */
  configs: string[]
  /** What the result depends on, beside the lockfile. */
  sources: string[]
  /** Present when the part was built. */
  result: string
}

const root = fileURLToPath(new URL('.', import.meta.url))
const hashesFile = join(root, 'dist/.hashes.json')

const parts: Part[] = [
  { name: 'console', configs: ['console/vite.config.ts'], sources: ['console', 'contract'], result: 'dist/console/index.html' },
  { name: 'widget', configs: ['widget/vite.loader.config.ts', 'widget/vite.panel.config.ts'], sources: ['widget', 'contract'], result: 'dist/widget/widget.js' },
  { name: 'simulator page', configs: ['simulator/page/vite.config.ts'], sources: ['simulator/page', 'simulator/views.ts', 'contract'], result: 'dist/simulator/index.html' },
]

export interface BuildResult {
  built: string[]
  unchanged: string[]
}

/** Whether every part is as its sources are. Loads no Vite. */
export async function isBuilt(): Promise<boolean> {
  const known = await readHashes()
  const lockfile = await readFile(join(root, 'package-lock.json'))
  const current = await Promise.all(parts.map(async (part) => known[part.name] === (await hashOf(part, lockfile)) && existsSync(join(root, part.result))))
  return current.every(Boolean)
}

/** Builds what changed since it was last built; throws with Vite's error when a part does not build. */
export async function buildAll(log: (line: string) => void = () => {}): Promise<BuildResult> {
  const known = await readHashes()
  const lockfile = await readFile(join(root, 'package-lock.json'))
  const results = await Promise.all(
    parts.filter(({ configs }) => configs.every((config) => existsSync(join(root, config)))).map(async (part) => {
      const hash = await hashOf(part, lockfile)
      const isUnchanged = known[part.name] === hash && existsSync(join(root, part.result))
      if (!isUnchanged) await build(part, log)
      return { part, hash, isUnchanged }
    }),
  )
  if (results.some(({ isUnchanged }) => !isUnchanged)) await writeHashes(Object.fromEntries(results.map(({ part, hash }) => [part.name, hash])))
  return {
    built: results.filter(({ isUnchanged }) => !isUnchanged).map(({ part }) => part.name),
    unchanged: results.filter(({ isUnchanged }) => isUnchanged).map(({ part }) => part.name),
  }
}

async function build(part: Part, log: (line: string) => void): Promise<void> {
  const startedAt = performance.now()
  // Loaded only when something is to be built: most starts build nothing.
  const vite = await import('vite')
  // Beside the old one, then in its place: a hub that runs, or another build at the same time, never finds half a folder.
  const target = join(root, dirname(part.result))
  const fresh = `${target}.${process.pid}`
  for (const [at, config] of part.configs.entries()) await vite.build({ configFile: join(root, config), logLevel: 'warn', build: { outDir: fresh, emptyOutDir: at === 0 } })
  await rm(target, { recursive: true, force: true })
  await rename(fresh, target)
  log(`Built ${part.name} in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
}

async function hashOf(part: Part, lockfile: Buffer): Promise<string> {
  const hash = createHash('sha256').update(lockfile)
  const paths = (await Promise.all(part.sources.map((source) => filesBelow(join(root, source))))).flat().sort()
  for (const path of paths) hash.update(relative(root, path)).update('\0').update(await readFile(path)).update('\0')
  return hash.digest('hex')
}

async function filesBelow(path: string): Promise<string[]> {
  if (!existsSync(path)) return []
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => null)
  if (!entries) return [path]
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

async function readHashes(): Promise<Record<string, string>> {
  try {
    const hashes: unknown = JSON.parse(await readFile(hashesFile, 'utf8'))
    return typeof hashes === 'object' && hashes !== null ? Object.fromEntries(Object.entries(hashes).filter((entry): entry is [string, string] => typeof entry[1] === 'string')) : {}
  } catch {
    // First build, or a file cut short by a kill: everything is built again.
    return {}
  }
}

/** By rename, so that a kill leaves the old file or the new one. */
async function writeHashes(hashes: Record<string, string>): Promise<void> {
  await mkdir(join(root, 'dist'), { recursive: true })
  await writeFile(`${hashesFile}.new`, JSON.stringify(hashes, null, 2))
  await rename(`${hashesFile}.new`, hashesFile)
}

if (import.meta.main) {
  const { built, unchanged } = await buildAll((line) => void process.stdout.write(`${line}\n`))
  process.stdout.write(built.length ? `Built: ${built.join(', ')}.\n` : `Nothing changed: ${unchanged.join(', ')}.\n`)
  process.exit(0)
}
