/** The screens built, one PostgreSQL for the whole run, and in it a migrated database that `createTestDatabase` copies. */
import { execFile } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import pino from 'pino'
import type { TestProject } from 'vitest/node'
import { migrate } from '#prisma/migrate.ts'
import { startEmbeddedPostgres } from '#server/platform/embedded-postgres.ts'
import { templateDatabase } from './template.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The address of the run's PostgreSQL, its database `tributary`. */
    testServerUrl: string
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Once for all: programs that tests start find their screens built.
  const building = promisify(execFile)(process.execPath, ['build.ts'], { cwd: path.join(import.meta.dirname, '../..'), env: { ...process.env, NODE_ENV: 'production' } })
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tributary-test-'))
  chmodSync(folder, 0o711) // the database's user passes through it
  // What the tests leave lying about goes with it.
  process.env['TMPDIR'] = mkdtempSync(path.join(folder, 't'))
  chmodSync(process.env['TMPDIR'], 0o711)
  // Every file is a process, many start further ones, and all load the same code: compiled once.
  process.env['NODE_COMPILE_CACHE'] = path.join(folder, 'compiled')
  // Durability is not what these tests ask; those that kill the database start one of their own.
  const server = await startEmbeddedPostgres(folder, pino({ level: 'warn' }), {
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300', autovacuum_naptime: '10min' },
  })
  const client = new Client({ connectionString: server.url })
  await client.connect()
  await client.query(`create database ${templateDatabase}`)
  await client.end()
  const template = new URL(server.url)
  template.pathname = `/${templateDatabase}`
  await migrate(template.href)
  await building
  project.provide('testServerUrl', server.url)
  return async () => {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
