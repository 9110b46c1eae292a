import { useState } from 'react'
import { Combobox, Group, Text, TextInput, useCombobox } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { CustomerView } from '#contract/views.ts'
import { customers as api } from '../api/work.ts'
import { useT } from '../i18n.tsx'
import { useCustomerLabel } from '../look/customer-label.ts'
import { Face } from '../look/Face.tsx'

/** A field that finds a customer by part of a name or an address; writing on takes the choice back. */
export function CustomerSearch({ label, exceptId = null, onChoose }: { label: string; exceptId?: string | null; onChoose: (customer: CustomerView | null) => void }) {
  const t = useT()
  const labelOf = useCustomerLabel()
  const combobox = useCombobox()
  const [query, setQuery] = useState('')
  const [isChosen, setIsChosen] = useState(false)
  const [asked] = useDebouncedValue(query.trim(), 200)
  const found = useQuery({ queryKey: ['customers', asked], queryFn: ({ signal }) => api.find(asked, signal), enabled: asked.length > 1 && !isChosen, placeholderData: keepPreviousData })
  const offered = (found.data?.items ?? []).filter(({ id }) => id !== exceptId)
  const choose = (id: string): void => {
    const picked = offered.find((item) => item.id === id)
    combobox.closeDropdown()
    if (!picked) return
    setQuery(labelOf(picked.label))
    setIsChosen(true)
    onChoose(picked)
  }
  const type = (text: string): void => {
    setQuery(text)
    if (isChosen) onChoose(null)
    setIsChosen(false)
    combobox.openDropdown()
    combobox.resetSelectedOption()
  }
  return (
    <Combobox store={combobox} onOptionSubmit={choose}>
      <Combobox.Target>
        <TextInput
          label={label} placeholder={t('start.customerHint')} value={query} autoComplete="off" data-autofocus onChange={(event) => type(event.currentTarget.value)}
          onFocus={() => combobox.openDropdown()} onBlur={() => combobox.closeDropdown()}
        />
      </Combobox.Target>
      <Combobox.Dropdown hidden={asked.length < 2 || isChosen || !found.data}>
        <Combobox.Options mah={260} style={{ overflowY: 'auto' }}>
          {offered.map((item) => (
            <Combobox.Option key={item.id} value={item.id}>
              <Group gap="sm" wrap="nowrap"><Face label={labelOf(item.label)} size={28} /><span>{labelOf(item.label)}<Text size="xs" c="dimmed">{item.identities.map(({ value }) => value).filter(Boolean).join(' · ')}</Text></span></Group>
            </Combobox.Option>
          ))}
          {found.data && offered.length === 0 && <Combobox.Empty>{t('search.nothing', { query: asked })}</Combobox.Empty>}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  )
}
