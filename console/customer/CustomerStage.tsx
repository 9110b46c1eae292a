import { useQuery } from '@tanstack/react-query'
import { standings } from '../api/reports.ts'
import { useT } from '../i18n.tsx'
import { Mark, type Tone } from '../look/Mark.tsx'
import type { CustomerStage as Stage } from '#contract/words.ts'
import { useStageReason } from './stage-reason.ts'
import style from './CustomerPanel.module.css'

const tones: Record<Stage, Tone> = { prospect: 'plain', customer: 'plain', loyal: 'good', 'at-risk': 'bad', lost: 'warn', 'won-back': 'good' }

/** Where the customer stands with us, and why. Nothing until it has been worked out. */
export function CustomerStage({ customerId }: { customerId: string }) {
  const t = useT()
  const found = useQuery({ queryKey: ['standings', 'of', customerId], queryFn: () => standings.of(customerId), staleTime: 60_000 })
  const reasonOf = useStageReason()
  const standing = found.data?.items[0]
  if (!standing) return null
  return (
    <section className={style['section']} aria-label={t('reports.stages')}>
      <p>
        <Mark tone={tones[standing.stage]}>{t(`reports.stage.${standing.stage}`)}</Mark> {standing.valueClass && <Mark>{t('reports.valueClass', { name: standing.valueClass })}</Mark>}
        {standing.reasons.map((reason, at) => <span key={at}> · {reasonOf(reason)}</span>)}
      </p>
    </section>
  )
}
