import { useEffect } from 'react'
import { Loader } from '@mantine/core'
import { IconMessageOff } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import type { ListName } from '#contract/staff-socket.ts'
import { keyFor, useT } from '../i18n.tsx'
import { Empty } from '../look/Empty.tsx'
import { screen, useInbox, useScreen } from '../state/inbox.ts'
import { Composer } from './Composer.tsx'
import { ConversationHeader } from './ConversationHeader.tsx'
import { Asked } from './moving/Asked.tsx'
import { Helpers } from './moving/Helpers.tsx'
import { useContact, useOpenConversation } from './use-conversation.ts'
import { Timeline } from './Timeline.tsx'
import { WrapUp } from './WrapUp.tsx'
import style from './ConversationPane.module.css'

/** One customer's conversation over all channels, and the place to answer. */
export function ConversationPane({ list, conversationId, onDetails }: { list: ListName; conversationId: string; onDetails: () => void }) {
  const t = useT()
  useOpenConversation(conversationId)
  const navigate = useNavigate()
  const movedTo = useScreen((state) => (state.movedTo?.from === conversationId ? state.movedTo.to : null))
  useEffect(() => {
    if (movedTo === null) return
    // Once: after an undo the conversation is there again.
    screen.set((held) => ({ ...held, movedTo: null }))
    void navigate({ to: '/inbox/$list/$conversationId', params: { list, conversationId: movedTo }, replace: true })
  }, [movedTo, list, navigate])
  const contact = useContact(conversationId)
  const isHeld = useInbox((state) => state.conversations[conversationId] !== undefined)
  const problem = useScreen((state) => (state.openProblem?.conversationId === conversationId ? state.openProblem.code : null))
  if (problem !== null && !isHeld) return <Empty icon={IconMessageOff} title={t('conversation.cannotOpen')}>{t(keyFor('problem', problem, 'problem.other'), { code: problem })}</Empty>
  return (
    <div className={style['pane']}>
      <ConversationHeader list={list} conversationId={conversationId} onDetails={onDetails} />
      {contact && <Helpers contact={contact} />}
      {contact && <Asked contact={contact} />}
      {isHeld ? <Timeline conversationId={conversationId} /> : <div className={style['loading']}><Loader size="sm" type="dots" aria-label={t('common.loading')} /></div>}
      <WrapUp conversationId={conversationId} />
      {isHeld && <Composer conversationId={conversationId} />}
    </div>
  )
}
