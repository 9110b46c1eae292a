import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { CustomerView, SuggestionView } from '#contract/views.ts'
import { customers as api } from '../api/work.ts'
import { keyFor, useFormats, useT } from '../i18n.tsx'
import { useCustomerLabel } from '../look/customer-label.ts'
import { useAct } from '../state/act.ts'
import style from './CustomerPanel.module.css'

/** Somebody who may be the same person, with what speaks for it. A person decides. */
export function Suggestions({ suggestions, customer }: { suggestions: readonly SuggestionView[]; customer: CustomerView }) {
  const t = useT()
  const formats = useFormats()
  const labelOf = useCustomerLabel()
  const { act, isBusy } = useAct()
  return (
    <section className={style['section']} aria-label={t('suggestion.title')}>
      <h3>{t('suggestion.title')}</h3>
      <ul className={style['list']}>
        {suggestions.map((suggestion) => {
          const other = suggestion.customerA.id === customer.id ? suggestion.customerB : suggestion.customerA
          return (
            <li key={suggestion.id} className={style['box']}>
              <p>{t('suggestion.maybe')} <Link to="/inbox/$list/$conversationId" params={{ list: 'all', conversationId: other.conversationId }}><b dir="auto">{labelOf(other.label)}</b></Link></p>
              <ul>
                {suggestion.evidence.map((evidence) => (
                  <li key={`${evidence.code} ${evidence.value}`}>{t(keyFor('evidenceCode', evidence.code, 'evidenceCode.other'), { value: evidence.value, code: evidence.code })} <span className={style['small']}>{formats.dateTime(evidence.at)}</span></li>
                ))}
              </ul>
              <div className={style['buttons']}>
                <Button size="xs" loading={isBusy} onClick={() => void act(() => api.acceptSuggestion(suggestion.id))}>{t('suggestion.accept')}</Button>
                <Button size="xs" variant="default" disabled={isBusy} onClick={() => void act(() => api.dismissSuggestion(suggestion.id))}>{t('suggestion.dismiss')}</Button>
              </div>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
