import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { mayEnter, type Account } from './account.ts'
import { prepareSharedFolder, sharedFolder, type Binaries } from './binaries.ts'
import { isAlive } from './process.ts'
import { StartError } from '../start-error.ts'

/** By this process, now; in a container the process killed before may have had the same number. */
const beingMade = new Set<string>()

/** Lies in the data folder, readable by its owner and root only. */
const passwordFile = 'tributary-password'

/**
 * Where the database's files are, or go: `DATA_DIR/postgres`, or `/var/lib/tributary/<hash of DATA_DIR>/postgres` for root
 * when the database's user cannot enter DATA_DIR. A database that exists in one of the two places stays there.
 */
export function placeDataFolder(dataDir: string, account: Account | undefined): string {
  const inside = path.join(dataDir, 'postgres')
  if (!account) return inside
  const hash = createHash('sha256').update(path.resolve(dataDir)).digest('hex').slice(0, 16)
  const outside = path.join(sharedFolder, hash, 'postgres')
  if (existsSync(path.join(outside, 'PG_VERSION')) && !existsSync(path.join(inside, 'PG_VERSION'))) return outside
  if (mayEnter(dataDir, account)) return inside
  if (existsSync(path.join(inside, 'PG_VERSION'))) {
    throw new StartError(`The database in ${inside} cannot be reached by the user it runs as (nobody).`, `Make ${dataDir} enterable (chmod o+x), or move its folder "postgres" to ${path.dirname(outside)}.`)
  }
  prepareSharedFolder()
  return outside
}

/** Makes a database in the folder unless there is one, and checks that this PostgreSQL can serve what is there. */
export async function prepareDataFolder(dataPath: string, binaries: Binaries, account: Account | undefined): Promise<void> {
  const versionFile = path.join(dataPath, 'PG_VERSION')
  if (!existsSync(versionFile)) {
    if (existsSync(dataPath) && readdirSync(dataPath).length > 0) {
      throw new StartError(`${dataPath} holds files but no PostgreSQL database.`, 'Move them away, or set DATA_DIR to another folder.')
    }
    await initialise(dataPath, binaries, account)
  }
  const owner = statSync(dataPath).uid
  const wanted = account?.uid ?? process.getuid?.()
  if (wanted !== undefined && owner !== wanted) {
    throw new StartError(`The database in ${dataPath} belongs to user ${owner}, but PostgreSQL would run as user ${wanted}.`, 'Start the hub as before (root or not), or set DATA_DIR to another folder.')
  }
  const version = readFileSync(versionFile, 'utf8').trim()
  if (version !== binaries.major) {
    throw new StartError(`The database in ${dataPath} was made by PostgreSQL ${version}, this is PostgreSQL ${binaries.major}.`, 'Move it away, set DATA_DIR to another folder, or set DATABASE_URL to a server of that version.')
  }
}

export function readPassword(dataPath: string): string {
  const file = path.join(dataPath, passwordFile)
  if (!existsSync(file)) throw new StartError(`${dataPath} has no file "${passwordFile}": it is not a database this hub made.`, 'Move it away, set DATA_DIR to another folder, or set DATABASE_URL.')
  return readFileSync(file, 'utf8').trim()
}

/** The environment PostgreSQL's programs run in: nothing of ours but what they need to find their libraries. */
export function programOptions(binaries: Binaries, account: Account | undefined) {
  return { cwd: '/', env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC', LD_LIBRARY_PATH: binaries.lib }, ...account }
}

/** Initialises beside and renames: a start killed in the middle leaves a folder that the next start clears away. */
async function initialise(dataPath: string, binaries: Binaries, account: Account | undefined): Promise<void> {
  const parent = path.dirname(dataPath)
  mkdirSync(parent, { recursive: true, mode: 0o711 })
  for (const name of readdirSync(parent)) {
    const pid = Number(/^postgres\.new-(\d+)-/.exec(name)?.[1] ?? NaN)
    const isAbandoned = pid === process.pid ? !beingMade.has(path.join(parent, name)) : pid > 0 && !isAlive(pid)
    if (isAbandoned) rmSync(path.join(parent, name), { recursive: true, force: true })
  }
  const fresh = `${dataPath}.new-${process.pid}-${randomBytes(4).toString('hex')}`
  beingMade.add(fresh)
  mkdirSync(fresh, { mode: 0o700 })
  const passwordSource = `${fresh}.password`
  beingMade.add(passwordSource)
  try {
    writeFileSync(passwordSource, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 })
    if (account) for (const file of [fresh, passwordSource]) chownSync(file, account.uid, account.gid)
    // The builtin C.UTF-8 sorts by code point and knows letters of all scripts, on every platform alike.
    await promisify(execFile)(binaries.initdb, [
      '-D', fresh, '-U', 'tributary', '--auth=scram-sha-256', `--pwfile=${passwordSource}`, '-E', 'UTF8',
      '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--no-sync', '--no-instructions',
    ], programOptions(binaries, account))
    renameSync(passwordSource, path.join(fresh, passwordFile))
    renameSync(fresh, dataPath)
  } catch (error) {
    if (existsSync(path.join(dataPath, 'PG_VERSION'))) return // another start was faster
    throw error
  } finally {
    for (const left of [fresh, passwordSource]) rmSync(left, { recursive: true, force: true })
    beingMade.delete(fresh)
    beingMade.delete(passwordSource)
  }
}
