import { Loader, Modal, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { wholeMinutes } from '#contract/expected-wait.ts'
import type { ContactView } from '#contract/views.ts'
import { contacts as api, type RoutingExplanation } from '../api/work.ts'
import { settings } from '../api/settings.ts'
import { keyFor, useFormats, useT } from '../i18n.tsx'
import { Excluded, Explanation } from '../look/Explanation.tsx'
import { Mark } from '../look/Mark.tsx'
import { problemText } from '../state/act.ts'
import { useInbox } from '../state/inbox.ts'
import style from './WhyDialog.module.css'

/** Why routing does with this contact what it does, agent by agent, and what it did before. */
export function WhyDialog({ contact, isOpen, onClose }: { contact: ContactView; isOpen: boolean; onClose: () => void }) {
  const t = useT()
  const why = useQuery({ queryKey: ['why', contact.id, contact.version], queryFn: () => api.why(contact.id), enabled: isOpen, staleTime: 0 })
  return (
    <Modal opened={isOpen} onClose={onClose} title={t('why.title')} closeButtonProps={{ 'aria-label': t('common.close') }}>
      {why.isPending && <Loader size="sm" type="dots" aria-label={t('common.loading')} />}
      {why.isError && <Text c="red">{problemText(t, why.error)}</Text>}
      {why.data && (
        <Stack gap="sm">
          {(why.data.waiting || why.data.offers.length === 0) && <Explanation of={why.data} />}
          <Standing why={why.data} />
          <Demands why={why.data} />
          <Offers offers={why.data.offers} />
          <History history={why.data.history} />
        </Stack>
      )}
    </Modal>
  )
}

/** Where it stands in the line, and what of the wait is left. */
function Standing({ why: { ahead, expected } }: { why: RoutingExplanation }) {
  const t = useT()
  if (ahead === null) return null
  const minutes = expected && wholeMinutes(expected)
  return <Text size="sm">{ahead === 0 ? t('routing.preview.aheadNone') : t('routing.preview.ahead', { count: ahead })}{minutes && ` ${minutes.from === minutes.to ? t('routing.why.expected', { count: minutes.to }) : t('routing.why.expectedRange', minutes)}`}</Text>
}

function Demands({ why }: { why: RoutingExplanation }) {
  const t = useT()
  const formats = useFormats()
  const skills = useQuery({ queryKey: ['settings', 'skills'], queryFn: settings.skills.list, enabled: why.skills.length > 0 })
  const named = why.skills.map(({ skillId, level }) => t('routing.preview.skill', { name: skills.data?.items.find(({ id }) => id === skillId)?.name ?? '–', level }))
  return (
    <>
      {named.length > 0 && <Text size="sm">{t('routing.why.asked', { skills: formats.list(named) })}</Text>}
      {why.nextRingAt !== null && <Text size="sm" c="dimmed">{t('routing.why.nextRing', { at: formats.dateTime(why.nextRingAt) })}</Text>}
    </>
  )
}

/** "Why this agent?": the rule that chose each, who came next and who could not. */
function Offers({ offers }: { offers: RoutingExplanation['offers'] }) {
  const t = useT()
  const formats = useFormats()
  const agents = useInbox((state) => state.agents)
  const nameOf = (id: string): string => agents[id]?.name ?? t('composer.somebody')
  if (offers.length === 0) return null
  return (
    <section aria-label={t('routing.why.offers')}>
      <Text size="sm" fw={600}>{t('routing.why.offers')}</Text>
      {offers.map((offer) => (
        <details key={offer.id} className={style['offer']}>
          <summary><span>{nameOf(offer.agentId)} · {t(keyFor('routing.why.rule', offer.reason, 'routing.why.rule.other'))}<Text span size="xs" c="dimmed"> {formats.dateTime(offer.offeredAt)}</Text></span><Mark>{t(keyFor('offerResult', offer.result, 'offerResult.open'))}</Mark></summary>
          <ul className={style['list']}>
            {offer.nextThree.map((id) => <li key={id}><span>{nameOf(id)}</span><Mark tone="good">{t('routing.why.next')}</Mark></li>)}
            <Excluded excluded={offer.excluded} />
          </ul>
        </details>
      ))}
    </section>
  )
}

function History({ history }: { history: RoutingExplanation['history'] }) {
  const t = useT()
  const formats = useFormats()
  if (history.length === 0) return null
  return (
    <section aria-label={t('routing.why.history')}>
      <Text size="sm" fw={600}>{t('routing.why.history')}</Text>
      <ul className={style['list']}>{history.map((one) => <li key={one.at}><span>{t(keyFor('waitReason', one.reason, 'waitReason.other'), { code: one.reason })}</span><Text size="xs" c="dimmed">{formats.dateTime(one.at)}</Text></li>)}</ul>
    </section>
  )
}
