import { randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileStartError } from './start-error.ts'

/**
 * A secret made by the hub itself, once per DATA_DIR: 32 hexadecimal digits behind the prefix, in a file of its own
 * (mode 600), so that two processes that start at once agree on it.
 */
export function keepSecret(dataDir: string, name: string, prefix = ''): string {
  try {
    return readOrMake(dataDir, name, prefix)
  } catch (error) {
    throw fileStartError(error, dataDir) ?? error
  }
}

function readOrMake(dataDir: string, name: string, prefix: string): string {
  const folder = path.join(dataDir, 'secrets')
  const file = path.join(folder, name)
  const kept = readIfThere(file)
  if (kept) return kept
  mkdirSync(dataDir, { recursive: true, mode: 0o711 })
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const fresh = `${file}.${process.pid}`
  writeFileSync(fresh, prefix + randomBytes(16).toString('hex'), { mode: 0o600 })
  try {
    linkSync(fresh, file) // fails when another process was faster; a rename would replace its secret
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(fresh, { force: true })
  }
  return readFileSync(file, 'utf8')
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
