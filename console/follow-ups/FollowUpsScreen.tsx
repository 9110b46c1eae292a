import { useEffect, useState } from 'react'
import { Button, Group, Loader, SegmentedControl, Select, Table } from '@mantine/core'
import { IconChecklist } from '@tabler/icons-react'
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { followUpKinds, type FollowUp, type FollowUpKind } from '#contract/api/followups.ts'
import { loop } from '../api/reports.ts'
import { followUps as api } from '../api/settings.ts'
import { keyFor, useFormats, useT } from '../i18n.tsx'
import { Empty } from '../look/Empty.tsx'
import { useCustomerLabel } from '../look/customer-label.ts'
import { Mark } from '../look/Mark.tsx'
import { Page } from '../look/Page.tsx'
import { Rows } from '../look/Rows.tsx'
import { problemText, useAct } from '../state/act.ts'
import { onFollowUpsChanged } from '../state/connection.ts'
import { useInbox } from '../state/inbox.ts'
import { useMe } from '../state/me.tsx'
import { useNow } from '../state/now.ts'
import { FollowUpDrawer } from './FollowUpDrawer.tsx'
import style from '../reports/reports.module.css'

const key = ['follow-ups']
const views = ['all', 'due', 'unowned', 'mine', 'closed'] as const
type View = (typeof views)[number]

/** What must still happen after its contact is over, the most urgent first; and what was done. */
export default function FollowUpsScreen() {
  const t = useT()
  const navigate = useNavigate()
  const openId = useParams({ strict: false }).followUpId
  const [view, setView] = useState<View>('all')
  const [departmentId, setDepartmentId] = useState<string | null>(null)
  const [ownerId, setOwnerId] = useState<string | null>(null)
  const [kind, setKind] = useState<FollowUpKind | null>(null)
  const departments = useQuery({ queryKey: ['departments'], queryFn: loop.departments })
  const agents = useInbox((state) => Object.values(state.agents).filter(({ retired }) => !retired))
  const list = useInfiniteQuery({
    queryKey: [...key, view, departmentId, ownerId, kind], queryFn: ({ pageParam }) => api.list(view === 'closed' ? { view: 'all', state: 'closed' } : { view, state: 'open' }, { departmentId, ownerId, kind }, pageParam),
    initialPageParam: null as string | null, getNextPageParam: (page) => page.nextCursor, staleTime: 0,
  })
  const queries = useQueryClient()
  useEffect(() => onFollowUpsChanged(() => void queries.invalidateQueries({ queryKey: key })), [queries])
  const rows = list.data?.pages.flatMap(({ items }) => items) ?? []
  const isNarrowed = view !== 'all' || departmentId !== null || ownerId !== null || kind !== null
  return (
    <Page title={t('followUps.title')} text={t('followUps.text')}>
      <div className={style['tabs']}>
        <SegmentedControl aria-label={t('followUps.which')} value={view} onChange={(chosen) => setView(views.find((one) => one === chosen) ?? 'all')} data={views.map((value) => ({ value, label: t(`followUps.view.${value}`) }))} />
      </div>
      <div className={style['bar']}>
        <Select size="xs" label={t('followUps.kind')} clearable placeholder={t('followUps.anyKind')} value={kind} onChange={(chosen) => setKind(followUpKinds.find((one) => one === chosen) ?? null)} data={followUpKinds.map((value) => ({ value, label: t(`followUpKind.${value}`) }))} />
        <Select size="xs" label={t('reports.followUp.department')} clearable placeholder={t('reports.followUp.anyDepartment')} value={departmentId} onChange={setDepartmentId} data={(departments.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))} />
        <Select size="xs" label={t('reports.followUp.owner')} clearable searchable placeholder={t('reports.followUp.anyOwner')} value={ownerId} onChange={setOwnerId} data={agents.map(({ id, name }) => ({ value: id, label: name }))} />
      </div>
      {list.isPending && <Loader size="sm" type="dots" aria-label={t('common.loading')} />}
      {list.isError && <p role="alert">{problemText(t, list.error)}</p>}
      {list.isSuccess && rows.length === 0 && (isNarrowed ? <Empty icon={IconChecklist} title={t('followUps.emptyView')} /> : <Empty icon={IconChecklist} title={t('followUps.empty')}>{t('followUps.emptyText')}</Empty>)}
      {rows.length > 0 && (
        <Rows minWidth={760} verticalSpacing="sm" highlightOnHover aria-label={t('followUps.title')}>
          <Table.Thead><Table.Tr><Table.Th>{t('followUps.what')}</Table.Th><Table.Th>{t('followUps.customer')}</Table.Th><Table.Th>{t(view === 'closed' ? 'followUps.closedAt' : 'followUps.due')}</Table.Th><Table.Th>{t('followUps.owner')}</Table.Th><Table.Th>{t('reports.followUp.department')}</Table.Th><Table.Th><span className="visually-hidden">{t('followUps.actions')}</span></Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>{rows.map((row) => <FollowUpLine key={row.id} row={row} />)}</Table.Tbody>
        </Rows>
      )}
      {list.hasNextPage && <Button variant="subtle" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>{t('followUps.more')}</Button>}
      {openId !== undefined && <FollowUpDrawer id={openId} onClose={() => void navigate({ to: '/follow-ups' })} />}
    </Page>
  )
}

function FollowUpLine({ row }: { row: FollowUp }) {
  const t = useT()
  const formats = useFormats()
  const me = useMe()
  const now = useNow()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const { act, isBusy } = useAct()
  const owner = useInbox((state) => (row.ownerId === null ? null : (state.agents[row.ownerId]?.name ?? null)))
  const customer = useCustomerLabel()(row.customerLabel)
  const departments = useQuery({ queryKey: ['departments'], queryFn: loop.departments })
  const isLate = row.handledAt === null && (row.overdueAt !== null || Date.parse(row.dueAt) < now)
  const isOthers = row.ownerId !== null && row.ownerId !== me.id
  const mayTake = row.state === 'open' && row.ownerId !== me.id && (!isOthers || me.role !== 'agent')
  const take = (): void => void act(async () => {
    await api.change(row.id, { ownerId: me.id })
    await queries.invalidateQueries({ queryKey: key })
  })
  return (
    <Table.Tr>
      <Table.Td><Mark tone={row.kind === 'complaint' ? 'bad' : 'plain'}>{t(keyFor('followUpKind', row.kind, 'followUpKind.other'))}</Mark> <span dir="auto">{row.title}</span> {(row.recheck === 'sent' || row.recheck === 'expired') && <Mark tone={row.recheck === 'expired' ? 'warn' : 'plain'}>{t(`reports.followUp.mark.${row.recheck}`)}</Mark>}</Table.Td>
      <Table.Td data-label={t('followUps.customer')}><Link to="/inbox/$list/$conversationId" params={{ list: 'all', conversationId: row.conversationId }}>{customer}</Link></Table.Td>
      <Table.Td data-label={t(row.closedAt === null ? 'followUps.due' : 'followUps.closedAt')}>{formats.dateTime(row.closedAt ?? row.dueAt)} {isLate && <Mark tone="bad">{t('followUps.overdue')}</Mark>}</Table.Td>
      <Table.Td data-label={t('followUps.owner')}>{owner ?? t('followUps.nobody')}</Table.Td>
      <Table.Td data-label={t('reports.followUp.department')}>{departments.data?.items.find(({ id }) => id === row.departmentId)?.name ?? '–'}</Table.Td>
      <Table.Td data-wide>
        <Group gap="xs" justify="flex-end" wrap="nowrap">
          {mayTake && <Button size="xs" variant="default" loading={isBusy} aria-label={t('followUps.takeNamed', { customer })} onClick={take}>{t('followUps.takeIt')}</Button>}
          <Button size="xs" variant="light" aria-label={t('followUps.openNamed', { customer })} onClick={() => void navigate({ to: '/follow-ups/$followUpId', params: { followUpId: row.id } })}>{t('reports.followUp.open')}</Button>
        </Group>
      </Table.Td>
    </Table.Tr>
  )
}
