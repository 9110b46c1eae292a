import { useEffect, type ComponentType } from 'react'
import { IconLock } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useT } from '../i18n.tsx'
import { Empty } from '../look/Empty.tsx'
import { onSettingsChanged } from '../state/connection.ts'
import { isAtLeast, useMe } from '../state/me.tsx'
import { ApiKeys } from './ApiKeys.tsx'
import { Audit } from './Audit.tsx'
import { Calendars } from './Calendars.tsx'
import { Channels } from './Channels.tsx'
import { Departments } from './Departments.tsx'
import { Dimensions } from './Dimensions.tsx'
import { Dispositions } from './Dispositions.tsx'
import { People } from './People.tsx'
import { Quarantine } from './Quarantine.tsx'
import { Queues } from './Queues.tsx'
import { SlaPolicies } from './SlaPolicies.tsx'
import { Surveys } from './Surveys.tsx'
import { Teams } from './Teams.tsx'
import style from './SettingsScreen.module.css'

const sections = {
  people: People, teams: Teams, queues: Queues, channels: Channels, calendars: Calendars, dispositions: Dispositions, sla: SlaPolicies, surveys: Surveys, dimensions: Dimensions, departments: Departments, 'api-keys': ApiKeys, quarantine: Quarantine, audit: Audit,
} as const satisfies Record<string, ComponentType>
type SectionName = keyof typeof sections
// The keys of a literal object are what its type says they are.
const names = Object.keys(sections) as SectionName[]

/** On phones the sections are a strip that scrolls sideways: the one shown must be seen in it. */
function showInStrip(link: HTMLAnchorElement | null): void {
  link?.scrollIntoView({ block: 'nearest', inline: 'center' })
}

export default function SettingsScreen() {
  const t = useT()
  const me = useMe()
  const queries = useQueryClient()
  const { section } = useParams({ strict: false })
  const name = names.find((one) => one === section) ?? 'people'
  const Section = sections[name]
  useEffect(() => onSettingsChanged(() => void queries.invalidateQueries({ queryKey: ['settings'] })), [queries])
  if (!isAtLeast(me.role, 'admin')) return <Empty icon={IconLock} title={t('settings.adminsOnly')}>{t('settings.adminsOnlyText')}</Empty>
  return (
    <div className={style['screen']}>
      <nav className={style['nav']} aria-label={t('settings.label')}>
        <h1>{t('shell.settings')}</h1>
        {names.map((one) => <Link key={one} to="/settings/$section" params={{ section: one }} aria-current={one === name ? 'page' : undefined} ref={one === name ? showInStrip : undefined}>{t(`settings.section.${one}`)}</Link>)}
      </nav>
      <Section />
    </div>
  )
}
