import type { Standing } from '#contract/api/standing.ts'
import { keyFor, useT } from '../i18n.tsx'

/** Why a customer stands where they stand, in words. */
export function useStageReason(): (reason: Standing['reasons'][number]) => string {
  const t = useT()
  return ({ code, facts }) => {
    const days = Number(facts['days'] ?? 0)
    const since = days === 0 ? t('reports.since.today') : t('reports.since.days', { count: days })
    const ago = days === 0 ? t('reports.ago.today') : t('reports.ago.days', { count: days })
    return t(keyFor('reports.reason', code, 'reports.reason.other'), { ...facts, since, ago })
  }
}
