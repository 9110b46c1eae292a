/** Something outside keeps the hub from starting. Printed as one line, without a stack: what is wrong, then what to do. */
export class StartError extends Error {
  readonly hint: string

  constructor(message: string, hint: string) {
    super(message)
    this.name = 'StartError'
    this.hint = hint
  }

  /** The one line for the terminal. */
  line(): string {
    return `${this.message} ${this.hint}`
  }
}

/** The file system's own refusals as a `StartError`; `undefined` for any other error. */
export function fileStartError(error: unknown, folder: string): StartError | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOSPC' || code === 'EDQUOT') return new StartError(`The disk is full: ${folder} cannot be written.`, 'Free some space and start again.')
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return new StartError(`${folder} cannot be written by this user.`, 'Set DATA_DIR to a folder that can.')
  if (code === 'ENOTDIR' || code === 'EEXIST') return new StartError(`${folder} is not a folder.`, 'Set DATA_DIR to another one.')
  return undefined
}
