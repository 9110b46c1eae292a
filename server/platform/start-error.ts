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
