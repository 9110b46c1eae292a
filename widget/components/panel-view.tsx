import { useEffect, useLayoutEffect, useReducer, useRef, useState } from 'preact/hooks'
import { Introduction, ProveAddress, Survey } from './cards.tsx'
import { Composer } from './composer.tsx'
import { useParts } from './context.ts'
import { Log } from './log.tsx'
import { StatusLine } from './status-line.tsx'

/** The whole panel: heading, state of the chat, conversation, what is asked, composer. */
export function PanelView() {
  const { client, host, say } = useParts()
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  const [card, setCard] = useState<'prove' | null>(null)
  const [isIntroduced, setIntroduced] = useState(host.storage.read().introduced === true)
  const [isMuted, setMuted] = useState(host.storage.read().muted === true)
  const [refusedSurvey, setRefusedSurvey] = useState('')
  const [answeredSurvey, setAnsweredSurvey] = useState('')
  const [dropped, setDropped] = useState<File[]>([])
  const [isOver, setOver] = useState(false)
  const menu = useRef<HTMLDetailsElement>(null)
  // In the layout phase: the loader opens the panel right after it is drawn, before effects run.
  useLayoutEffect(() => client.subscribe(() => redraw(undefined)), [])
  const { state } = client
  const { chat } = state
  useEffect(() => { if (chat.survey) setAnsweredSurvey(chat.survey.invitationId) }, [chat.survey?.invitationId])

  const introduced = (): void => {
    host.storage.change((kept) => ({ ...kept, introduced: true }))
    setIntroduced(true)
  }
  const choose = (act: () => void): void => {
    if (menu.current) menu.current.open = false
    act()
  }
  const close = (): void => {
    client.setOpen(false)
    host.onOpen(false)
  }
  const mute = (): void => {
    host.storage.change((kept) => ({ ...kept, muted: !isMuted }))
    setMuted(!isMuted)
  }
  const surveyShown = answeredSurvey !== '' && answeredSurvey !== refusedSurvey
  // Before the first word only: later it would stand between them and the answer.
  const asksWho = !isIntroduced && state.signedInAs === null && state.connection === 'live' && card === null && state.messages.length === 0 && state.outbox.length === 0
  const isRunning = chat.state === 'waiting' || chat.state === 'active'
  return (
    <section
      class={isOver ? 'panel over' : 'panel'} role="dialog" aria-labelledby="title" lang={host.locale === 'zh' ? 'zh-CN' : 'en'} hidden={!state.isOpen}
      onKeyDown={(event) => { if (event.key === 'Escape') close(); else keepFocusInside(event) }}
      onDragOver={(event) => { event.preventDefault(); setOver(true) }} onDragLeave={() => setOver(false)}
      onDrop={(event) => { event.preventDefault(); setOver(false); setDropped([...(event.dataTransfer?.files ?? [])]) }}
    >
      <div class="head">
        <h2 id="title"><bdi>{say('title', { site: state.siteName })}</bdi></h2>
        <details ref={menu} class="menu">
          <summary aria-label={say('menu')}>⋯</summary>
          <div class="menu-items">
            {state.signedInAs !== null && <p class="muted"><bdi>{say('signedInAs', { name: state.signedInAs })}</bdi></p>}
            {isRunning && <button type="button" onClick={() => choose(() => void client.ask('leave'))}>{say('chat.leave')}</button>}
            <button type="button" onClick={() => choose(() => setCard('prove'))}>{say('prove.menu')}</button>
            <button type="button" onClick={() => choose(mute)}>{isMuted ? say('sound.on') : say('sound.off')}</button>
            {state.signedInAs === null && <button type="button" onClick={() => choose(() => void client.forget())}>{say('forget')}</button>}
          </div>
        </details>
        <button type="button" class="icon" aria-label={say('close')} onClick={close}>×</button>
      </div>
      <StatusLine />
      <Log />
      {asksWho && <Introduction onDone={introduced} />}
      {card === 'prove' && <ProveAddress onDone={() => setCard(null)} />}
      {surveyShown && card === null && <Survey key={answeredSurvey} onLater={() => setRefusedSurvey(answeredSurvey)} />}
      <Composer dropped={dropped} />
      {isOver && <p class="drop" aria-hidden="true">{say('composer.drop')}</p>}
    </section>
  )
}

/** On a phone the panel covers the page, so Tab must not wander behind it. */
function keepFocusInside(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
  if (event.key !== 'Tab' || !matchMedia('(max-width:520px)').matches) return
  const stops = [...event.currentTarget.querySelectorAll<HTMLElement>('a[href],button:not([disabled]),input:not([hidden]),textarea,summary,[tabindex="0"]')].filter((stop) => stop.checkVisibility())
  const [first, last] = [stops[0], stops.at(-1)]
  const active = (event.currentTarget.getRootNode() as ShadowRoot).activeElement // the panel lives in a shadow root
  if (event.shiftKey && active === first) last?.focus()
  else if (!event.shiftKey && active === last) first?.focus()
  else return
  event.preventDefault()
}
