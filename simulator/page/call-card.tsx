import { useEffect, useState } from 'preact/hooks'
import type { CallLine, CallView } from '../views.ts'
import { Composer, Lines } from './device.tsx'
import { useWords } from './i18n.ts'
import type { Word } from './words.en.ts'
import { act } from './world.ts'

const keys = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#']
const noteWords: Readonly<Record<string, Word>> = {
  'picked-up': 'notePickedUp', beep: 'noteBeep', connected: 'noteConnected', 'on-hold': 'noteOnHold', 'off-hold': 'noteOffHold', ended: 'noteEnded', recorded: 'noteRecorded', 'application-error': 'noteApplicationError',
  busy: 'statusBusy', 'no-answer': 'statusNoAnswer', failed: 'statusFailed', canceled: 'statusCanceled',
}
const listeningWords: Readonly<Record<'keys' | 'speech' | 'recording', Word>> = { keys: 'listeningKeys', speech: 'listeningSpeech', recording: 'listeningRecording' }

/** One call, as its caller sees and hears it. While talking, the page plays the agent's end too. */
export function CallCard({ call }: { call: CallView }) {
  const t = useWords()
  const post = (action: string, body: object = {}) => act(`calls/${call.id}/${action}`, body)
  const isIncoming = call.direction === 'from-hub' && call.state === 'ringing'
  const isOpen = call.state !== 'ended'
  return (
    <article class={`card call-card ${call.state}`} aria-label={isIncoming ? t('incoming', { number: call.hub }) : t('callTo', { number: call.hub })}>
      <header>
        <strong>{isIncoming ? t('incoming', { number: call.hub }) : call.hub}</strong>
        <Clock call={call} />
      </header>
      <p class="state" role="status">
        {stateText(call, t)}
        {call.listening && <span class="chip still">{t(listeningWords[call.listening])}</span>}
      </p>
      {call.error && (
        <p class="problem" role="alert">
          {t('callError', { code: call.error.code, message: call.error.message })}
        </p>
      )}
      {call.lines.length > 0 && (
        <Lines label={t('transcript')} count={call.lines.length}>
          {call.lines.map((line) => (
            <Line key={line.id} line={line} />
          ))}
        </Lines>
      )}
      {isIncoming && (
        <div class="row">
          <button type="button" class="call" onClick={() => void post('answer')}>
            {t('answer')}
          </button>
          <button type="button" class="danger" onClick={() => void post('decline')}>
            {t('decline')}
          </button>
        </div>
      )}
      {isOpen && !isIncoming && (
        <>
          <div class="keypad" role="group" aria-label={t('keypad')}>
            {keys.map((key) => (
              <button key={key} type="button" aria-label={t('key', { key })} onClick={() => void post('press', { keys: key })}>
                {key}
              </button>
            ))}
          </div>
          <Composer label={t('say')} button={t('speak')} hasFiles={false} onSend={async (text) => void (await post('say', { text }))} />
          {call.state === 'bridged' && <Composer label={t('agentSays')} button={t('speak')} hasFiles={false} onSend={async (text) => void (await post('other-says', { text }))} />}
          <div class="row">
            <button type="button" class="danger" onClick={() => void post('hang-up')}>
              {t('hangUp')}
            </button>
            {call.state === 'bridged' && (
              <button type="button" onClick={() => void post('other-hangs-up')}>
                {t('agentHangsUp')}
              </button>
            )}
          </div>
        </>
      )}
    </article>
  )
}

function stateText(call: CallView, t: ReturnType<typeof useWords>): string {
  switch (call.state) {
    case 'ringing':
      return t('stateRinging')
    case 'in-progress':
      return t('stateInProgress')
    case 'queued':
      return t('stateQueued', { position: call.queue?.position ?? 1 })
    case 'bridged':
      return t('stateBridged')
    case 'ended':
      return t('stateEnded')
  }
}

function Line({ line }: { line: CallLine }) {
  const t = useWords()
  if (line.by === 'note') {
    const word = noteWords[line.text]
    return <p class="note">{word ? t(word) : line.text}</p>
  }
  const by: Word = line.by === 'line' ? 'byLine' : line.by === 'agent' ? 'byAgent' : 'byCustomer'
  return (
    <p class={`spoken ${line.by}`}>
      <b>{t(by)}</b> <span dir="auto">{line.text}</span>
    </p>
  )
}

function Clock({ call }: { call: CallView }) {
  const [now, setNow] = useState(Date.now())
  const isOpen = call.endedAt === null
  useEffect(() => {
    if (!isOpen) return
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [isOpen])
  const end = call.endedAt === null ? now : new Date(call.endedAt).getTime()
  const seconds = Math.max(0, Math.floor((end - new Date(call.startedAt).getTime()) / 1000))
  return (
    <span class="clock">
      {Math.floor(seconds / 60)}:{String(seconds % 60).padStart(2, '0')}
    </span>
  )
}
