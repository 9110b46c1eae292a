import { useCallback, useEffect, useRef } from 'react'
import { applyListPage, applyUpsert } from '#contract/inbox-state.ts'
import type { ListName } from '#contract/staff-socket.ts'
import { contacts as api } from '../api/work.ts'
import { useAct } from '../state/act.ts'
import { inbox } from '../state/inbox.ts'

/** Asks for more of a list: its window's next page or, narrowed to a queue, the next page of that queue alone. */
export function useListPages(list: ListName, queueId: string | null): () => void {
  const { act } = useAct()
  const isAsking = useRef(false)
  // Where each narrowed list goes on; null at its end.
  const places = useRef(new Map<string, string | null>())
  const more = useCallback((): void => {
    const endCursor = list === 'offered' ? null : inbox.get().windows[list].endCursor
    if (list === 'offered' || endCursor === null || isAsking.current) return
    const place = `${list} ${queueId}`
    const cursor = queueId === null ? endCursor : places.current.get(place)
    if (cursor === null) return
    isAsking.current = true
    void act(async () => {
      const page = await api.list(list, cursor ?? null, queueId)
      if (queueId === null) return inbox.set((state) => applyListPage(state, list, page.items, page.nextCursor))
      places.current.set(place, page.nextCursor)
      inbox.set((state) => applyUpsert(state, { contacts: page.items }))
    }).finally(() => { isAsking.current = false })
  }, [act, list, queueId])
  // What the window holds of a queue may be nothing though there is more behind it.
  useEffect(() => { if (queueId !== null) more() }, [queueId, more])
  return more
}
