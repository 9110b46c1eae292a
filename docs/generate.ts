/** Writes the generated pages: `node docs/generate.ts`. A guard test says when they are stale. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { apiRoutes } from '#server/app.ts'
import { apiTable } from '#server/platform/openapi.ts'

/** Routes are described by what they declare; nothing of a running hub is asked for that. */
export function apiPage(): string {
  return apiTable(apiRoutes(nothing(), nothing()))
}

/** Stands for any part of the hub while routes are only declared, never called. */
export function nothing(): never {
  const part: object = new Proxy(() => part, { get: (_target, key) => (key === Symbol.toPrimitive ? () => '' : part), apply: () => part })
  return part as never
}

if (import.meta.main) writeFileSync(join(import.meta.dirname, 'api.md'), apiPage())
