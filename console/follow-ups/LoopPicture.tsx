import type { FollowUpDetail } from '#contract/api/followups.ts'
import { useFormats, useT } from '../i18n.tsx'
import style from '../reports/reports.module.css'

/** The loop as a picture: recorded → handled → checked again → fed back. */
export function LoopPicture({ row }: { row: FollowUpDetail }) {
  const t = useT()
  const formats = useFormats()
  const on = (at: string): string => t('reports.followUp.stepText.recorded', { at: formats.dateTime(at) })
  const todo = t('reports.followUp.stepText.todo')
  const checked = ((): string => {
    switch (row.recheck) {
      case 'none': return todo
      case 'sent': return t('reports.followUp.stepText.waiting')
      case 'answered': return t('reports.followUp.stepText.answered', { score: row.recheckScore ?? '' })
      case 'expired': return t('reports.followUp.stepText.expired')
      case 'by-hand': return t('reports.followUp.stepText.by-hand')
    }
  })()
  const steps = [
    { name: 'recorded', isDone: true, text: on(row.createdAt) },
    { name: 'handled', isDone: row.handledAt !== null, text: row.handledAt ? on(row.handledAt) : todo },
    { name: 'rechecked', isDone: row.recheck !== 'none' && row.recheck !== 'sent', text: checked },
    { name: 'fed-back', isDone: row.closedAt !== null, text: row.closedAt ? on(row.closedAt) : todo },
  ] as const
  const now = steps.findIndex(({ isDone }) => !isDone)
  return (
    <ol className={style['steps']}>
      {steps.map(({ name, isDone, text }, at) => <li key={name} data-state={isDone ? 'done' : at === now ? 'now' : 'todo'} aria-current={at === now ? 'step' : undefined}><strong>{t(`reports.followUp.stepName.${name}`)}</strong>{text}</li>)}
    </ol>
  )
}
