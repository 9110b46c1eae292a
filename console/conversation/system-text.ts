import { flatten } from '#contract/i18n/i18n.ts'
import { consoleEn } from '#contract/i18n/console.en.ts'
import type { MessageView } from '#contract/views.ts'
import { keyFor, useFormats, useT, type T } from '../i18n.tsx'
import type { Formats } from '#contract/i18n/formats.ts'
import { useInbox } from '../state/inbox.ts'

/** A system fact as a sentence. Ids become names, instants times; a code without words yet shows its text. */
export function useSystemText(message: MessageView): string {
  const t = useT()
  const formats = useFormats()
  const agents = useInbox((state) => state.agents)
  const queues = useInbox((state) => state.queues)
  const { system } = message
  if (!system) return message.text
  const key = keyFor('system', system.code, 'system.other')
  if (key === 'system.other' && message.text !== '') return message.text
  const names = new Map([...Object.values(agents).map(({ id, name }) => [id, name] as const), ...queues.map(({ id, name }) => [id, name] as const)])
  const params: Record<string, string | number> = { ...emptyFactsOf(key), name: message.author.name, code: system.code }
  for (const [fact, value] of Object.entries(system.facts)) params[fact] = wordOf(t, formats, names, fact, value)
  return t(key, params)
}

const instant = /^\d{4}-\d\d-\d\dT/

function wordOf(t: T, formats: Formats, names: ReadonlyMap<string, string>, fact: string, value: string | number | null): string | number {
  if (value === null) return '–'
  if (typeof value === 'number') return fact.endsWith('Ms') ? formats.duration(value) : value
  if (instant.test(value)) return formats.dateTime(value)
  const name = names.get(value)
  if (name !== undefined) return name
  for (const kind of ['channel', 'contactOutcome', 'sla', 'surveyKind'] as const) {
    const key = keyFor(kind, value, 'system.other')
    if (key !== 'system.other') return t(key)
  }
  return value
}

/** A fact that is missing shows as a dash, never as `{name}`. */
function emptyFactsOf(key: string): Record<string, string> {
  const text = flatten(consoleEn).get(key) ?? ''
  return Object.fromEntries([...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => [name ?? '', '–']))
}
