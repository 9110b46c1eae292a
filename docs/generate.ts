/** Writes the generated pages: `node docs/generate.ts`. A guard test says when they are stale. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { apiRoutes } from '#server/app.ts'
import { environment } from '#server/platform/config.ts'
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

/** Every variable the hub reads, by its parts. */
export function configurationPage(): string {
  const variables = Object.entries(environment.shape).map(([name, schema]) => ({ name, ...schema.meta() as { part: string; description: string; otherwise?: string }, ...valuesOf(schema) })) // each says what it is in config.ts
  const parts = [...new Set(variables.map(({ part }) => part))]
  return `${[
    '# Configuration', '',
    'Made from `server/platform/config.ts` by `node docs/generate.ts`. The hub reads these variables of its environment and nothing else; an empty one counts as',
    'missing. A value that is not usable stops the start with one line that names the variable. Queues, hours, promises, channels and people are set on the screens.',
    ...parts.flatMap((part) => [
      '', `## ${part}`, '', '| variable | values | without it | is |', '|---|---|---|---|',
      ...variables.filter((variable) => variable.part === part).map(({ name, values, usual, otherwise, description }) => `| \`${name}\` | ${values} | ${otherwise ?? usual} | ${description} |`),
    ]),
    '', 'Given together or not at all in production: the account and token of Twilio, the three of its calls in the browser, the two of Slack, the two of the administrator.',
  ].join('\n')}\n`
}

function valuesOf(schema: z.ZodType): { values: string; usual: string } {
  const { type, format, enum: names, default: usual } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  const inner = schema instanceof z.ZodOptional ? schema.unwrap() : schema
  const protocols = inner instanceof z.core.$ZodURL ? (inner._zod.def.protocol?.source ?? '').replace(/[\^()$]/g, '').split('|').map((one) => `\`${one}://…\``).join(' or ') : ''
  const kinds: Readonly<Record<string, string>> = { email: 'a mail address', hostname: 'a host name' }
  const values = names ? names.map((name) => `\`${String(name)}\``).join(', ') : protocols || (kinds[format ?? ''] ?? (type === 'integer' ? 'a number' : 'text'))
  return { values, usual: usual === undefined ? '–' : `\`${String(usual)}\`` }
}

if (import.meta.main) {
  writeFileSync(join(import.meta.dirname, 'api.md'), apiPage())
  writeFileSync(join(import.meta.dirname, 'configuration.md'), configurationPage())
}
