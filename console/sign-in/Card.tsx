import type { FormEvent, ReactNode } from 'react'
import { SegmentedControl } from '@mantine/core'
import { locales } from '#contract/words.ts'
import { useLocale, useT } from '../i18n.tsx'
import { chooseLocale } from '../state/preferences.ts'
import { Logo } from '../look/Logo.tsx'
import style from './Card.module.css'

/** The page around every screen of somebody who is not signed in. */
export function Card({ title, text, onSubmit, children }: { title: string; text?: string; onSubmit: () => void; children: ReactNode }) {
  const t = useT()
  const locale = useLocale()
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    onSubmit()
  }
  return (
    <main className={style['page']}>
      <section className={style['card']}>
        <Logo size={40} />
        <h1 className={style['title']}>{title}</h1>
        {text !== undefined && <p className={style['text']}>{text}</p>}
        <form className={style['form']} onSubmit={submit} noValidate>{children}</form>
      </section>
      <SegmentedControl
        className={style['language']} size="xs" aria-label={t('account.language')} value={locale}
        onChange={(chosen) => chooseLocale(chosen === 'zh' ? 'zh' : 'en')}
        data={locales.map((value) => ({ value, label: t(`locale.${value}`) }))}
      />
    </main>
  )
}
