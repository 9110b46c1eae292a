import { useState } from 'react'
import { Button, Checkbox, Group, Modal, MultiSelect, NumberInput, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ContactView } from '#contract/views.ts'
import { settings } from '../../api/settings.ts'
import { contacts as api } from '../../api/work.ts'
import { useT } from '../../i18n.tsx'
import { useAct } from '../../state/act.ts'

/** What this one contact needs: how urgent it is, and who may take it besides what its queue asks for. */
export function NeedsDialog({ contact, onClose }: { contact: ContactView; onClose: () => void }) {
  const t = useT()
  const { act, isBusy } = useAct()
  const known = useQuery({ queryKey: ['settings', 'skills'], queryFn: settings.skills.list })
  const [priority, setPriority] = useState(contact.priority)
  const [urgent, setUrgent] = useState(contact.urgent)
  const [skills, setSkills] = useState(contact.skills)
  const nameOf = (id: string): string => known.data?.items.find((skill) => skill.id === id)?.name ?? ''
  const save = async (): Promise<void> => {
    if (await act(() => api.changeNeeds(contact.id, { priority, urgent, skills }))) onClose()
  }
  return (
    <Modal opened onClose={onClose} title={t('routing.move.needs')} closeButtonProps={{ 'aria-label': t('common.close') }}>
      <Stack gap="md">
        <Text size="sm" c="dimmed">{t('routing.move.needsText')}</Text>
        <NumberInput label={t('routing.move.priority')} min={0} max={9} allowDecimal={false} value={priority} onChange={(value) => setPriority(Number(value))} />
        <Checkbox label={t('routing.move.urgent')} checked={urgent} onChange={(event) => setUrgent(event.currentTarget.checked)} />
        <MultiSelect label={t('routing.move.skills')} searchable nothingFoundMessage={t('settings.skills.empty')} data={(known.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))} value={skills.map(({ skillId }) => skillId)} onChange={(ids) => setSkills(ids.map((skillId) => skills.find((one) => one.skillId === skillId) ?? { skillId, level: 1 }))} />
        {skills.map((skill) => <NumberInput key={skill.skillId} label={t('routing.people.level', { skill: nameOf(skill.skillId) })} min={1} max={5} allowDecimal={false} value={skill.level} onChange={(level) => setSkills(skills.map((one) => (one === skill ? { ...one, level: Number(level) || 1 } : one)))} />)}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>{t('common.cancel')}</Button>
          <Button loading={isBusy} onClick={() => void save()}>{t('common.save')}</Button>
        </Group>
      </Stack>
    </Modal>
  )
}
