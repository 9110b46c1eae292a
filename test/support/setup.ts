import { format } from 'node:util'
import { afterEach, expect } from 'vitest'
import { recordConsoleError, takeUnexpectedErrors } from './logger.ts'

console.error = (...values: unknown[]) => recordConsoleError(format(...values))

afterEach(() => {
  expect(takeUnexpectedErrors(), 'unexpected error lines in the log').toEqual([])
})
