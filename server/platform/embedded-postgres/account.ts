import { accessSync, constants, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { StartError } from '../start-error.ts'

/** The account PostgreSQL runs under. PostgreSQL refuses to be root, so root starts it as `nobody`. */
export interface Account {
  uid: number
  gid: number
}

/** `undefined`: PostgreSQL runs as we do. */
export function databaseAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined
  const fields = readFileSync('/etc/passwd', 'utf8').split('\n').map((line) => line.split(':')).find(([name]) => name === 'nobody')
  if (!fields) throw new StartError('PostgreSQL does not run as root, and there is no user "nobody" to run it as.', 'Start the hub as another user, or set DATABASE_URL.')
  return { uid: Number(fields[2]), gid: Number(fields[3]) }
}

/** Whether the account may enter the folder and every folder above it; folders that do not exist yet do not count. */
export function mayEnter(folder: string, account: Account): boolean {
  for (let current = path.resolve(folder); ; current = path.dirname(current)) {
    const stat = statSync(current, { throwIfNoEntry: false })
    if (stat && !(stat.mode & permissionBit(stat, account, 0o1))) return false
    if (current === path.dirname(current)) return true
  }
}

/** Whether the account may run this file where it lies. */
export function mayRun(file: string, account: Account | undefined): boolean {
  if (account) return mayEnter(path.dirname(file), account) && (statSync(file).mode & 0o5) === 0o5
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function permissionBit(stat: { uid: number; gid: number }, account: Account, bit: number): number {
  if (stat.uid === account.uid) return bit << 6
  return stat.gid === account.gid ? bit << 3 : bit
}
