import { flushCompileCache } from 'node:module'
import { format } from 'node:util'
import { afterAll, afterEach, expect } from 'vitest'
import { recordConsoleError, takeUnexpectedErrors } from './logger.ts'

console.error = (...values: unknown[]) => recordConsoleError(format(...values))

afterEach(() => {
  expect(takeUnexpectedErrors(), 'unexpected error lines in the log').toEqual([])
})

// For the next file: its process ends by a signal, in which nothing would be kept.
afterAll(() => flushCompileCache())
