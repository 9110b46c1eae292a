import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** A server that runs, as its own pid file tells. */
export interface RunningServer {
  pid: number
  port: number
}

/** False also for a zombie: killed, but not yet collected by its parent. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat[stat.lastIndexOf(')') + 2] !== 'Z'
  } catch {
    return process.platform !== 'linux'
  }
}

/**
 * The server on this data folder, if one lives. A pid file of a server that was killed, or whose number now belongs to
 * another program, is removed: PostgreSQL itself would refuse to start because "somebody" has that number.
 */
export function findRunningServer(dataPath: string): RunningServer | undefined {
  const pidFile = path.join(dataPath, 'postmaster.pid')
  let lines: string[]
  try {
    lines = readFileSync(pidFile, 'utf8').split('\n')
  } catch {
    return undefined
  }
  const pid = Number(lines[0])
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid) || !commandOf(pid).includes(dataPath)) {
    rmSync(pidFile, { force: true })
    return undefined
  }
  return { pid, port: Number(lines[3]) }
}

/** Asks for PostgreSQL's fast shutdown and waits until its pid file is gone; kills it when that takes too long. */
export async function stopServer(pid: number, dataPath: string, timeoutMs = 10_000): Promise<void> {
  signal(pid, 'SIGINT')
  const deadline = Date.now() + timeoutMs
  while (findRunningServer(dataPath)?.pid === pid) {
    if (Date.now() > deadline) {
      signal(pid, 'SIGKILL')
      return
    }
    await sleep(10)
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function commandOf(pid: number): string {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    return execFileSync('ps', ['-p', String(pid), '-o', 'command='], { encoding: 'utf8' })
  } catch {
    return ''
  }
}
