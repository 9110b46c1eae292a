import { enableCompileCache, flushCompileCache } from 'node:module'
import path from 'node:path'

/**
 * Keeps compiled code in DATA_DIR: the second start is half a second faster. Must run before the modules it shall keep are
 * imported, so the program's first file calls it and imports the rest dynamically.
 */
export function useCompileCache(dataDir: string): void {
  enableCompileCache(path.join(path.resolve(dataDir), 'compile-cache'))
}

/** Writes what was compiled so far, so that a killed process leaves it too; call it once the start is over. */
export function keepCompiled(): void {
  flushCompileCache()
}
