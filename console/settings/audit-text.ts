import type { AuditEntry } from '#contract/api/staff.ts'
import type { Formats } from '#contract/i18n/formats.ts'
import { keyFor, useFormats, useT, type T } from '../i18n.tsx'
import { useInbox } from '../state/inbox.ts'

interface Reader { t: T; formats: Formats; names: ReadonlyMap<string, string> }

/** An entry of the audit log in words: what was done to what, and what of it a reader understands. */
export function useAuditText(): (entry: AuditEntry) => { what: string; facts: string } {
  const t = useT()
  const formats = useFormats()
  const agents = useInbox((state) => state.agents)
  const queues = useInbox((state) => state.queues)
  const reader = { t, formats, names: new Map([...Object.values(agents), ...queues].map(({ id, name }) => [id, name])) }
  return (entry) => ({ what: whatOf(reader, entry), facts: factsOf(reader, entry) })
}

function whatOf({ t }: Reader, entry: AuditEntry): string {
  const what = t(keyFor('settings.audit.action', entry.action, 'settings.audit.action.other'), { action: entry.action, what: t(keyFor('settings.audit.target', entry.targetKind, 'settings.audit.target.other'), { kind: entry.targetKind }) })
  return entry.targetName === null || entry.targetId === entry.actorId ? what : t('settings.audit.named', { what, name: entry.targetName })
}

const idPattern = /^[\da-f]{8}-[\da-f]{4}-7/
const isChange = (value: unknown): boolean => typeof value === 'string' && value.includes(' → ')

function factsOf(reader: Reader, { facts }: AuditEntry): string {
  const { t, names } = reader
  const shown = Object.entries(facts).filter(([, value]) => value !== null && value !== '' && value !== false && !(idPattern.test(String(value)) && !names.has(String(value))))
  return shown.flatMap(([fact, value]) => {
    if (fact === 'fields') return fieldsOf(reader, String(value), facts)
    if (isChange(value)) return t('settings.audit.fact', { fact: fieldName(t, fact), value: String(value).split(' → ').map((side) => figure(reader, fact, side)).join(' → ') })
    const name = t(keyFor('settings.audit.factName', fact, 'settings.audit.factName.other'), { fact })
    return value === true ? name : t('settings.audit.fact', { fact: name, value: names.get(String(value)) ?? t(keyFor('role', String(value), value === 'queues' ? 'settings.audit.theirQueues' : 'settings.audit.factValue'), { value: String(value) }) })
  }).join(' · ')
}

/** Those whose figures are not told anyhow. */
function fieldsOf({ t, formats }: Reader, fields: string, facts: AuditEntry['facts']): string[] {
  const rest = fields.split(/[ ,]/).filter((field) => field !== '' && !isChange(facts[field]))
  return rest.length === 0 ? [] : [formats.list(rest.map((field) => fieldName(t, field)))]
}

function fieldName(t: T, field: string): string {
  return t(keyFor('settings.audit.field', field, 'settings.audit.factName.other'), { fact: field })
}

function figure({ t, formats }: Reader, field: string, side: string): string {
  if (side === 'true' || side === 'false') return t(side === 'true' ? 'settings.audit.on' : 'settings.audit.off')
  return field.endsWith('Ms') ? formats.duration(Number(side)) : side
}
