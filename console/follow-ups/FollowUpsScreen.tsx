import { useState } from 'react'
import { Button, Checkbox, Group, Loader, Modal, SegmentedControl, Select, Stack, Table, Textarea } from '@mantine/core'
import { IconChecklist } from '@tabler/icons-react'
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { FollowUp } from '#contract/api/followups.ts'
import { followUps as api, type FollowUpView } from '../api/settings.ts'
import { keyFor, useFormats, useT } from '../i18n.tsx'
import { Empty } from '../look/Empty.tsx'
import { useCustomerLabel } from '../look/customer-label.ts'
import { Mark } from '../look/Mark.tsx'
import { Page } from '../look/Page.tsx'
import { problemText, useAct } from '../state/act.ts'
import { useInbox } from '../state/inbox.ts'
import { useMe } from '../state/me.tsx'
import { useNow } from '../state/now.ts'

const key = ['follow-ups']
const views: readonly FollowUpView[] = ['all', 'due', 'mine']

/** What must still happen after its contact is over, the most urgent first. */
export default function FollowUpsScreen() {
  const t = useT()
  const [view, setView] = useState<FollowUpView>('all')
  const list = useInfiniteQuery({ queryKey: [...key, view], queryFn: ({ pageParam }) => api.list(view, pageParam), initialPageParam: null as string | null, getNextPageParam: (page) => page.nextCursor, staleTime: 0 })
  const [finishing, setFinishing] = useState<FollowUp | null>(null)
  const rows = list.data?.pages.flatMap(({ items }) => items) ?? []
  return (
    <Page title={t('followUps.title')} text={t('followUps.text')} action={<SegmentedControl size="xs" aria-label={t('followUps.which')} value={view} onChange={(chosen) => setView(views.find((one) => one === chosen) ?? 'all')} data={views.map((value) => ({ value, label: t(`followUps.view.${value}`) }))} />}>
      {list.isPending && <Loader size="sm" type="dots" aria-label={t('common.loading')} />}
      {list.isError && <p role="alert">{problemText(t, list.error)}</p>}
      {list.isSuccess && rows.length === 0 && <Empty icon={IconChecklist} title={t('followUps.empty')}>{t('followUps.emptyText')}</Empty>}
      {rows.length > 0 && (
        <Table.ScrollContainer minWidth={640}>
          <Table verticalSpacing="sm" highlightOnHover>
            <Table.Thead><Table.Tr><Table.Th>{t('followUps.what')}</Table.Th><Table.Th>{t('followUps.customer')}</Table.Th><Table.Th>{t('followUps.due')}</Table.Th><Table.Th>{t('followUps.owner')}</Table.Th><Table.Th><span className="visually-hidden">{t('followUps.actions')}</span></Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>{rows.map((row) => <FollowUpLine key={row.id} row={row} onFinish={() => setFinishing(row)} />)}</Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      {list.hasNextPage && <Button variant="subtle" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>{t('followUps.more')}</Button>}
      {finishing && <FinishDialog row={finishing} onClose={() => setFinishing(null)} />}
    </Page>
  )
}

function FollowUpLine({ row, onFinish }: { row: FollowUp; onFinish: () => void }) {
  const t = useT()
  const formats = useFormats()
  const me = useMe()
  const now = useNow()
  const queries = useQueryClient()
  const { act, isBusy } = useAct()
  const owner = useInbox((state) => (row.ownerId === null ? null : (state.agents[row.ownerId]?.name ?? null)))
  const labelOf = useCustomerLabel()
  const isLate = Date.parse(row.dueAt) < now
  const take = (): void => void act(async () => {
    await api.change(row.id, { ownerId: me.id })
    await queries.invalidateQueries({ queryKey: key })
  })
  return (
    <Table.Tr>
      <Table.Td><Mark tone={row.kind === 'complaint' ? 'bad' : 'plain'}>{t(keyFor('followUpKind', row.kind, 'followUpKind.other'))}</Mark> <span dir="auto">{row.title}</span></Table.Td>
      <Table.Td><Link to="/inbox/$list/$conversationId" params={{ list: 'all', conversationId: row.conversationId }}>{labelOf(row.customerLabel)}</Link></Table.Td>
      <Table.Td>{formats.dateTime(row.dueAt)} {isLate && <Mark tone="bad">{t('followUps.overdue')}</Mark>}</Table.Td>
      <Table.Td>{owner ?? t('followUps.nobody')}</Table.Td>
      <Table.Td>
        <Group gap="xs" justify="flex-end" wrap="nowrap">
          {row.ownerId !== me.id && <Button size="xs" variant="default" loading={isBusy} onClick={take}>{t('followUps.takeIt')}</Button>}
          <Button size="xs" variant="light" onClick={onFinish}>{t('followUps.finish')}</Button>
        </Group>
      </Table.Td>
    </Table.Tr>
  )
}

function FinishDialog({ row, onClose }: { row: FollowUp; onClose: () => void }) {
  const t = useT()
  const queries = useQueryClient()
  const { act, isBusy } = useAct()
  const causes = useQuery({ queryKey: ['causes'], queryFn: api.causes })
  const [remedy, setRemedy] = useState('')
  const [causeId, setCauseId] = useState<string | null>(row.causeId)
  const [isRechecked, setRechecked] = useState(row.recheckedAt !== null)
  const asksRecheck = row.kind === 'complaint' || row.kind === 'low-answer'
  const known = causes.data?.items ?? []
  const finish = async (): Promise<void> => {
    const done = await act(() => api.change(row.id, { state: 'closed', remedy: remedy.trim(), ...(asksRecheck ? { isRechecked } : {}), ...(causeId === null ? {} : { causeId, departmentId: known.find(({ id }) => id === causeId)?.departmentId ?? row.departmentId }) }))
    if (!done) return
    await queries.invalidateQueries({ queryKey: key })
    onClose()
  }
  return (
    <Modal opened onClose={onClose} title={t('followUps.finishTitle')} closeButtonProps={{ 'aria-label': t('common.close') }}>
      <Stack>
        <Textarea label={t('followUps.remedy')} autosize minRows={3} data-autofocus value={remedy} onChange={(event) => setRemedy(event.currentTarget.value)} />
        {known.length > 0 && <Select label={t('followUps.cause')} searchable value={causeId} onChange={setCauseId} data={known.map(({ id, name }) => ({ value: id, label: name }))} />}
        {asksRecheck && <Checkbox label={t('followUps.recheck')} checked={isRechecked} onChange={(event) => setRechecked(event.currentTarget.checked)} />}
        <Group justify="flex-end"><Button variant="default" onClick={onClose}>{t('common.cancel')}</Button><Button disabled={remedy.trim() === '' || (asksRecheck && !isRechecked)} loading={isBusy} onClick={() => void finish()}>{t('followUps.finish')}</Button></Group>
      </Stack>
    </Modal>
  )
}
