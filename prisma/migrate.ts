/**
 * Brings a database to the newest migration: `migrate(url)`, or `node prisma/migrate.ts` with DATABASE_URL.
 *
 * What is applied is read by plain SQL first; the engine (15 MB, 0.1 s) is loaded only when something is missing. It then
 * works on one connection inside one transaction, its own bookkeeping too: a start that is killed in the middle leaves
 * the database as it was, and not half a migration marked as failed.
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { Pool } from 'pg'
import type { Logger } from 'pino'
import { StartError } from '#server/platform/start-error.ts'
import { openSchemaEngine, schemaFilters } from './schema-engine.ts'

interface Migration {
  name: string
  sql: string
}

/** "migrations": two starts at once wait for each other here. */
const migrateLock = 1_835_625_319
const lockTimeoutMs = 60_000

/** Returns the names of the migrations it applied; none when the database was up to date. */
export async function migrate(url: string, logger?: Pick<Logger, 'info'>, folder = path.join(import.meta.dirname, 'migrations')): Promise<string[]> {
  const migrations = readMigrations(folder)
  const pool = new Pool({ connectionString: url, max: 1, idleTimeoutMillis: 0, application_name: 'tributary migrate', options: `-c lock_timeout=${lockTimeoutMs}` })
  pool.on('error', () => {}) // a broken connection also fails the query that waits on it
  try {
    if ((await findMissing(pool, migrations)).length === 0) return []
    await pool.query('begin')
    await pool.query('select pg_advisory_xact_lock($1)', [migrateLock])
    const missing = await findMissing(pool, migrations)
    if (missing.length > 0) await applyWithEngine(pool, folder, migrations)
    await pool.query('commit')
    for (const name of missing) logger?.info({ migration: name }, 'migration applied')
    return missing
  } finally {
    await pool.end() // an open transaction ends with its connection
  }
}

async function findMissing(pool: Pool, migrations: Migration[]): Promise<string[]> {
  const { rows: [table] } = await pool.query<{ exists: boolean }>(`select to_regclass('_prisma_migrations') is not null as exists`)
  const applied = new Map<string, string>()
  if (table?.exists) {
    const { rows } = await pool.query<{ name: string; checksum: string }>(
      'select migration_name as name, checksum from _prisma_migrations where finished_at is not null and rolled_back_at is null',
    )
    for (const row of rows) applied.set(row.name, row.checksum)
  }
  const known = new Map(migrations.map((migration) => [migration.name, migration]))
  for (const [name, checksum] of applied) {
    const migration = known.get(name)
    if (!migration) throw new StartError(`The database is newer than this version of Tributary: it has the migration "${name}".`, 'Start the version that made it, or use another database.')
    if (createHash('sha256').update(migration.sql).digest('hex') !== checksum) {
      throw new StartError(`The migration "${name}" was changed after this database applied it.`, 'Restore the file, or start with an empty database (remove DATA_DIR, or set it to another folder).')
    }
  }
  return migrations.filter((migration) => !applied.has(migration.name)).map((migration) => migration.name)
}

async function applyWithEngine(pool: Pool, folder: string, migrations: Migration[]): Promise<void> {
  let scriptError: unknown
  const engine = await openSchemaEngine(pool, path.join(folder, 'schema.prisma'), (error) => { scriptError ??= error })
  try {
    await engine.applyMigrations({
      migrationsList: {
        baseDir: folder,
        lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
        shadowDbInitScript: '',
        migrationDirectories: migrations.map(({ name, sql }) => ({ path: name, migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: sql } } })),
      },
      filters: schemaFilters,
    })
  } catch (error) {
    throw new Error('A migration failed; the database is as it was before.', { cause: scriptError ?? error }) // oxlint-disable-line preserve-caught-error -- the engine's is about the statement after it
  } finally {
    engine.free()
  }
}

function readMigrations(folder: string): Migration[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map((name) => ({ name, sql: readFileSync(path.join(folder, name, 'migration.sql'), 'utf8') }))
}

if (import.meta.main) {
  const url = process.env['DATABASE_URL']
  if (!url) {
    console.error('usage: DATABASE_URL=postgres://… node prisma/migrate.ts')
    process.exit(2)
  }
  try {
    const applied = await migrate(url)
    process.stdout.write(applied.length === 0 ? 'Nothing to do.\n' : `Applied: ${applied.join(', ')}\n`)
  } catch (error) {
    console.error(error instanceof StartError ? error.line() : error)
    process.exitCode = 1
  }
}
