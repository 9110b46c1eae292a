import { Loader, Modal, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ContactView } from '#contract/views.ts'
import { contacts as api } from '../api/work.ts'
import { keyFor, useFormats, useT } from '../i18n.tsx'
import { Mark } from '../look/Mark.tsx'
import { problemText } from '../state/act.ts'
import { useInbox } from '../state/inbox.ts'
import style from './WhyDialog.module.css'

/** Why routing does with this contact what it does, agent by agent. */
export function WhyDialog({ contact, isOpen, onClose }: { contact: ContactView; isOpen: boolean; onClose: () => void }) {
  const t = useT()
  const formats = useFormats()
  const agents = useInbox((state) => state.agents)
  const nameOf = (id: string): string => agents[id]?.name ?? t('composer.somebody')
  const why = useQuery({ queryKey: ['why', contact.id, contact.version], queryFn: () => api.why(contact.id), enabled: isOpen, staleTime: 0 })
  return (
    <Modal opened={isOpen} onClose={onClose} title={t('why.title')} closeButtonProps={{ 'aria-label': t('common.close') }}>
      {why.isPending && <Loader size="sm" type="dots" aria-label={t('common.loading')} />}
      {why.isError && <Text c="red">{problemText(t, why.error)}</Text>}
      {why.data && (
        <Stack gap="sm">
          <Text size="sm">{why.data.reason === null ? t('why.noReason') : why.data.agentId === null ? t(keyFor('waitReason', why.data.reason, 'waitReason.other'), { code: why.data.reason }) : t('why.goesTo', { name: nameOf(why.data.agentId), reason: t(keyFor('why.rule', why.data.reason, 'why.rule.other')) })}</Text>
          {why.data.nextChangeAt !== null && <Text size="sm" c="dimmed">{t('why.nextChange', { at: formats.dateTime(why.data.nextChangeAt) })}</Text>}
          <ul className={style['list']}>
            {why.data.nextThree.map((id) => <li key={id}><span>{nameOf(id)}</span><Mark tone="good">{t('why.can')}</Mark></li>)}
            {Object.entries(why.data.excluded).map(([reason, { count, agentIds }]) => (
              <li key={reason}><span>{agentIds.length === 0 ? t('why.agents', { count }) : formats.list(agentIds.map(nameOf))}</span><Mark>{t(keyFor('waitReason', reason, 'waitReason.other'), { code: reason })}</Mark></li>
            ))}
          </ul>
          {why.data.offers.length > 0 && <Text size="sm" fw={600}>{t('why.offers')}</Text>}
          <ul className={style['list']}>
            {why.data.offers.map((offer) => (
              <li key={offer.id}><span>{nameOf(offer.agentId)} · {t(keyFor('why.rule', offer.reason, 'why.rule.other'))}<Text size="xs" c="dimmed">{formats.dateTime(offer.offeredAt)}</Text></span><Mark>{t(keyFor('offerResult', offer.result, 'offerResult.open'))}</Mark></li>
            ))}
          </ul>
        </Stack>
      )}
    </Modal>
  )
}
