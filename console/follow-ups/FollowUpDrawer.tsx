import { useState } from 'react'
import { Button, Drawer, Group, Loader, Select, Stack, Text, Textarea } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { FollowUpChange, FollowUpDetail } from '#contract/api/followups.ts'
import { loop } from '../api/reports.ts'
import { keyFor, useFormats, useT } from '../i18n.tsx'
import { useCustomerLabel } from '../look/customer-label.ts'
import { Mark } from '../look/Mark.tsx'
import { problemText, useAct } from '../state/act.ts'
import { useInbox } from '../state/inbox.ts'
import { isAtLeast, useMe } from '../state/me.tsx'
import { LoopPicture } from './LoopPicture.tsx'
import style from '../reports/reports.module.css'

const allNeeds = ['remedy', 'cause', 'department', 'recheck'] as const
type Need = (typeof allNeeds)[number]
const loopKinds: ReadonlySet<string> = new Set(['complaint', 'low-answer', 'late'])

/** One follow-up: where it stands, what happened, and what it still needs. */
export function FollowUpDrawer({ id, onClose }: { id: string; onClose: () => void }) {
  const t = useT()
  const followUp = useQuery({ queryKey: ['follow-ups', 'one', id], queryFn: () => loop.read(id), staleTime: 0 })
  const labelOf = useCustomerLabel()
  const row = followUp.data
  return (
    <Drawer opened onClose={onClose} position="right" size={560} title={row ? labelOf(row.customerLabel) : t('followUps.title')} closeButtonProps={{ 'aria-label': t('common.close') }}>
      {followUp.isPending && <Loader size="sm" type="dots" aria-label={t('common.loading')} />}
      {followUp.isError && <Text c="red" role="alert">{problemText(t, followUp.error)}</Text>}
      {row && <Detail row={row} />}
    </Drawer>
  )
}

function Detail({ row }: { row: FollowUpDetail }) {
  const t = useT()
  const formats = useFormats()
  const source = useSourceText(row)
  return (
    <Stack gap="lg">
      <Group gap="xs">
        <Mark tone={row.kind === 'complaint' ? 'bad' : 'plain'}>{t(keyFor('followUpKind', row.kind, 'followUpKind.other'))}</Mark>
        {row.state === 'closed' ? <Mark tone="good">{t('reports.followUp.closed')}</Mark> : <Mark tone={row.overdueAt ? 'bad' : 'plain'}>{t('reports.followUp.dueAt', { at: formats.dateTime(row.dueAt) })}</Mark>}
        <Link to="/inbox/$list/$conversationId" params={{ list: 'all', conversationId: row.conversationId }}>{t('reports.followUp.conversation')}</Link>
      </Group>
      {(row.title !== '' || source !== '') && <Text size="sm"><span dir="auto">{row.title}</span>{row.title !== '' && source !== '' && ' · '}{source}</Text>}
      <section aria-label={t('reports.followUp.picture')}><LoopPicture row={row} /></section>
      {row.state === 'open' && <Work key={row.remedy ?? ''} row={row} />}
      <section aria-label={t('reports.followUp.history')}>
        <Text fw={590} size="sm" mb={4}>{t('reports.followUp.history')}</Text>
        <History row={row} />
      </section>
    </Stack>
  )
}

function useSourceText({ source }: FollowUpDetail): string {
  const t = useT()
  const formats = useFormats()
  const { score, kind, clockKind, lateMs } = source
  if (typeof score === 'number') return t('reports.followUp.score', { score, max: kind === 'nps' || kind === 'csi' ? 10 : kind === 'ces' ? 7 : 5 })
  if (typeof lateMs === 'number' && typeof clockKind === 'string') return t('reports.followUp.lateBy', { promise: t(keyFor('sla', clockKind, 'sla.resolution')), late: formats.duration(lateMs) })
  return ''
}

/** What is to be done next, in the order of the loop: handle, hand over, check again, feed back. */
function Work({ row }: { row: FollowUpDetail }) {
  const t = useT()
  const queries = useQueryClient()
  const { act, isBusy } = useAct()
  const departments = useQuery({ queryKey: ['departments'], queryFn: loop.departments })
  const causes = useQuery({ queryKey: ['causes'], queryFn: loop.causes })
  const me = useMe()
  const people = useInbox((state) => Object.values(state.agents).filter(({ id, retired }) => !retired || id === row.ownerId))
  const mayGive = isAtLeast(me.role, 'supervisor') || row.ownerId === me.id
  const [remedy, setRemedy] = useState(row.remedy ?? '')
  const run = (work: () => Promise<unknown>): void => void act(async () => {
    await work()
    await queries.invalidateQueries({ queryKey: ['follow-ups'] })
  })
  const change = (to: FollowUpChange): void => run(() => loop.change(row.id, to))
  const isLoop = loopKinds.has(row.kind)
  const lacks: Record<Need, boolean> = {
    remedy: row.remedy === null, cause: isLoop && row.causeId === null && (causes.data?.items.length ?? 0) > 0, department: isLoop && row.departmentId === null && (departments.data?.items.length ?? 0) > 0, recheck: isLoop && row.recheck === 'none',
  }
  const needs = allNeeds.filter((need) => lacks[need])
  return (
    <Stack gap="sm">
      <Group grow align="flex-start">
        {(causes.data?.items.length ?? 0) > 0 && <Select size="sm" label={t('reports.followUp.cause')} searchable value={row.causeId} onChange={(causeId) => change({ causeId })} disabled={isBusy} data={(causes.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))} />}
        {(departments.data?.items.length ?? 0) > 0 && <Select size="sm" label={t('reports.followUp.handOver')} searchable value={row.departmentId} onChange={(departmentId) => change({ departmentId })} disabled={isBusy} data={(departments.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))} />}
      </Group>
      {mayGive && <Select size="sm" label={t('reports.followUp.owner')} searchable clearable placeholder={t('reports.followUp.nobody')} value={row.ownerId} onChange={(ownerId) => change({ ownerId })} disabled={isBusy} data={people.map(({ id, name }) => ({ value: id, label: name }))} />}
      <Textarea label={t('reports.followUp.remedy')} autosize minRows={2} maxLength={2000} value={remedy} onChange={(event) => setRemedy(event.currentTarget.value)} />
      <Group gap="xs"><Button size="xs" variant={row.remedy === null ? 'filled' : 'default'} loading={isBusy} disabled={remedy.trim() === '' || remedy.trim() === row.remedy} onClick={() => change({ remedy: remedy.trim() })}>{t('reports.followUp.handled')}</Button></Group>
      {row.recheck === 'sent' && <Text size="sm" role="status">{t('reports.followUp.isAsked')}</Text>}
      {row.remedy !== null && (row.recheck === 'none' || row.recheck === 'expired') && (
        <div>
          {row.recheck === 'expired' && <Text size="sm" mb={6} role="status">{t('reports.followUp.notAnswered')}</Text>}
          <Group gap="xs">
            {row.contactId !== null && <Button size="xs" loading={isBusy} variant={row.recheck === 'none' ? 'filled' : 'default'} onClick={() => run(() => loop.recheck(row.id))}>{t(row.recheck === 'none' ? 'reports.followUp.ask' : 'reports.followUp.askAgain')}</Button>}
            <Button size="xs" variant="default" loading={isBusy} onClick={() => change({ isRechecked: true })}>{t('reports.followUp.byHand')}</Button>
          </Group>
          {row.contactId !== null && <Text size="xs" c="dimmed" mt={4}>{t('reports.followUp.checkText')}</Text>}
        </div>
      )}
      <Group gap="sm">
        <Button size="sm" loading={isBusy} disabled={needs.length > 0} onClick={() => change({ state: 'closed' })}>{t('reports.followUp.close')}</Button>
        {needs.length > 0 && <NeedsText needs={needs} />}
      </Group>
    </Stack>
  )
}

function NeedsText({ needs }: { needs: readonly Need[] }) {
  const t = useT()
  const formats = useFormats()
  return <Text size="xs" c="dimmed">{t('reports.followUp.still', { what: formats.list(needs.map((need) => t(`reports.followUp.needs.${need}`))) })}</Text>
}

function History({ row }: { row: FollowUpDetail }) {
  const t = useT()
  const formats = useFormats()
  const agents = useInbox((state) => state.agents)
  const departments = useQuery({ queryKey: ['departments'], queryFn: loop.departments })
  const causes = useQuery({ queryKey: ['causes'], queryFn: loop.causes })
  const nameOf = (list: { id: string; name: string }[] | undefined, id: string | number | null | undefined): string => list?.find((one) => one.id === id)?.name ?? t('reports.followUp.unknown')
  const agentOf = (id: string | number | null | undefined): string => (typeof id === 'string' ? (agents[id]?.name ?? t('reports.followUp.unknown')) : t('reports.followUp.nobody'))
  return (
    <ol className={style['history']}>
      {row.steps.map(({ id, step, actorId, facts, at }) => (
        <li key={id}>
          <time dateTime={at}>{formats.dateTime(at)}</time>
          <span dir="auto">
            {t(`reports.followUp.step.${step}`, { who: agentOf(facts['ownerId']), department: nameOf(departments.data?.items, facts['departmentId']), cause: nameOf(causes.data?.items, facts['causeId']), remedy: String(facts['remedy'] ?? ''), score: String(facts['score'] ?? '') })}
            {actorId && <span className={style['grey']}> · {agentOf(actorId)}</span>}
          </span>
        </li>
      ))}
    </ol>
  )
}
