import { lazy, Suspense, type ReactNode } from 'react'
import { createRootRoute, createRoute, createRouter, redirect } from '@tanstack/react-router'
import { Loader } from '@mantine/core'
import { Shell } from './shell/Shell.tsx'
import { SignedIn } from './shell/SignedIn.tsx'
import { NotFound, ScreenFailed } from './shell/Failed.tsx'
import { InboxScreen } from './inbox/InboxScreen.tsx'
import { SignIn } from './sign-in/SignIn.tsx'
import { AcceptInvite, ForgottenPassword, ResetPassword } from './sign-in/ByLink.tsx'
import { isListName } from './inbox/lists.ts'

const Board = lazy(() => import('./board/BoardScreen.tsx'))
const FollowUps = lazy(() => import('./follow-ups/FollowUpsScreen.tsx'))
const Reports = lazy(() => import('./reports/ReportsScreen.tsx'))
const Settings = lazy(() => import('./settings/SettingsScreen.tsx'))
const Account = lazy(() => import('./account/AccountScreen.tsx'))

const later = (node: ReactNode): ReactNode => <Suspense fallback={<Loader m="xl" size="sm" type="dots" />}>{node}</Suspense>

const root = createRootRoute({ notFoundComponent: NotFound, errorComponent: ScreenFailed })
const withFrom = (search: Record<string, unknown>): { from?: string } => (typeof search['from'] === 'string' ? { from: search['from'] } : {})

const signIn = createRoute({ getParentRoute: () => root, path: '/sign-in', component: SignIn, validateSearch: withFrom })
const forgotten = createRoute({ getParentRoute: () => root, path: '/forgotten-password', component: ForgottenPassword })
const reset = createRoute({ getParentRoute: () => root, path: '/reset-password', component: ResetPassword })
const join = createRoute({ getParentRoute: () => root, path: '/join', component: AcceptInvite })

const staff = createRoute({ getParentRoute: () => root, id: 'staff', component: () => <SignedIn><Shell /></SignedIn> })
const home = createRoute({ getParentRoute: () => staff, path: '/', beforeLoad: () => { throw redirect({ to: '/inbox/$list', params: { list: 'mine' } }) } })
const inboxHome = createRoute({ getParentRoute: () => staff, path: '/inbox', beforeLoad: () => { throw redirect({ to: '/inbox/$list', params: { list: 'mine' } }) } })
const inboxList = createRoute({
  getParentRoute: () => staff, path: '/inbox/$list', component: InboxScreen,
  beforeLoad: ({ params }) => { if (!isListName(params.list)) throw redirect({ to: '/inbox/$list', params: { list: 'mine' } }) },
})
const inboxConversation = createRoute({ getParentRoute: () => inboxList, path: '/$conversationId' })
const board = createRoute({ getParentRoute: () => staff, path: '/board', component: () => later(<Board />) })
const followUps = createRoute({ getParentRoute: () => staff, path: '/follow-ups', component: () => later(<FollowUps />) })
const followUp = createRoute({ getParentRoute: () => staff, path: '/follow-ups/$followUpId', component: () => later(<FollowUps />) })
const reportsHome = createRoute({ getParentRoute: () => staff, path: '/reports', beforeLoad: () => { throw redirect({ to: '/reports/$report', params: { report: 'surveys' } }) } })
const reports = createRoute({ getParentRoute: () => staff, path: '/reports/$report', component: () => later(<Reports />) })
const settingsHome = createRoute({ getParentRoute: () => staff, path: '/settings', beforeLoad: () => { throw redirect({ to: '/settings/$section', params: { section: 'people' } }) } })
const settings = createRoute({ getParentRoute: () => staff, path: '/settings/$section', component: () => later(<Settings />) })
const account = createRoute({ getParentRoute: () => staff, path: '/account', component: () => later(<Account />) })

export const router = createRouter({
  routeTree: root.addChildren([
    signIn, forgotten, reset, join,
    staff.addChildren([home, inboxHome, inboxList.addChildren([inboxConversation]), board, followUps, followUp, reportsHome, reports, settingsHome, settings, account]),
  ]),
  defaultPreload: false,
})

declare module '@tanstack/react-router' {
  interface Register { router: typeof router }
}
