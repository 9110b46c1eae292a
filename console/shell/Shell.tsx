import { useEffect } from 'react'
import { Tooltip } from '@mantine/core'
import { IconChartBar, IconChecklist, IconInbox, IconReportAnalytics, IconSettings, type Icon } from '@tabler/icons-react'
import { Link, Outlet } from '@tanstack/react-router'
import { listOf, isUnread, type InboxState } from '#contract/inbox-state.ts'
import { CallBar } from '../calls/CallBar.tsx'
import { useT } from '../i18n.tsx'
import { Logo } from '../look/Logo.tsx'
import { useInbox } from '../state/inbox.ts'
import { isAtLeast, useMe } from '../state/me.tsx'
import { AccountMenu } from './AccountMenu.tsx'
import { ConnectionState } from './ConnectionState.tsx'
import { Notifications } from './Notifications.tsx'
import { OfferCards } from './OfferCards.tsx'
import { PresenceMenu } from './PresenceMenu.tsx'
import { ShortcutHelp } from './ShortcutHelp.tsx'
import style from './Shell.module.css'

const unreadCount = (state: InboxState): number => listOf(state, 'mine').filter((contact) => isUnread(state, contact)).length
const offeredCount = (state: InboxState): number => listOf(state, 'offered').length

/** What is around every screen: where to go, how one is doing, whether what one sees is right. */
export function Shell() {
  const t = useT()
  const me = useMe()
  const unread = useInbox(unreadCount)
  const offered = useInbox(offeredCount)

  useEffect(() => {
    const count = unread + offered
    document.title = count > 0 ? t('shell.titleCount', { count }) : t('shell.title')
    const badge = count > 0 ? navigator.setAppBadge?.(count) : navigator.clearAppBadge?.()
    // Not every browser lets a page that is not installed have a badge; the title says the same.
    badge?.catch(() => undefined)
  }, [unread, offered, t])

  return (
    <div className={style['shell']}>
      <a className={style['skip']} href="#main">{t('shell.skip')}</a>
      <nav className={style['rail']} aria-label={t('shell.navigation')}>
        <span className={style['logo']}><Logo size={30} /></span>
        <Place to="/inbox" icon={IconInbox} label={t('shell.inbox')} count={unread + offered} />
        {isAtLeast(me.role, 'supervisor') && <Place to="/board" icon={IconChartBar} label={t('shell.board')} />}
        {isAtLeast(me.role, 'supervisor') && <Place to="/reports" icon={IconReportAnalytics} label={t('reports.title')} />}
        <Place to="/follow-ups" icon={IconChecklist} label={t('shell.followUps')} />
        {isAtLeast(me.role, 'admin') && <Place to="/settings" icon={IconSettings} label={t('shell.settings')} />}
        <span className={style['gap']} />
        <Notifications />
        <ConnectionState />
        <PresenceMenu />
        <AccountMenu />
      </nav>
      <main className={style['main']} id="main" tabIndex={-1}>
        <CallBar />
        <Outlet />
      </main>
      <OfferCards />
      <ShortcutHelp />
    </div>
  )
}

function Place({ to, icon: Shape, label, count = 0 }: { to: '/inbox' | '/board' | '/follow-ups' | '/reports' | '/settings'; icon: Icon; label: string; count?: number }) {
  const t = useT()
  return (
    <Tooltip label={label} position="right">
      <Link to={to} className={style['place']} activeProps={{ 'data-active': true }} activeOptions={{ exact: false }} aria-label={count > 0 ? t('shell.placeCount', { place: label, count }) : label}>
        <Shape size={21} stroke={1.6} aria-hidden />
        {count > 0 && <span className={style['count']} aria-hidden data-count={count > 99 ? '99+' : count} />}
      </Link>
    </Tooltip>
  )
}
