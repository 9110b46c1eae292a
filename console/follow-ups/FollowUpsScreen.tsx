import { useEffect, useState } from 'react'
import { Button, Group, Loader, SegmentedControl, Select, Table } from '@mantine/core'
import { IconChecklist } from '@tabler/icons-react'
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { FollowUp } from '#contract/api/followups.ts'
import { loop } from '../api/reports.ts'
import { followUps as api, type FollowUpView } from '../api/settings.ts'
import { keyFor, useFormats, useT } from '../i18n.tsx'
import { Empty } from '../look/Empty.tsx'
import { useCustomerLabel } from '../look/customer-label.ts'
import { Mark } from '../look/Mark.tsx'
import { Page } from '../look/Page.tsx'
import { problemText, useAct } from '../state/act.ts'
import { onFollowUpsChanged } from '../state/connection.ts'
import { useInbox } from '../state/inbox.ts'
import { useMe } from '../state/me.tsx'
import { useNow } from '../state/now.ts'
import { FollowUpDrawer } from './FollowUpDrawer.tsx'
import style from '../reports/reports.module.css'

const key = ['follow-ups']
const views: readonly FollowUpView[] = ['all', 'due', 'mine']

/** What must still happen after its contact is over, the most urgent first. */
export default function FollowUpsScreen() {
  const t = useT()
  const [view, setView] = useState<FollowUpView>('all')
  const [departmentId, setDepartmentId] = useState<string | null>(null)
  const [ownerId, setOwnerId] = useState<string | null>(null)
  const departments = useQuery({ queryKey: ['departments'], queryFn: loop.departments })
  const agents = useInbox((state) => Object.values(state.agents).filter(({ retired }) => !retired))
  const list = useInfiniteQuery({ queryKey: [...key, view, departmentId, ownerId], queryFn: ({ pageParam }) => api.list(view, { departmentId, ownerId }, pageParam), initialPageParam: null as string | null, getNextPageParam: (page) => page.nextCursor, staleTime: 0 })
  const [openId, setOpenId] = useState<string | null>(null)
  const queries = useQueryClient()
  useEffect(() => onFollowUpsChanged(() => void queries.invalidateQueries({ queryKey: key })), [queries])
  const rows = list.data?.pages.flatMap(({ items }) => items) ?? []
  return (
    <Page title={t('followUps.title')} text={t('followUps.text')} action={<SegmentedControl size="xs" aria-label={t('followUps.which')} value={view} onChange={(chosen) => setView(views.find((one) => one === chosen) ?? 'all')} data={views.map((value) => ({ value, label: t(`followUps.view.${value}`) }))} />}>
      <div className={style['bar']}>
        <Select size="xs" label={t('reports.followUp.department')} clearable placeholder={t('reports.followUp.anyDepartment')} value={departmentId} onChange={setDepartmentId} data={(departments.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))} />
        <Select size="xs" label={t('reports.followUp.owner')} clearable searchable placeholder={t('reports.followUp.anyOwner')} value={ownerId} onChange={setOwnerId} data={agents.map(({ id, name }) => ({ value: id, label: name }))} />
      </div>
      {list.isPending && <Loader size="sm" type="dots" aria-label={t('common.loading')} />}
      {list.isError && <p role="alert">{problemText(t, list.error)}</p>}
      {list.isSuccess && rows.length === 0 && <Empty icon={IconChecklist} title={t('followUps.empty')}>{t('followUps.emptyText')}</Empty>}
      {rows.length > 0 && (
        <Table.ScrollContainer minWidth={640}>
          <Table verticalSpacing="sm" highlightOnHover>
            <Table.Thead><Table.Tr><Table.Th>{t('followUps.what')}</Table.Th><Table.Th>{t('followUps.customer')}</Table.Th><Table.Th>{t('followUps.due')}</Table.Th><Table.Th>{t('followUps.owner')}</Table.Th><Table.Th>{t('reports.followUp.department')}</Table.Th><Table.Th><span className="visually-hidden">{t('followUps.actions')}</span></Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>{rows.map((row) => <FollowUpLine key={row.id} row={row} onOpen={() => setOpenId(row.id)} />)}</Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      {list.hasNextPage && <Button variant="subtle" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>{t('followUps.more')}</Button>}
      {openId && <FollowUpDrawer id={openId} onClose={() => setOpenId(null)} />}
    </Page>
  )
}

function FollowUpLine({ row, onOpen }: { row: FollowUp; onOpen: () => void }) {
  const t = useT()
  const formats = useFormats()
  const me = useMe()
  const now = useNow()
  const queries = useQueryClient()
  const { act, isBusy } = useAct()
  const owner = useInbox((state) => (row.ownerId === null ? null : (state.agents[row.ownerId]?.name ?? null)))
  const labelOf = useCustomerLabel()
  const departments = useQuery({ queryKey: ['departments'], queryFn: loop.departments })
  const isLate = row.handledAt === null && (row.overdueAt !== null || Date.parse(row.dueAt) < now)
  const take = (): void => void act(async () => {
    await api.change(row.id, { ownerId: me.id })
    await queries.invalidateQueries({ queryKey: key })
  })
  return (
    <Table.Tr>
      <Table.Td><Mark tone={row.kind === 'complaint' ? 'bad' : 'plain'}>{t(keyFor('followUpKind', row.kind, 'followUpKind.other'))}</Mark> <span dir="auto">{row.title}</span> {(row.recheck === 'sent' || row.recheck === 'expired') && <Mark tone={row.recheck === 'expired' ? 'warn' : 'plain'}>{t(`reports.followUp.mark.${row.recheck}`)}</Mark>}</Table.Td>
      <Table.Td><Link to="/inbox/$list/$conversationId" params={{ list: 'all', conversationId: row.conversationId }}>{labelOf(row.customerLabel)}</Link></Table.Td>
      <Table.Td>{formats.dateTime(row.dueAt)} {isLate && <Mark tone="bad">{t('followUps.overdue')}</Mark>}</Table.Td>
      <Table.Td>{owner ?? t('followUps.nobody')}</Table.Td>
      <Table.Td>{departments.data?.items.find(({ id }) => id === row.departmentId)?.name ?? '–'}</Table.Td>
      <Table.Td>
        <Group gap="xs" justify="flex-end" wrap="nowrap">
          {row.ownerId !== me.id && <Button size="xs" variant="default" loading={isBusy} onClick={take}>{t('followUps.takeIt')}</Button>}
          <Button size="xs" variant="light" onClick={onOpen}>{t('reports.followUp.open')}</Button>
        </Group>
      </Table.Td>
    </Table.Tr>
  )
}
