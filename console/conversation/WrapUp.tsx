import { useEffect, useState } from 'react'
import { Button, Progress } from '@mantine/core'
import { contacts as api } from '../api/work.ts'
import { useFormats, useT } from '../i18n.tsx'
import { useAct } from '../state/act.ts'
import { useNow } from '../state/now.ts'
import { isAtLeast, useMe } from '../state/me.tsx'
import { CloseDialog } from './CloseDialog.tsx'
import { useContact } from './use-conversation.ts'
import style from './WrapUp.module.css'

/** After the work on a contact: how much time is left to write it up, and being done earlier. */
export function WrapUp({ conversationId }: { conversationId: string }) {
  const t = useT()
  const formats = useFormats()
  const me = useMe()
  const contact = useContact(conversationId)
  const now = useNow()
  const { act, isBusy } = useAct()
  const [isClosing, setIsClosing] = useState(false)
  const [startedMs, setStartedMs] = useState(now)
  const until = contact?.state === 'wrap-up' ? contact.wrapUpUntil : null
  useEffect(() => { if (until !== null) setStartedMs(now) }, [until])
  if (!contact || contact.state !== 'wrap-up' || (contact.wrapUpBy !== me.id && !isAtLeast(me.role, 'supervisor'))) return null
  const leftMs = until === null ? 0 : Math.max(0, Date.parse(until) - now)
  const wholeMs = until === null ? 1 : Math.max(1, Date.parse(until) - startedMs)
  return (
    <section className={style['wrapUp']} aria-label={t('contactState.wrap-up')}>
      <div className={style['text']}>
        <strong>{t('wrapUp.title')}</strong>
        <span className="tabular">{until === null ? '' : t('wrapUp.left', { time: formats.duration(leftMs) })}</span>
      </div>
      <Progress className={style['bar']} value={(leftMs / wholeMs) * 100} size={4} aria-label={t('wrapUp.title')} />
      <Button variant="default" onClick={() => setIsClosing(true)}>{t('wrapUp.disposition')}</Button>
      <Button loading={isBusy} onClick={() => void act(() => api.wrapUpDone(contact.id))}>{t('wrapUp.done')}</Button>
      <CloseDialog contact={contact} isOpen={isClosing} onClose={() => setIsClosing(false)} />
    </section>
  )
}
