import { useEffect, useState } from 'preact/hooks'
import type { Person, Snapshot } from '../views.ts'
import { Backstage } from './backstage.tsx'
import type { DeviceName } from './device.tsx'
import { LocaleContext, type PageLocale, useWords } from './i18n.ts'
import { Mail } from './mail.tsx'
import { PersonPicker } from './person-picker.tsx'
import { Phone } from './phone.tsx'
import { Slack } from './slack.tsx'
import { Texts } from './texts.tsx'
import { useWorld } from './world.ts'

const devices: readonly DeviceName[] = ['phone', 'sms', 'whatsapp', 'slack', 'mail']
const narrow = '(max-width: 760px)'

/** The page: one person, five devices. */
export function App() {
  const [locale, setLocale] = useState<PageLocale>(navigator.language.startsWith('zh') ? 'zh' : 'en')
  useEffect(() => {
    document.documentElement.lang = locale === 'zh' ? 'zh-CN' : 'en'
  }, [locale])
  return (
    <LocaleContext.Provider value={locale}>
      <Page onLocale={() => setLocale(locale === 'zh' ? 'en' : 'zh')} />
    </LocaleContext.Provider>
  )
}

function Page({ onLocale }: { onLocale: () => void }) {
  const t = useWords()
  const { world, isLive, reload } = useWorld()
  const [personId, setPersonId] = useState(location.hash.slice(1))
  const people = world?.people ?? []
  const person = people.find((each) => each.id === personId) ?? people[0]
  useEffect(() => {
    document.title = person ? `${person.name} · ${t('title')}` : t('title')
  })
  return (
    <>
      <header class="top">
        <div class="brand">
          <h1>{t('title')}</h1>
          <p>{t('subtitle')}</p>
        </div>
        {person && (
          <PersonPicker
            people={people}
            person={person}
            onPick={(picked) => setPersonId(picked.id)}
            onAdd={(added) => {
              reload()
              setPersonId(added.id)
            }}
          />
        )}
        <div class="row">
          <span class={isLive ? 'live on' : 'live'} role="status">
            {isLive ? t('live') : t('stale')}
          </span>
          <ThemeButton />
          <button type="button" aria-label={t('languageLabel')} onClick={onLocale}>
            {t('language')}
          </button>
        </div>
      </header>
      <main>{world && person && <Devices key={person.id} world={world} person={person} />}</main>
      {world && person && <Backstage world={world} person={person} onChanged={reload} />}
    </>
  )
}

function ThemeButton() {
  const t = useWords()
  const [isDark, setDark] = useState(matchMedia('(prefers-color-scheme: dark)').matches)
  useEffect(() => {
    document.documentElement.style.colorScheme = isDark ? 'dark' : 'light'
  }, [isDark])
  return (
    <button type="button" onClick={() => setDark(!isDark)}>
      {isDark ? t('light') : t('dark')}
    </button>
  )
}

function Devices({ world, person }: { world: Snapshot; person: Person }) {
  const t = useWords()
  const isNarrow = useIsNarrow()
  const [shown, setShown] = useState<DeviceName>('sms')
  if (!isNarrow) {
    return (
      <div class="devices">
        {devices.map((name) => (
          <OneDevice key={name} name={name} world={world} person={person} />
        ))}
      </div>
    )
  }
  const move = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
    if (step === 0) return
    const next = devices[(devices.indexOf(shown) + step + devices.length) % devices.length] ?? 'sms'
    setShown(next)
    document.getElementById(`tab-${next}`)?.focus()
  }
  return (
    <>
      <div class="tabs" role="tablist" aria-label={t('devices')} onKeyDown={move}>
        {devices.map((name) => (
          <button key={name} type="button" role="tab" id={`tab-${name}`} aria-selected={name === shown} aria-controls="tabpanel" tabIndex={name === shown ? 0 : -1} onClick={() => setShown(name)}>
            {t(name)}
          </button>
        ))}
      </div>
      <div class="devices" role="tabpanel" id="tabpanel" aria-labelledby={`tab-${shown}`}>
        <OneDevice name={shown} world={world} person={person} />
      </div>
    </>
  )
}

function OneDevice({ name, world, person }: { name: DeviceName; world: Snapshot; person: Person }) {
  switch (name) {
    case 'phone':
      return <Phone world={world} person={person} />
    case 'sms':
    case 'whatsapp':
      return <Texts world={world} person={person} channel={name} />
    case 'slack':
      return <Slack world={world} person={person} />
    case 'mail':
      return <Mail world={world} person={person} />
  }
}

function useIsNarrow(): boolean {
  const [isNarrow, setNarrow] = useState(matchMedia(narrow).matches)
  useEffect(() => {
    const query = matchMedia(narrow)
    const change = () => setNarrow(query.matches)
    query.addEventListener('change', change)
    return () => query.removeEventListener('change', change)
  }, [])
  return isNarrow
}
