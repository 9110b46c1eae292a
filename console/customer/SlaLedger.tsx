import { Loader, Modal, Stack, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { SlaLedgerClock } from '#contract/api/sla.ts'
import { promises } from '../api/promises.ts'
import { keyFor, useFormats, useT } from '../i18n.tsx'
import { Mark } from '../look/Mark.tsx'
import { problemText } from '../state/act.ts'
import { useInbox } from '../state/inbox.ts'
import { SlaPicture } from './SlaPicture.tsx'
import style from './SlaLedger.module.css'

/** Why a promise was kept or missed: each clock as a picture of its intervals, and the same in words. */
export function SlaLedger({ contactId, onClose }: { contactId: string; onClose: () => void }) {
  const t = useT()
  const formats = useFormats()
  const agents = useInbox((state) => state.agents)
  const ledger = useQuery({ queryKey: ['sla-ledger', contactId], queryFn: () => promises.ledger(contactId), staleTime: 0, gcTime: 0 })
  const watchers = ledger.data?.watcherIds.map((id) => agents[id]?.name ?? '–') ?? []
  return (
    <Modal opened onClose={onClose} size="xl" title={t('promises.ledger.title')} closeButtonProps={{ 'aria-label': t('common.close') }}>
      {ledger.isPending && <Loader size="sm" type="dots" aria-label={t('common.loading')} />}
      {ledger.isError && <Text c="red" role="alert">{problemText(t, ledger.error)}</Text>}
      {ledger.data?.clocks.length === 0 && <Text c="dimmed">{t('promises.ledger.none')}</Text>}
      {ledger.data && (
        <Stack gap="xl">
          {watchers.length > 0 && <Text size="sm">{t('promises.ledger.watchers', { names: formats.list(watchers) })}</Text>}
          {ledger.data.clocks.toReversed().map((clock) => <Clock key={clock.id} clock={clock} now={ledger.data.at} />)}
        </Stack>
      )}
    </Modal>
  )
}

function Clock({ clock, now }: { clock: SlaLedgerClock; now: string }) {
  const t = useT()
  const formats = useFormats()
  const times = { worked: formats.duration(clock.workedMs), target: formats.duration(clock.targetMs) }
  return (
    <section aria-label={t(`sla.${clock.kind}`)}>
      <header className={style['head']}>
        <h3>{t(`sla.${clock.kind}`)}</h3>
        {clock.breachedAt === null ? <Mark tone={clock.state === 'met' ? 'good' : 'plain'}>{t(`promises.ledger.state.${clock.state}`)}</Mark> : <Mark tone="bad">{clock.lateMs > 0 ? t('promises.ledger.late', { time: formats.duration(clock.lateMs) }) : t('promises.ledger.missed')}</Mark>}
        <span className={style['soft']}>{t('promises.ledger.worked', times)} · {t('promises.ledger.policy', { name: clock.policy })}</span>
      </header>
      <SlaPicture clock={clock} now={now} label={t('promises.ledger.picture', { kind: t(`sla.${clock.kind}`), ...times })} />
      <Intervals clock={clock} />
      {clock.escalations.length > 0 && <Escalations clock={clock} />}
    </section>
  )
}

function Intervals({ clock }: { clock: SlaLedgerClock }) {
  const t = useT()
  const formats = useFormats()
  const why = (code: string): string => t(keyFor('promises.ledger.why', code, 'promises.ledger.why.other'), { code })
  return (
    <Table.ScrollContainer minWidth={520}>
      <Table verticalSpacing={6} fz="sm" aria-label={t('promises.ledger.what')}>
        <Table.Thead><Table.Tr><Table.Th>{t('promises.ledger.from')}</Table.Th><Table.Th>{t('promises.ledger.to')}</Table.Th><Table.Th>{t('promises.ledger.what')}</Table.Th><Table.Th ta="right">{t('promises.ledger.counted')}</Table.Th></Table.Tr></Table.Thead>
        <Table.Tbody>
          {clock.intervals.map((interval) => (
            <Table.Tr key={`${interval.from} ${interval.does}`}>
              <Table.Td className="tabular">{formats.dateTime(interval.from)}</Table.Td>
              <Table.Td className="tabular">{interval.to === null ? t('promises.ledger.now') : formats.dateTime(interval.to)}</Table.Td>
              <Table.Td>
                {t('promises.ledger.because', { what: interval.does === 'run' ? t('promises.ledger.runs') : t('promises.ledger.pauses'), why: why(interval.because) })}
                <span className={style['soft']}>{interval.does === 'run' && <> · {interval.hours === null ? t('promises.ledger.always') : t('promises.ledger.hours', { name: interval.hours })}</>}{interval.until !== null && <> · {t('promises.ledger.ended', { why: why(interval.until) })}</>}</span>
              </Table.Td>
              <Table.Td ta="right" className="tabular">{interval.does === 'run' ? formats.duration(interval.workedMs) : '–'}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}

function Escalations({ clock }: { clock: SlaLedgerClock }) {
  const t = useT()
  const formats = useFormats()
  const reason = (code: string | null): string => t(keyFor('promises.ledger.reason', code, 'promises.ledger.reason.other'), { code: code ?? '–' })
  return (
    <>
      <h4 className={style['sub']}>{t('promises.ledger.steps')}</h4>
      <ul className={style['list']}>
        {clock.escalations.map((one, at) => (
          <li key={at}>
            <span className="tabular">{formats.percent(one.share)} · {formats.dateTime(one.at)}</span> {t(keyFor('promises.policy.action', one.action, 'promises.ledger.why.other'), { code: one.action })}: {t(`promises.ledger.step.${one.state}`, { reason: reason(one.reason) })}
          </li>
        ))}
      </ul>
    </>
  )
}
