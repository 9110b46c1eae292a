import { useEffect } from 'react'
import { Button, Menu, RingProgress } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import type { InboxState } from '#contract/inbox-state.ts'
import type { OfferView } from '#contract/views.ts'
import { offers as api } from '../api/work.ts'
import { keyFor, useT } from '../i18n.tsx'
import { ChannelIcon } from '../look/ChannelIcon.tsx'
import { useCustomerLabel, useSnippet } from '../look/customer-label.ts'
import { Mark } from '../look/Mark.tsx'
import { useAct } from '../state/act.ts'
import { useInbox } from '../state/inbox.ts'
import { onKey } from '../state/keys.ts'
import { useNow } from '../state/now.ts'
import { useOfferSound } from './offer-sound.ts'
import style from './OfferCards.module.css'

const myOffers = (state: InboxState): OfferView[] =>
  Object.values(state.offers).filter((offer) => !offer.ended && offer.agentId === state.meId).toSorted((a, b) => a.expiresAt.localeCompare(b.expiresAt))

const declineReasons = ['busy', 'wrong-skill', 'conflict', 'other'] as const

/** What is offered to me, over everything else, until I answer or my time is up. */
export function OfferCards() {
  const offers = useInbox(myOffers)
  useOfferSound(offers)
  return (
    <div className={style['stack']} aria-live="assertive" data-offers={offers.length > 0 || undefined}>
      {offers.map((offer, at) => <OfferCard key={offer.id} offer={offer} isFirst={at === 0} />)}
    </div>
  )
}

function OfferCard({ offer, isFirst }: { offer: OfferView; isFirst: boolean }) {
  const t = useT()
  const navigate = useNavigate()
  const now = useNow()
  const customer = useCustomerLabel()(offer.customerLabel)
  const snippet = useSnippet()
  const { act, isBusy } = useAct()
  const queue = useInbox((state) => state.queues.find(({ id }) => id === offer.queueId)?.name ?? '')
  const from = useInbox((state) => (offer.fromAgentId === null ? null : (state.agents[offer.fromAgentId]?.name ?? null)))
  const totalMs = Math.max(1, Date.parse(offer.expiresAt) - Date.parse(offer.offeredAt))
  // This clock may be behind the hub's.
  const leftMs = Math.min(totalMs, Math.max(0, Date.parse(offer.expiresAt) - now))
  const seconds = Math.ceil(leftMs / 1000)

  const accept = async (): Promise<void> => {
    const accepted = await act(() => api.accept(offer.id))
    if (accepted) await navigate({ to: '/inbox/$list/$conversationId', params: { list: 'mine', conversationId: offer.conversationId } })
  }
  useEffect(() => (isFirst ? onKey('a', () => void accept()) : undefined))

  return (
    <section className={style['card']} aria-label={t('offer.label', { customer })} data-urgent={seconds <= 5 || undefined} data-compact={!isFirst || undefined}>
      <header className={style['head']}>
        <span className={style['icon']}><ChannelIcon channel={offer.channel} size={20} /></span>
        <div className={style['who']}>
          <strong dir="auto">{customer}</strong>
          <span className={style['what']}>{t('offer.what', { kind: t(`offerKind.${offer.kind}`), channel: t(`channel.${offer.channel}`), queue })}</span>
        </div>
        <RingProgress
          size={44} thickness={3.5} roundCaps rootColor="var(--line)" sections={[{ value: (leftMs / totalMs) * 100, color: seconds <= 5 ? 'var(--bad)' : 'var(--accent)' }]}
          label={<span className={style['seconds']} aria-label={t('offer.secondsLeft', { count: seconds })} role="timer" aria-live="off">{seconds}</span>}
        />
      </header>
      {from !== null && <p className={style['note']}>{t('offer.from', { name: from })}{offer.note ? <q>{offer.note}</q> : null}</p>}
      {offer.snippet && <p className={style['snippet']} dir="auto"><span>{snippet(offer.snippet)}</span></p>}
      <div className={style['marks']}>
        {offer.unverified && <Mark tone="warn">{t('marks.unverified')}</Mark>}
        <Mark>{t(keyFor('offerReason', offer.reason, 'offerReason.other'))}</Mark>
      </div>
      <div className={style['actions']}>
        <Button flex={1} loading={isBusy} onClick={() => void accept()}>{t('offer.accept')}</Button>
        <Menu position="top-end">
          <Menu.Target><Button variant="default" disabled={isBusy}>{t('offer.decline')}</Button></Menu.Target>
          <Menu.Dropdown>
            <Menu.Label>{t('offer.why')}</Menu.Label>
            {declineReasons.map((reason) => <Menu.Item key={reason} onClick={() => void act(() => api.decline(offer.id, reason))}>{t(`declineReason.${reason}`)}</Menu.Item>)}
          </Menu.Dropdown>
        </Menu>
      </div>
    </section>
  )
}
