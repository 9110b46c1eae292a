import { createLogger, type Logger } from '#server/platform/logger.ts'

interface LogLine extends Record<string, unknown> {
  level: string
  msg: string
}

const lines: LogLine[] = []
let expected: RegExp[] = []

/** The logger of tests: nothing on the terminal, and an error line nobody expected fails the test. */
export function testLogger(level = 'info'): Logger {
  return createLogger(level, { write: (line) => { lines.push(JSON.parse(line) as LogLine) } })
}

/** Says that this test causes error lines with such a message. */
export function expectErrorLog(message: RegExp): void {
  expected.push(message)
}

/** The lines of this test so far. */
export function logLines(): readonly LogLine[] {
  return lines
}

/** Returns the error lines nobody expected, and forgets all. */
export function takeUnexpectedErrors(): LogLine[] {
  const unexpected = lines.filter(({ level, msg }) => (level === 'error' || level === 'fatal') && !expected.some((message) => message.test(msg)))
  lines.length = 0
  expected = []
  return unexpected
}

/** A line written past the logger, by `console.error`. */
export function recordConsoleError(message: string): void {
  lines.push({ level: 'error', msg: message })
}
