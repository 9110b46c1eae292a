import { useEffect, useState } from 'react'
import { IconMessages } from '@tabler/icons-react'
import { useParams } from '@tanstack/react-router'
import { useT } from '../i18n.tsx'
import { ConversationPane } from '../conversation/ConversationPane.tsx'
import { CustomerPanel } from '../customer/CustomerPanel.tsx'
import { Empty } from '../look/Empty.tsx'
import { preferences } from '../state/preferences.ts'
import { useStore } from '../state/store.ts'
import { ContactLists } from './ContactLists.tsx'
import { isListName } from './lists.ts'
import style from './InboxScreen.module.css'

const detailsChoice = (held: { showsDetails: boolean }): boolean => held.showsDetails

/** Lists, conversation, customer: three panes where there is room, one over the other where there is not. */
export function InboxScreen() {
  const t = useT()
  const { list, conversationId } = useParams({ strict: false })
  const name = list !== undefined && isListName(list) ? list : 'mine'
  const showsDetailsWide = useStore(preferences, detailsChoice)
  const [showsDetailsNarrow, setShowsDetailsNarrow] = useState(false)
  useEffect(() => setShowsDetailsNarrow(false), [conversationId])

  const toggleDetails = (): void => {
    if (matchMedia('(max-width: 1180px)').matches) setShowsDetailsNarrow((shown) => !shown)
    else preferences.set((held) => ({ ...held, showsDetails: !held.showsDetails }))
  }

  return (
    <div className={style['screen']} data-open={conversationId !== undefined || undefined} data-wide-details={showsDetailsWide || undefined} data-narrow-details={showsDetailsNarrow || undefined}>
      <section className={style['lists']} aria-label={t('inbox.listsLabel')}><ContactLists list={name} conversationId={conversationId ?? null} /></section>
      {conversationId === undefined ? (
        <section className={style['conversation']}><Empty icon={IconMessages} title={t('inbox.nothingOpen')}>{t('inbox.nothingOpenText')}</Empty></section>
      ) : (
        <>
          <section className={style['conversation']} aria-label={t('conversation.label')}><ConversationPane key={conversationId} list={name} conversationId={conversationId} onDetails={toggleDetails} /></section>
          <aside className={style['details']} aria-label={t('customer.label')}><CustomerPanel key={conversationId} conversationId={conversationId} onClose={toggleDetails} /></aside>
        </>
      )}
    </div>
  )
}
