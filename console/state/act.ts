import { useCallback, useState } from 'react'
import { notifications } from '@mantine/notifications'
import { ApiProblem } from '../api/http.ts'
import { keyFor, useT, type T } from '../i18n.tsx'

/** Runs something that asks the server, and says what went wrong in the reader's language. Answers whether it went well. */
export function useAct(): { act: (work: () => Promise<unknown>) => Promise<boolean>; isBusy: boolean } {
  const t = useT()
  const [isBusy, setIsBusy] = useState(false)
  const act = useCallback(async (work: () => Promise<unknown>) => {
    setIsBusy(true)
    try {
      await work()
      return true
    } catch (error) {
      notifications.show({ color: 'red', title: t('problem.title'), message: problemText(t, error), closeButtonProps: { 'aria-label': t('common.close') } })
      return false
    } finally {
      setIsBusy(false)
    }
  }, [t])
  return { act, isBusy }
}

/** The sentence for a problem: ours by code, else the server's own, else a general one. Bugs are thrown on. */
export function problemText(t: T, error: unknown): string {
  if (!(error instanceof ApiProblem)) throw error
  const key = keyFor('problem', error.code, 'problem.other')
  return key === 'problem.other' && error.detail !== null ? error.detail : t(key, { code: error.code, ...error.facts })
}
