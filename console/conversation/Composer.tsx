import { useEffect, useRef, useState, type ClipboardEvent, type DragEvent, type KeyboardEvent } from 'react'
import { ActionIcon, Alert, Button, FileButton, SegmentedControl, TextInput, Textarea, Tooltip } from '@mantine/core'
import { IconAlertTriangle, IconPaperclip, IconSend2, IconUsers } from '@tabler/icons-react'
import type { Channel } from '#contract/words.ts'
import { keyFor, useFormats, useT } from '../i18n.tsx'
import { sendTyping } from '../state/connection.ts'
import { keepDraft, readDraft, type Draft } from '../state/drafts.ts'
import { useInbox } from '../state/inbox.ts'
import { onKey } from '../state/keys.ts'
import { send } from '../state/outbox.ts'
import { useMe } from '../state/me.tsx'
import { RoutePicker } from './RoutePicker.tsx'
import { reasonText, useReachability, writableOf } from './reachability.ts'
import { routeKey } from './route.ts'
import { UploadChips, useUploads } from './uploads.tsx'
import { useContact } from './use-conversation.ts'
import style from './Composer.module.css'

const typingEveryMs = 3000

/** Where an answer or a note is written; says over what it goes, who will read it, and what stands against it. */
export function Composer({ conversationId }: { conversationId: string }) {
  const t = useT()
  const formats = useFormats()
  const me = useMe()
  const contact = useContact(conversationId)
  const owner = useInbox((state) => (contact?.ownerId ? (state.agents[contact.ownerId]?.name ?? null) : null))
  const reach = useReachability(conversationId)
  const [draft, setDraft] = useState<Draft>(() => readDraft(conversationId))
  const [isDropping, setIsDropping] = useState(false)
  const box = useRef<HTMLTextAreaElement>(null)
  const typingSaid = useRef({ at: 0, chatsWith: null as string | null })
  const uploads = useUploads(draft.attachments, (attachments) => change({ attachments }))

  const change = (part: Partial<Draft>): void => setDraft((held) => ({ ...held, ...part }))
  useEffect(() => keepDraft(conversationId, draft), [conversationId, draft])
  useEffect(() => {
    const focus = (kind: Draft['kind']): void => { change({ kind }); box.current?.focus() }
    const ends = [onKey('r', () => focus('reply')), onKey('n', () => focus('note'))]
    return () => ends.forEach((end) => end())
  }, [])

  const channels = writableOf(reach.data?.options ?? [])
  const chosen = channels.find((channel) => routeKey(channel) === draft.route) ?? channels.find((channel) => channel.isDefault) ?? channels.find((channel) => channel.reachable)
  const isNote = draft.kind === 'note'
  const isOthers = contact?.ownerId != null && contact.ownerId !== me.id && contact.state !== 'closed'
  const cannot = isNote ? null : channels.length === 0 ? (reach.isSuccess ? t('composer.noChannel') : null) : chosen && !chosen.reachable ? reasonText(t, chosen.reason) : null
  const chatsWith = !isNote && chosen?.channel === 'webchat' ? chosen.identityId : null
  const hasContent = draft.text.trim() !== '' || draft.attachments.length > 0
  const maySend = hasContent && !uploads.isBusy && (isNote || chosen?.reachable === true)

  const submit = (): void => {
    if (!maySend) return
    const text = draft.text.trim()
    const channel: Channel = isNote ? (contact?.channel ?? 'webchat') : (chosen?.channel ?? 'webchat')
    const clientId = crypto.randomUUID()
    const subject = !isNote && chosen?.channel === 'email' && draft.subject.trim() !== '' ? draft.subject.trim() : null
    void send({
      clientId, conversationId, kind: draft.kind, channel, address: isNote ? null : (chosen?.address ?? null), subject, text, attachments: draft.attachments,
      request: {
        clientId, kind: draft.kind, text, attachmentIds: draft.attachments.map(({ id }) => id), ...(subject === null ? {} : { subject }),
        ...(isNote || !chosen ? {} : { channel: chosen.channel, identityId: chosen.identityId, accountId: chosen.accountId }),
      },
    })
    setDraft((held) => ({ ...held, text: '', subject: '', attachments: [] }))
    sendTyping(conversationId, false, chatsWith)
    typingSaid.current = { at: 0, chatsWith: null }
    box.current?.focus()
  }

  const onType = (text: string): void => {
    change({ text })
    const said = typingSaid.current
    if (isNote || (Date.now() - said.at < typingEveryMs && said.chatsWith === chatsWith)) return
    typingSaid.current = { at: Date.now(), chatsWith }
    sendTyping(conversationId, true, chatsWith)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) { event.preventDefault(); submit() }
    if (event.key === 'Escape') box.current?.blur()
  }
  const onPaste = (event: ClipboardEvent): void => {
    const pasted = [...event.clipboardData.files]
    if (pasted.length > 0) { event.preventDefault(); uploads.add(pasted) }
  }
  const onDrop = (event: DragEvent): void => {
    event.preventDefault()
    setIsDropping(false)
    uploads.add([...event.dataTransfer.files])
  }

  return (
    <section
      className={style['composer']} aria-label={t('composer.label')} data-note={isNote || undefined} data-dropping={isDropping || undefined}
      onDragOver={(event) => { event.preventDefault(); setIsDropping(true) }} onDragLeave={() => setIsDropping(false)} onDrop={onDrop}
    >
      {!isNote && isOthers && <Alert color="yellow" p="xs">{t('composer.others', { name: owner ?? t('composer.somebody') })}</Alert>}
      {cannot !== null && <Alert color="red" p="xs">{cannot}</Alert>}
      <div className={style['box']}>
        <div className={style['top']}>
          <SegmentedControl size="xs" aria-label={t('composer.kind')} value={draft.kind} onChange={(kind) => change({ kind: kind === 'note' ? 'note' : 'reply' })} data={[{ value: 'reply', label: t('composer.reply') }, { value: 'note', label: t('composer.note') }]} />
          {!isNote && <RoutePicker channels={channels} chosen={chosen} onChoose={(route) => change({ route })} />}
          {isNote && <span className={style['hint']}>{t('composer.noteHint')}</span>}
        </div>
        {!isNote && chosen && chosen.readers.length > 1 && <p className={style['readers']}><IconUsers size={14} aria-hidden />{t('composer.readers', { names: formats.list(chosen.readers) })}</p>}
        {!isNote && chosen?.reachable && chosen.warnings.length > 0 && <p className={style['readers']}><IconAlertTriangle size={14} aria-hidden />{chosen.warnings.map((warning) => t(keyFor('reachWarning', warning, 'reachWarning.other'))).join(' ')}</p>}
        {!isNote && chosen?.reachable && chosen.until !== null && <p className={style['readers']}>{t('composer.until', { at: formats.dateTime(chosen.until) })}</p>}
        {!isNote && chosen?.channel === 'email' && (
          <TextInput variant="unstyled" className={style['subject']} aria-label={t('composer.subject')} placeholder={t('composer.subjectHint')} maxLength={300} value={draft.subject} onChange={(event) => change({ subject: event.currentTarget.value })} />
        )}
        <Textarea
          ref={box} variant="unstyled" className={style['text']} autosize minRows={2} maxRows={12} maxLength={50_000} dir="auto"
          aria-label={isNote ? t('composer.note') : t('composer.reply')} placeholder={isNote ? t('composer.notePlaceholder') : t('composer.placeholder')}
          value={draft.text} onChange={(event) => onType(event.currentTarget.value)} onKeyDown={onKeyDown} onPaste={onPaste}
        />
        <UploadChips uploads={uploads} />
        <div className={style['bottom']}>
          <FileButton multiple onChange={(chosenFiles) => uploads.add(chosenFiles)}>
            {(props) => <Tooltip label={t('composer.attach')}><ActionIcon {...props} size="lg" aria-label={t('composer.attach')}><IconPaperclip size={18} stroke={1.7} aria-hidden /></ActionIcon></Tooltip>}
          </FileButton>
          <span className={style['keys']}>{t('composer.keys')}</span>
          <Button leftSection={<IconSend2 size={16} aria-hidden />} disabled={!maySend} onClick={submit}>{isNote ? t('composer.addNote') : t('composer.send')}</Button>
        </div>
      </div>
    </section>
  )
}
