import { useState } from 'react'
import { Button } from '@mantine/core'
import type { SlaView } from '#contract/views.ts'
import { useT } from '../i18n.tsx'
import { Mark } from '../look/Mark.tsx'
import { SlaChip } from '../look/SlaChip.tsx'
import { SlaLedger } from './SlaLedger.tsx'
import style from './CustomerPanel.module.css'

/** Every promise that runs on this contact, with the time left. */
export function SlaClocks({ contactId, clocks }: { contactId: string; clocks: readonly SlaView[] }) {
  const t = useT()
  const [showsLedger, setShowsLedger] = useState(false)
  return (
    <section className={style['section']} aria-label={t('customer.sla')}>
      <h3>{t('customer.sla')}</h3>
      <ul className={style['list']}>
        {clocks.map((clock) => (
          <li key={`${clock.kind} ${clock.startedAt}`} className={style['row']}>
            <span className={style['grow']}>{t(`sla.${clock.kind}`)}</span>
            {clock.dueAt === null ? <Mark>{t('slaClock.paused')}</Mark> : <SlaChip clocks={[clock]} always />}
          </li>
        ))}
      </ul>
      <Button size="compact-xs" variant="subtle" mt={8} onClick={() => setShowsLedger(true)}>{t('promises.ledger.open')}</Button>
      {showsLedger && <SlaLedger contactId={contactId} onClose={() => setShowsLedger(false)} />}
    </section>
  )
}
