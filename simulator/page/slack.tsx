import { useState } from 'preact/hooks'
import type { Person, SlackView, Snapshot } from '../views.ts'
import { Composer, Device, Lines } from './device.tsx'
import { useTimes, useWords } from './i18n.ts'
import { Files } from './uploads.tsx'
import { act } from './world.ts'

/** A direct message with the hub's app in the workspace. */
export function Slack({ world, person }: { world: Snapshot; person: Person }) {
  const t = useWords()
  const [thread, setThread] = useState<string | null>(null)
  const messages = world.slack.filter((message) => message.user === person.slackUser)
  return (
    <Device name="slack" detail={`${world.slackTeam} · ${t('slackWith')}`}>
      <Lines label={t('slack')} count={messages.length}>
        {messages.length === 0 && <p class="empty">{t('noMessages')}</p>}
        {messages.map((message) => (
          <SlackLine key={message.id} message={message} person={person} onThread={() => setThread(message.threadTs ?? message.id)} />
        ))}
      </Lines>
      {thread && (
        <button type="button" class="chip" onClick={() => setThread(null)}>
          {t('inThread')} <span aria-hidden="true">×</span>
        </button>
      )}
      <Composer
        label={t('message')}
        button={t('send')}
        onSend={async (text, files) => {
          const { status } = await act<{ status: number | null }>('slack', { user: person.slackUser, text, files, ...(thread === null ? {} : { threadTs: thread }) })
          return { webhookStatus: status }
        }}
      />
    </Device>
  )
}

function SlackLine({ message, person, onThread }: { message: SlackView; person: Person; onThread: () => void }) {
  const t = useWords()
  const time = useTimes()
  const [draft, setDraft] = useState<string | null>(null)
  const isMine = message.by === 'customer'
  const save = (event: Event) => {
    event.preventDefault()
    void act(`slack/${message.id}/edit`, { text: draft ?? '' })
    setDraft(null)
  }
  if (message.deleted) return <article class="slack-line empty">{t('deleted')}</article>
  return (
    <article class={message.threadTs ? 'slack-line threaded' : 'slack-line'}>
      <header>
        <strong>{isMine ? person.name : t('byAgent')}</strong> <time dateTime={message.at}>{time(message.at)}</time> {message.edited && <small>({t('edited')})</small>}
      </header>
      {draft === null ? (
        <p dir="auto">{message.text}</p>
      ) : (
        <form class="row" onSubmit={save}>
          <input type="text" aria-label={t('edit')} value={draft} onInput={(event) => setDraft(event.currentTarget.value)} />
          <button type="submit">{t('save')}</button>
        </form>
      )}
      <Files files={message.files} />
      {message.reactions.length > 0 && <span class="chip still">+1 · {message.reactions.length}</span>}
      <div class="actions">
        <button type="button" onClick={onThread}>
          {t('replyInThread')}
        </button>
        {isMine ? (
          <>
            <button type="button" onClick={() => setDraft(message.text)}>
              {t('edit')}
            </button>
            <button type="button" onClick={() => void act(`slack/${message.id}/delete`)}>
              {t('delete')}
            </button>
          </>
        ) : (
          <button type="button" aria-label={t('react')} onClick={() => void act(`slack/${message.id}/react`, { user: person.slackUser, reaction: 'thumbsup' })}>
            +1
          </button>
        )}
      </div>
    </article>
  )
}
