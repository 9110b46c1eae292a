import { useState } from 'preact/hooks'
import type { Attestation, CallView, Person, Snapshot } from '../views.ts'
import { CallCard } from './call-card.tsx'
import { Device } from './device.tsx'
import { useTimes, useWords } from './i18n.ts'
import type { Word } from './words.en.ts'
import { act } from './world.ts'

const recentMax = 8
const justEndedMs = 600_000
const attestations: readonly [Attestation, Word][] = [['A', 'attestationA'], ['B', 'attestationB'], ['C', 'attestationC'], ['none', 'attestationNone']]

/** The customer's phones: what rings, what is being talked about, and a way to call. */
export function Phone({ world, person }: { world: Snapshot; person: Person }) {
  const [more, setMore] = useState<string[]>([])
  const phones = [person.phone, ...more]
  const calls = world.calls.filter((call) => call.party === 'customer' && phones.includes(call.customer))
  const open = calls.filter((call) => call.state !== 'ended')
  const recent = calls.filter((call) => call.state === 'ended').toReversed()
  const [last] = recent
  // The call just ended stays in sight, one that failed also beside open ones.
  const isLastShown = last && Date.now() - new Date(last.endedAt ?? 0).getTime() < justEndedMs && (open.length === 0 || last.error !== null)
  return (
    <Device name="phone" detail={person.phone}>
      <div class="scroll">
        {open.map((call) => (
          <CallCard key={call.id} call={call} />
        ))}
        {isLastShown && <CallCard key={last.id} call={last} />}
        <DialForm numbers={world.hubNumbers.filter((number) => number.capabilities.includes('voice')).map((number) => number.phoneNumber)} phones={phones} onAddPhone={(phone) => setMore([...more, phone])} />
        <Recent calls={recent.slice(0, recentMax)} />
      </div>
    </Device>
  )
}

function DialForm({ numbers, phones, onAddPhone }: { numbers: string[]; phones: string[]; onAddPhone: (phone: string) => void }) {
  const t = useWords()
  const [extra, setExtra] = useState('')
  const [problem, setProblem] = useState<string | null>(null)
  const call = async (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    setProblem(null)
    try {
      await act('calls', { from: form.get('from'), to: form.get('to'), withheld: form.get('callerId') === 'withheld', attestation: form.get('attestation') })
    } catch (error) {
      setProblem(t('requestFailed', { error: error instanceof Error ? error.message : '' }))
    }
  }
  const addPhone = () => {
    if (/^\+[1-9]\d{6,14}$/.test(extra)) onAddPhone(extra)
    setExtra('')
  }
  return (
    <form class="stack card" onSubmit={(event) => void call(event)}>
      <label>
        {t('numberToCall')}
        <select name="to">
          {numbers.map((number) => (
            <option key={number}>{number}</option>
          ))}
        </select>
      </label>
      <label>
        {t('yourPhone')}
        <select name="from">
          {phones.map((phone) => (
            <option key={phone}>{phone}</option>
          ))}
        </select>
      </label>
      <div class="pair">
        <label>
          {t('callerId')}
          <select name="callerId">
            <option value="shown">{t('callerIdShown')}</option>
            <option value="withheld">{t('callerIdWithheld')}</option>
          </select>
        </label>
        <label>
          {t('attestation')}
          <select name="attestation">
            {attestations.map(([value, word]) => (
              <option key={value} value={value}>
                {t(word)}
              </option>
            ))}
          </select>
        </label>
      </div>
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <button type="submit" class="call">
        {t('dial')}
      </button>
      <div class="row">
        <input type="tel" aria-label={t('anotherPhone')} placeholder="+14155550…" value={extra} onInput={(event) => setExtra(event.currentTarget.value)} />
        <button type="button" onClick={addPhone}>
          {t('anotherPhone')}
        </button>
      </div>
    </form>
  )
}

const statusWords: Readonly<Record<string, Word>> = { completed: 'statusCompleted', busy: 'statusBusy', 'no-answer': 'statusNoAnswer', failed: 'statusFailed', canceled: 'statusCanceled' }

function Recent({ calls }: { calls: CallView[] }) {
  const t = useWords()
  const time = useTimes()
  return (
    <section class="recent" aria-label={t('recentCalls')}>
      <h3>{t('recentCalls')}</h3>
      {calls.length === 0 && <p class="empty">{t('noCalls')}</p>}
      <ul>
        {calls.map((call) => (
          <li key={call.id}>
            <span aria-hidden="true">{call.direction === 'to-hub' ? '↗' : '↙'}</span> {call.hub}
            <span class="muted">
              {t(statusWords[call.status] ?? 'stateEnded')}
              {call.error ? ` (${call.error.code})` : ''} · <time dateTime={call.startedAt}>{time(call.startedAt)}</time>
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}
