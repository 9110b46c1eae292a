import { Button, Loader, Table, Text } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { settings } from '../api/settings.ts'
import { useFormats, useT } from '../i18n.tsx'
import { Page } from '../look/Page.tsx'
import { Rows } from '../look/Rows.tsx'
import { problemText } from '../state/act.ts'
import { useAuditText } from './audit-text.ts'

/** Who used which power, when. */
export function Audit() {
  const t = useT()
  const formats = useFormats()
  const textOf = useAuditText()
  const audit = useInfiniteQuery({ queryKey: ['settings', 'audit'], queryFn: ({ pageParam }) => settings.audit.list(pageParam), initialPageParam: null as string | null, getNextPageParam: (page) => page.nextCursor })
  const rows = audit.data?.pages.flatMap(({ items }) => items) ?? []
  return (
    <Page title={t('settings.section.audit')} text={t('settings.audit.text')}>
      {audit.isPending && <Loader size="sm" type="dots" aria-label={t('common.loading')} />}
      {audit.isError && <Text c="red" role="alert">{problemText(t, audit.error)}</Text>}
      {audit.isSuccess && rows.length === 0 && <Text c="dimmed">{t('settings.audit.empty')}</Text>}
      {rows.length > 0 && (
        <Rows minWidth={620} aria-label={t('settings.section.audit')} columns={[t('settings.audit.when'), t('settings.audit.who')]}>
          <Table.Thead><Table.Tr><Table.Th>{t('settings.audit.when')}</Table.Th><Table.Th>{t('settings.audit.who')}</Table.Th><Table.Th>{t('settings.audit.what')}</Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>
            {rows.map((entry) => {
              const { what, facts } = textOf(entry)
              return (
                <Table.Tr key={entry.id}>
                  <Table.Td className="tabular" style={{ whiteSpace: 'nowrap' }}>{formats.dateTime(entry.at)}</Table.Td><Table.Td style={{ whiteSpace: 'nowrap' }}>{entry.actorName ?? t('settings.audit.system')}</Table.Td>
                  <Table.Td w="100%" data-wide>{what}{facts !== '' && <Text size="xs" c="dimmed">{facts}</Text>}</Table.Td>
                </Table.Tr>
              )
            })}
          </Table.Tbody>
        </Rows>
      )}
      {audit.hasNextPage && <Button variant="subtle" loading={audit.isFetchingNextPage} onClick={() => void audit.fetchNextPage()}>{t('followUps.more')}</Button>}
    </Page>
  )
}
