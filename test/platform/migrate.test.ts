import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { diffSchemas } from '#prisma/diff.ts'
import { migrate } from '#prisma/migrate.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

const root = path.join(import.meta.dirname, '../..')
const real = path.join(root, 'prisma/migrations')
let database: TestDatabase
let folder: string
beforeAll(async () => {
  database = await createTestDatabase()
  folder = mkdtempSync(path.join(os.tmpdir(), 'tributary-migrations-'))
  cpSync(real, folder, { recursive: true })
})
afterAll(async () => {
  await database.drop()
  rmSync(folder, { recursive: true, force: true })
})

function write(name: string, sql: string): void {
  mkdirSync(path.join(folder, name), { recursive: true })
  writeFileSync(path.join(folder, name, 'migration.sql'), sql)
}

test('the schema has no change without a migration', async () => {
  const snapshot = readFileSync(path.join(real, 'schema.prisma'), 'utf8')
  expect(await diffSchemas(snapshot, readFileSync(path.join(root, 'prisma/schema.prisma'), 'utf8'), database.url)).toBe('')
})

test('a migrated database has nothing to do', async () => {
  expect(await migrate(database.url)).toEqual([])
})

test('a migration that fails leaves nothing, and says what PostgreSQL said', async () => {
  write('29990101000000_bad', 'create table half (id int); select nothing_of_that_name();')
  const error = await migrate(database.url, undefined, folder).catch((caught: unknown) => caught)
  expect(error).toMatchObject({ cause: { message: 'function nothing_of_that_name() does not exist' } })
  expect(await database.db.one(`select to_regclass('half') as "table"`)).toEqual({ table: null })
})

test('functions with semicolons are applied once, also by two starts at once', async () => {
  write('29990101000000_bad', 'create function two() returns int language plpgsql as $$ begin perform 1; return 2; end $$; -- a;b')
  const applied = await Promise.all([migrate(database.url, undefined, folder), migrate(database.url, undefined, folder)])
  expect(applied.flat()).toEqual(['29990101000000_bad'])
  expect(await database.db.one('select two()')).toEqual({ two: 2 })
})

test('a changed migration and a newer database are refused', async () => {
  await expect(migrate(database.url)).rejects.toThrow('The database is newer than this version of Tributary')
  write('29990101000000_bad', 'select 1')
  await expect(migrate(database.url, undefined, folder)).rejects.toThrow('was changed after this database applied it')
})

test('a fault point kills the process at the named passing, in tests only', () => {
  const run = (env: NodeJS.ProcessEnv) => spawnSync(process.execPath, ['--no-warnings', '--input-type=module', '-e', `
    const { faultPoint } = await import('#server/platform/faults.ts')
    for (let i = 1; i <= 3; i++) { process.stdout.write(String(i)); faultPoint('here') }`], { cwd: root, encoding: 'utf8', env: { PATH: process.env['PATH'], ...env } })
  expect(run({ NODE_ENV: 'test', TRIBUTARY_FAULT: 'here:2' })).toMatchObject({ signal: 'SIGKILL', stdout: '12' })
  expect(run({ NODE_ENV: 'test', TRIBUTARY_FAULT: 'elsewhere' })).toMatchObject({ status: 0, stdout: '123' })
  expect(run({ NODE_ENV: 'production', TRIBUTARY_FAULT: 'here' })).toMatchObject({ status: 0, stdout: '123' })
})
