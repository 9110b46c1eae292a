import { useEffect } from 'react'
import { Button } from '@mantine/core'
import { IconAlertTriangle, IconMicrophone, IconMicrophoneOff, IconPhone, IconPhoneOff } from '@tabler/icons-react'
import { useT } from '../i18n.tsx'
import { useStore } from '../state/store.ts'
import { hangUpHere, setMuted, startTelephone, telephone, tryTelephoneAgain, type Telephone } from './telephone.ts'
import style from './CallBar.module.css'

const all = (held: Telephone): Telephone => held

/** The call this browser is in, over every screen; or why it cannot be rung. Nothing where calls ring elsewhere. */
export function CallBar() {
  const t = useT()
  const { is, isMuted, problem } = useStore(telephone, all)
  useEffect(() => startTelephone(), [])
  if (problem !== null) {
    return (
      <section className={style['bar']} data-call data-problem role="alert">
        <IconAlertTriangle size={18} aria-hidden />
        <span className={style['text']}><strong>{t(`telephone.problem.${problem}`)}</strong> {t(`telephone.remedy.${problem}`)}</span>
        <Button size="compact-sm" variant="default" onClick={tryTelephoneAgain}>{t('telephone.again')}</Button>
      </section>
    )
  }
  if (is !== 'connecting' && is !== 'talking') return null
  return (
    <section className={style['bar']} data-call aria-label={t('telephone.label')}>
      <IconPhone size={18} aria-hidden />
      <span className={style['text']} role="status">{is === 'connecting' ? t('telephone.connecting') : isMuted ? t('telephone.muted') : t('telephone.talking')}</span>
      <Button size="compact-sm" variant="default" aria-pressed={isMuted} disabled={is !== 'talking'} leftSection={isMuted ? <IconMicrophoneOff size={15} aria-hidden /> : <IconMicrophone size={15} aria-hidden />} onClick={() => setMuted(!isMuted)}>
        {isMuted ? t('telephone.unmute') : t('telephone.mute')}
      </Button>
      <Button size="compact-sm" color="red" variant="light" leftSection={<IconPhoneOff size={15} aria-hidden />} onClick={hangUpHere}>{t('telephone.hangUp')}</Button>
    </section>
  )
}
