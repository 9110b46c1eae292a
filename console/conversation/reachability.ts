import { useMemo } from 'react'
import { useQuery, keepPreviousData } from '@tanstack/react-query'
import type { InboxState } from '#contract/inbox-state.ts'
import { conversations as api, type ReachableChannel } from '../api/work.ts'
import { keyFor, type T } from '../i18n.tsx'
import { useInbox } from '../state/inbox.ts'

/** The ways to this customer. Asked again when something arrived or changed that may open or close one. */
export function useReachability(conversationId: string) {
  const select = useMemo(() => (state: InboxState) => fingerprintOf(state, conversationId), [conversationId])
  const fingerprint = useInbox(select)
  return useQuery({ queryKey: ['reachability', conversationId, fingerprint], queryFn: () => api.reachability(conversationId), placeholderData: keepPreviousData })
}

/** The ways to write: a call that is going on is talked on, nothing is written down the line. */
export function writableOf(options: readonly ReachableChannel[]): ReachableChannel[] {
  return options.map((option) => (option.channel === 'voice' && option.reachable ? { ...option, reachable: false, reason: 'spoken-only', isDefault: false } : option))
}

export function reasonText(t: T, reason: string | null): string {
  return t(keyFor('unreachable', reason, 'unreachable.other'), { code: reason ?? '' })
}

function fingerprintOf(state: InboxState, conversationId: string): string {
  const customer = Object.values(state.customers).find((held) => held.conversationId === conversationId)
  let latest = ''
  for (const message of Object.values(state.messages[conversationId] ?? {})) if (message.direction === 'inbound' && message.at > latest) latest = message.at
  const sessions = Object.values(state.sessions).map((session) => `${session.id}${session.state}`).join()
  return `${customer?.version ?? 0} ${latest} ${sessions}`
}
