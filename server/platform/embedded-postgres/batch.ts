import { existsSync } from 'node:fs'
import path from 'node:path'

/**
 * The command that runs a program as batch work (Linux: SCHED_BATCH, no right needed; its children inherit it), or the program itself
 * where there is none. A backend that a statement wakes then does not push aside the hub, which has the next to send.
 */
export function asBatch(program: string, args: readonly string[]): [program: string, args: string[]] {
  const chrt = (process.env['PATH'] ?? '').split(path.delimiter).map((folder) => path.join(folder, 'chrt')).find((file) => path.isAbsolute(file) && existsSync(file))
  return process.platform === 'linux' && chrt ? [chrt, ['--batch', '0', program, ...args]] : [program, [...args]]
}
