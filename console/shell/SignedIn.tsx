import { useEffect, type ReactNode } from 'react'
import { Button, Loader } from '@mantine/core'
import { IconCloudOff } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { ApiProblem, whenSignedOut } from '../api/http.ts'
import { useT } from '../i18n.tsx'
import { Empty } from '../look/Empty.tsx'
import { startConnection, stopConnection } from '../state/connection.ts'
import { forgetEverything, screen, useScreen } from '../state/inbox.ts'
import { MeProvider, useSession } from '../state/me.tsx'
import { rememberSession } from '../state/session-hint.ts'
import { chooseLocale } from '../state/preferences.ts'
import style from './SignedIn.module.css'

const goodbyeOf = (held: { goodbye: string | null }): string | null => held.goodbye

/** Lets in who is signed in, and holds their connection; everybody else is sent to sign in and comes back to where they were going. */
export function SignedIn({ children }: { children: ReactNode }) {
  const t = useT()
  const session = useSession()
  const queries = useQueryClient()
  const router = useRouter()
  const goodbye = useScreen(goodbyeOf)
  const isSignedIn = session.data !== undefined && !session.isError
  const isStranger = session.error instanceof ApiProblem && session.error.status === 401

  useEffect(() => {
    // Who was not signed in is told nothing by "no longer": it would sign them out again right after signing in.
    if (!isSignedIn) return
    whenSignedOut(() => screen.set((held) => ({ ...held, goodbye: 'signed-out' })))
    return () => whenSignedOut(() => {})
  }, [isSignedIn])
  useEffect(() => {
    if (!isSignedIn) return
    startConnection()
    return stopConnection
  }, [isSignedIn])
  useEffect(() => {
    if (session.data) chooseLocale(session.data.locale)
  }, [session.data])
  useEffect(() => {
    if (goodbye === null || !isSignedIn) return
    stopConnection()
    rememberSession(false)
    forgetEverything()
    screen.set((held) => ({ ...held, goodbye: null }))
    queries.removeQueries()
    toSignIn(router)
  }, [goodbye, isSignedIn, queries, router])
  useEffect(() => {
    if (isStranger) toSignIn(router)
  }, [isStranger, router])

  if (session.isPending || isStranger) return <div className={style['wait']}><Loader type="dots" aria-label={t('common.loading')} /></div>
  if (!session.data) {
    return (
      <Empty icon={IconCloudOff} title={t('failed.unreachable')}>
        <Button mt="sm" onClick={() => void session.refetch()}>{t('failed.again')}</Button>
      </Empty>
    )
  }
  return <MeProvider me={session.data}>{children}</MeProvider>
}

/** Where they were going is read once, now: read while going there it would name the sign-in screen itself. */
function toSignIn(router: ReturnType<typeof useRouter>): void {
  const { href } = router.state.location
  if (!href.startsWith('/sign-in')) void router.navigate({ to: '/sign-in', search: href === '/' ? {} : { from: href }, replace: true })
}
