import { Button, Loader, Table, Text } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { settings } from '../api/settings.ts'
import { keyFor, useFormats, useT, type T } from '../i18n.tsx'
import type { AuditEntry } from '#contract/api/staff.ts'
import { Page } from '../look/Page.tsx'
import { problemText } from '../state/act.ts'

/** Who used which power, when. */
export function Audit() {
  const t = useT()
  const formats = useFormats()
  const audit = useInfiniteQuery({ queryKey: ['settings', 'audit'], queryFn: ({ pageParam }) => settings.audit.list(pageParam), initialPageParam: null as string | null, getNextPageParam: (page) => page.nextCursor })
  const rows = audit.data?.pages.flatMap(({ items }) => items) ?? []
  return (
    <Page title={t('settings.section.audit')} text={t('settings.audit.text')}>
      {audit.isPending && <Loader size="sm" type="dots" aria-label={t('common.loading')} />}
      {audit.isError && <Text c="red" role="alert">{problemText(t, audit.error)}</Text>}
      {audit.isSuccess && rows.length === 0 && <Text c="dimmed">{t('settings.audit.empty')}</Text>}
      {rows.length > 0 && (
        <Table.ScrollContainer minWidth={620}>
          <Table aria-label={t('settings.section.audit')}>
            <Table.Thead><Table.Tr><Table.Th>{t('settings.audit.when')}</Table.Th><Table.Th>{t('settings.audit.who')}</Table.Th><Table.Th>{t('settings.audit.what')}</Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>
              {rows.map((entry) => (
                <Table.Tr key={entry.id}>
                  <Table.Td className="tabular">{formats.dateTime(entry.at)}</Table.Td><Table.Td>{entry.actorName ?? t('settings.audit.system')}</Table.Td>
                  <Table.Td>{whatOf(t, entry)}<Text size="xs" c="dimmed">{factsOf(t, entry)}</Text></Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      {audit.hasNextPage && <Button variant="subtle" loading={audit.isFetchingNextPage} onClick={() => void audit.fetchNextPage()}>{t('followUps.more')}</Button>}
    </Page>
  )
}

function whatOf(t: T, entry: AuditEntry): string {
  return t(keyFor('settings.audit.action', entry.action, 'settings.audit.action.other'), { action: entry.action, what: t(keyFor('settings.audit.target', entry.targetKind, 'settings.audit.target.other'), { kind: entry.targetKind }) })
}

const idPattern = /^[\da-f]{8}-[\da-f]{4}-7/

/** What a reader understands of the facts; ids are for programs. */
function factsOf(t: T, { facts }: AuditEntry): string {
  const shown = Object.entries(facts).filter(([, value]) => value !== null && value !== '' && !idPattern.test(String(value)))
  return shown.map(([fact, value]) => t('settings.audit.fact', { fact: t(keyFor('settings.audit.factName', fact, 'settings.audit.factName.other'), { fact }), value: t(keyFor('role', String(value), 'settings.audit.factValue'), { value: String(value) }) })).join(' · ')
}
