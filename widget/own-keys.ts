import type { Plugin } from 'vite'

/**
 * Turns every `for … in` of the bundle into a loop over own keys. A host page may have put enumerable things on
 * `Object.prototype`; libraries (and the bundler's own helper for namespaces) then trip over names nobody gave them.
 */
export function ownKeysOnly(): Plugin {
  return {
    name: 'own-keys-only',
    renderChunk(code) {
      const own = code.replaceAll(/\bfor\s*\(\s*((?:var|let|const)\s+)?([\w$]+)\s+in\s+([^()]+)\)/g, (_loop, kind: string | undefined, name: string, object: string) => `for (${kind ?? ''}${name} of Object.keys((${object}) ?? {}))`)
      if (/\bfor\s*\([^;()]*\s+in\s/.test(own)) throw new Error('a for-in loop was left in the widget')
      return own
    },
  }
}
