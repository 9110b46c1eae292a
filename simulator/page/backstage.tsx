import type { Faults, Person, Snapshot } from '../views.ts'
import { useTimes, useWords } from './i18n.ts'
import type { Word } from './words.en.ts'
import { act } from './world.ts'

const apiStates: readonly [Faults['twilio']['api'], Word][] = [['ok', 'troubleOk'], ['503', 'trouble503'], ['cut', 'troubleCut'], ['429', 'trouble429']]
const agentStates: readonly [string, Word][] = [['auto', 'agentsAuto'], ['busy', 'agentsBusy'], ['no-answer', 'agentsNoAnswer']]

/** Below the devices: trouble that can be switched on, and what the providers would log. */
export function Backstage({ world, person, onChanged }: { world: Snapshot; person: Person; onChanged: () => void }) {
  const t = useWords()
  const time = useTimes()
  return (
    <footer class="backstage">
      <details>
        <summary>{t('trouble')}</summary>
        <Trouble faults={world.faults} person={person} onChanged={onChanged} />
      </details>
      <details>
        <summary>
          {t('providerLog')} {world.notices.length > 0 && <span class="chip still">{world.notices.length}</span>}
        </summary>
        {world.notices.length === 0 && <p class="empty">{t('noNotices')}</p>}
        <ul class="notices">
          {world.notices.toReversed().map((notice) => (
            <li key={notice.id}>
              <time dateTime={notice.at}>{time(notice.at)}</time> <b>{notice.source}</b> <code>{notice.code}</code> {notice.text}
            </li>
          ))}
        </ul>
      </details>
    </footer>
  )
}

function Trouble({ faults, person, onChanged }: { faults: Faults; person: Person; onChanged: () => void }) {
  const t = useWords()
  const set = (patch: object) => void act('faults', patch, 'PUT').then(onChanged)
  const withMailbox = (list: string[], isOn: boolean) => (isOn ? [...list, person.email] : list.filter((each) => each !== person.email))
  const check = (word: Word, isOn: boolean, onChange: (isOn: boolean) => void) => (
    <label class="check">
      <input type="checkbox" checked={isOn} onChange={(event) => onChange(event.currentTarget.checked)} /> {t(word)}
    </label>
  )
  return (
    <div class="trouble">
      <label>
        {t('troubleTwilio')}
        <select value={faults.twilio.api} onChange={(event) => set({ twilio: { api: event.currentTarget.value } })}>
          {apiStates.map(([value, word]) => (
            <option key={value} value={value}>
              {t(word)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t('troubleSlack')}
        <select value={faults.slack.api} onChange={(event) => set({ slack: { api: event.currentTarget.value } })}>
          {apiStates.filter(([value]) => value !== 'cut').map(([value, word]) => (
            <option key={value} value={value}>
              {t(word)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t('troubleAgents')}
        <select value={faults.twilio.answering['*'] ?? 'auto'} onChange={(event) => set({ twilio: { answering: event.currentTarget.value === 'auto' ? {} : { '*': event.currentTarget.value } } })}>
          {agentStates.map(([value, word]) => (
            <option key={value} value={value}>
              {t(word)}
            </option>
          ))}
        </select>
      </label>
      {check('troubleDuplicate', faults.twilio.duplicateStatus, (duplicateStatus) => set({ twilio: { duplicateStatus } }))}
      {check('troubleReorder', faults.twilio.reorderStatus, (reorderStatus) => set({ twilio: { reorderStatus } }))}
      {check('troubleBounce', faults.mail.bouncing.includes(person.email), (isOn) => set({ mail: { bouncing: withMailbox(faults.mail.bouncing, isOn) } }))}
      {check('troubleAutoReply', faults.mail.autoReplying.includes(person.email), (isOn) => set({ mail: { autoReplying: withMailbox(faults.mail.autoReplying, isOn) } }))}
    </div>
  )
}
