/**
 * Prisma's schema engine as WebAssembly: the same engine as the downloaded binary, without the download.
 *
 * Two things are ours. The pool: with a connection string the adapter keeps its own pool, and with it the engine's
 * advisory lock, open for ten seconds. And `executeScript`: the adapter's cuts a script at every semicolon, so
 * functions, comments and strings with one inside break; PostgreSQL takes a script as a whole.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import * as engineBindings from '@prisma/schema-engine-wasm/schema_engine_bg'
import type { SchemaEngine } from '@prisma/schema-engine-wasm/schema_engine_bg'
import type pg from 'pg'

/** What the engine leaves out of its view of a database: nothing. */
export const schemaFilters = { externalTables: [], externalEnums: [] }

/** The part of `WebAssembly` used here; its types live in the browser's library, which the server does not load. */
interface WasmLoader {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: { __wbindgen_start?: () => void } } }>
}

let loaded: Promise<void> | undefined

/**
 * Opens the engine on a pool of the caller's, who ends it after `free`.
 * The server behind it must be reachable, even for a diff of two schema files. `onScriptError` hears what PostgreSQL said of
 * a migration's SQL: inside a transaction the engine's own error tells only of the statement after it.
 */
export async function openSchemaEngine(pool: pg.Pool, schemaPath: string, onScriptError?: (error: unknown) => void): Promise<SchemaEngine> {
  loaded ??= loadWasm()
  await loaded
  const schema = readFileSync(schemaPath, 'utf8')
  return engineBindings.SchemaEngine.new(
    { datamodels: [['schema.prisma', schema]] },
    () => {},
    bindMigrationAwareSqlAdapterFactory(new WholeScriptPrismaPg(pool, onScriptError)),
  )
}

class WholeScriptPrismaPg extends PrismaPg {
  private readonly onScriptError: ((error: unknown) => void) | undefined

  constructor(pool: pg.Pool, onScriptError?: (error: unknown) => void) {
    super(pool)
    this.onScriptError = onScriptError
  }

  override async connect() {
    const adapter = await super.connect()
    adapter.executeScript = async (script) => {
      try {
        await adapter.underlyingDriver().query(script)
      } catch (error) {
        this.onScriptError?.(error)
        throw error
      }
    }
    return adapter
  }
}

async function loadWasm(): Promise<void> {
  const bindings = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg')
  const wasm = readFileSync(path.join(path.dirname(bindings), 'schema_engine_bg.wasm'))
  const { WebAssembly } = globalThis as unknown as { WebAssembly: WasmLoader }
  const { instance } = await WebAssembly.instantiate(wasm, { './schema_engine_bg.js': { ...engineBindings, ...timersThatEnd() } })
  engineBindings.__wbg_set_wasm(instance.exports)
  instance.exports.__wbindgen_start?.()
}

/** The engine leaves a timer of ten seconds behind each run; it must not keep the process that long. */
function timersThatEnd(): Record<string, unknown> {
  const name = Object.keys(engineBindings).find((key) => key.startsWith('__wbg_setTimeout_'))
  return name === undefined ? {} : { [name]: (callback: () => void, delayMs: number) => setTimeout(callback, delayMs >>> 0).unref() }
}
