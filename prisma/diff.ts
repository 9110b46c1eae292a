/**
 * Writes the next migration: `node prisma/diff.ts NAME`.
 *
 * `prisma/migrations/schema.prisma` is the schema as of the last migration. This compares it with `prisma/schema.prisma`
 * by Prisma's engine, writes `prisma/migrations/<yyyymmddhhmmss>_<NAME>/migration.sql` and copies the schema over the
 * snapshot; commit all three together. Read the SQL before: what Prisma cannot say (CHECKs, deferrable constraints,
 * functions) is added to it by hand. To redo a migration that nobody has applied yet: `node prisma/diff.ts NAME --redo`
 * (its hand-written part is what stands below the line `-- By hand`, and is kept).
 *
 * The engine wants a reachable server although it reads nothing from it: `DATABASE_URL`, or one that lives for the run.
 */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, chmodSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { Pool } from 'pg'
import pino from 'pino'
import { startEmbeddedPostgres } from '#server/platform/embedded-postgres.ts'
import { openSchemaEngine, schemaFilters } from './schema-engine.ts'

const schemaPath = path.join(import.meta.dirname, 'schema.prisma')
const migrationsPath = path.join(import.meta.dirname, 'migrations')
const snapshotPath = path.join(migrationsPath, 'schema.prisma')
const previousPath = path.join(migrationsPath, '.schema.before.prisma')
const handMark = '-- By hand'

/** The SQL that leads from one schema to the other; empty when there is nothing to do. */
export async function diffSchemas(from: string | undefined, to: string, url: string): Promise<string> {
  const pool = new Pool({ connectionString: url })
  const engine = await openSchemaEngine(pool, schemaPath)
  const datamodel = (content: string) => ({ tag: 'schemaDatamodel' as const, files: [{ path: 'schema.prisma', content }] })
  try {
    const result = await engine.diff({
      from: from === undefined ? { tag: 'empty' } : datamodel(from), to: datamodel(to), script: true, exitCode: null, filters: schemaFilters,
    })
    return result.stdout?.trim() === '-- This is an empty migration.' ? '' : (result.stdout ?? '')
  } finally {
    engine.free()
    await pool.end()
  }
}

async function writeMigration(name: string, redo: boolean): Promise<string> {
  mkdirSync(migrationsPath, { recursive: true })
  const last = readdirSync(migrationsPath, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name).sort().at(-1)
  if (redo && !last?.endsWith(`_${name}`)) throw new Error(`The last migration is ${last ?? 'none'}, not "${name}".`)
  const from = redo ? optional(previousPath) : optional(snapshotPath)
  const to = readFileSync(schemaPath, 'utf8')
  const sql = await withServer((url) => diffSchemas(from, to, url))
  if (!sql) throw new Error('The schema has not changed since the last migration.')

  const stamp = new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14)
  const folder = path.join(migrationsPath, redo && last ? last : `${stamp}_${name}`)
  const file = path.join(folder, 'migration.sql')
  const byHand = redo ? (optional(file)?.split(`\n${handMark}`)[1] ?? '') : ''
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, `${sql.trimEnd()}\n${byHand && `\n${handMark}${byHand}`}`)
  if (!redo) {
    if (from === undefined) rmSync(previousPath, { force: true })
    else writeFileSync(previousPath, from)
  }
  copyFileSync(schemaPath, snapshotPath)
  return file
}

function optional(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}

async function withServer<T>(run: (url: string) => Promise<T>): Promise<T> {
  if (process.env['DATABASE_URL']) return run(process.env['DATABASE_URL'])
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tributary-diff-'))
  chmodSync(folder, 0o711)
  const server = await startEmbeddedPostgres(folder, pino({ level: 'error' }), { settings: { fsync: 'off' } })
  try {
    return await run(server.url)
  } finally {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

if (import.meta.main) {
  const [name, flag] = process.argv.slice(2)
  if (!name || !/^[a-z0-9_]+$/.test(name) || (flag !== undefined && flag !== '--redo')) {
    console.error('usage: node prisma/diff.ts name_in_small_letters [--redo]')
    process.exit(2)
  }
  try {
    process.stdout.write(`${path.relative(process.cwd(), await writeMigration(name, flag === '--redo'))}\n`)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
