import { useState } from 'preact/hooks'
import type { Person } from '../views.ts'
import { useWords } from './i18n.ts'
import { act } from './world.ts'

const somebodyElse = 'somebody-else'

/** Who the page is: one of the ready-made people, or anybody. */
export function PersonPicker({ people, person, onPick, onAdd }: { people: Person[]; person: Person; onPick: (person: Person) => void; onAdd: (person: Person) => void }) {
  const t = useWords()
  const [isAdding, setAdding] = useState(false)
  const pick = (id: string) => {
    const picked = people.find((each) => each.id === id)
    setAdding(id === somebodyElse)
    if (picked) onPick(picked)
  }
  const [problem, setProblem] = useState<string | null>(null)
  const add = async (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const field = (name: string) => String(form.get(name) ?? '').trim()
    try {
      onAdd(await act<Person>('people', { name: field('name'), phone: field('phone'), email: field('email') }))
      setAdding(false)
    } catch (error) {
      setProblem(t('requestFailed', { error: error instanceof Error ? error.message : '' }))
    }
  }
  return (
    <div class="person">
      <label>
        <span>{t('youAre')}</span>
        <select value={isAdding ? somebodyElse : person.id} onChange={(event) => pick(event.currentTarget.value)}>
          {people.map((each) => (
            <option key={each.id} value={each.id}>
              {each.name} · {each.phone}
            </option>
          ))}
          <option value={somebodyElse}>{t('somebodyElse')}</option>
        </select>
      </label>
      {isAdding && (
        <form class="popover stack" aria-label={t('newPerson')} onSubmit={(event) => void add(event)}>
          <label>
            {t('name')}
            <input name="name" type="text" required autocomplete="off" />
          </label>
          <label>
            {t('phoneNumber')}
            <input name="phone" type="tel" required pattern="\+[1-9][0-9]{6,14}" placeholder="+14155550142" autocomplete="off" />
          </label>
          <label>
            {t('mailAddress')}
            <input name="email" type="email" required placeholder="name@somewhere.example" autocomplete="off" />
          </label>
          {problem && (
            <p class="problem" role="alert">
              {problem}
            </p>
          )}
          <div class="row end">
            <button type="button" onClick={() => setAdding(false)}>
              {t('cancel')}
            </button>
            <button type="submit" class="primary">
              {t('add')}
            </button>
          </div>
        </form>
      )}
    </div>
  )
}
