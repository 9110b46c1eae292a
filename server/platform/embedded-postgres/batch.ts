import { spawnSync } from 'node:child_process'

/**
 * The command that runs a program as batch work (Linux: SCHED_BATCH; its children inherit it), or the program itself where that is not
 * to be had. A backend that a statement wakes then does not push aside the hub, which has the next to send.
 */
export function asBatch(program: string, args: readonly string[]): [program: string, args: string[]] {
  const command = ['-b', '0'] as const
  // Tried on itself: a sandbox may refuse it, and the database must start all the same.
  const isAllowed = process.platform === 'linux' && spawnSync('chrt', [...command, 'chrt', '--version'], { stdio: 'ignore', timeout: 2_000 }).status === 0
  return isAllowed ? ['chrt', [...command, program, ...args]] : [program, [...args]]
}
