import { memo } from 'react'
import { IconEyeOff } from '@tabler/icons-react'
import type { MessageView } from '#contract/views.ts'
import { useT } from '../i18n.tsx'
import { CallItem } from './CallItem.tsx'
import { MessageItem } from './MessageItem.tsx'
import { SystemItem } from './SystemItem.tsx'
import style from './SystemItem.module.css'

export const TimelineItem = memo(function TimelineItem({ message, continues }: { message: MessageView; continues: boolean }) {
  const t = useT()
  if (message.restricted) return <p className={style['line']}><IconEyeOff size={14} aria-hidden />{t('timeline.restricted')}</p>
  switch (message.kind) {
    case 'system': return <SystemItem message={message} />
    case 'call': return <CallItem message={message} />
    case 'text': case 'file': case 'note': return <MessageItem message={message} continues={continues} />
  }
})
