import { useState } from 'react'
import { ActionIcon, Button, Group, NumberInput, Stack, Table, Text } from '@mantine/core'
import { IconTrash } from '@tabler/icons-react'
import { unitsOf } from '#contract/words.ts'
import { useT } from '../../i18n.tsx'
import { Mark } from '../../look/Mark.tsx'
import { ChoicesField, DurationField, NumberField } from '../fields.tsx'
import { useFieldProblem } from '../parts.tsx'
import { ChannelNumbers } from './ChannelNumbers.tsx'
import { minuteMs, type ChangeDraft, type QueueDraft } from './draft.ts'

interface Option { value: string; label: string }
interface Props { draft: QueueDraft; change: ChangeDraft; people: Option[]; skills: Option[] }

/** Who is asked, with which skills, and whom else after a while. */
export function QueuePeople({ draft, change, people, skills }: Props) {
  const t = useT()
  const nameOf = (id: string): string => skills.find(({ value }) => value === id)?.label ?? ''
  return (
    <Stack gap="lg">
      <Members draft={draft} change={change} people={people} />
      <Stack gap={8}>
        <ChoicesField path="skills" nothingFoundMessage={t('settings.skills.empty')} label={t('routing.people.skills')} description={draft.skills.length === 0 ? t('routing.people.noSkills') : t('routing.people.skillsText')} options={skills} value={draft.skills.map(({ skillId }) => skillId)} onChange={(ids) => change({ skills: ids.map((skillId) => draft.skills.find((skill) => skill.skillId === skillId) ?? { skillId, level: 1 }) })} />
        <Group>
          {draft.skills.map((skill, at) => <NumberField key={skill.skillId} path={`skills.${at}`} label={t('routing.people.level', { skill: nameOf(skill.skillId) })} min={1} max={5} value={skill.level} onChange={(level) => change({ skills: draft.skills.map((one) => (one === skill ? { ...one, level } : one)) })} />)}
        </Group>
      </Stack>
      <Rings draft={draft} change={change} skills={skills} />
    </Stack>
  )
}

function Members({ draft, change, people }: Omit<Props, 'skills'>) {
  const t = useT()
  const [open, setOpen] = useState<string | null>(null)
  const set = (agentId: string, part: Partial<QueueDraft['members'][number]>): void => change({ members: draft.members.map((member) => (member.agentId === agentId ? { ...member, ...part } : member)) })
  const nameOf = (id: string): string => people.find(({ value }) => value === id)?.label ?? '–'
  const opened = draft.members.find(({ agentId }) => agentId === open)
  return (
    <Stack gap={8} role="group" aria-label={t('routing.people.members')}>
      <div><Text size="sm" fw={550}>{t('routing.people.members')}</Text><Text size="xs" c="dimmed">{draft.members.length === 0 ? t('routing.people.noMembers') : t('routing.people.membersText')}</Text></div>
      {draft.members.length > 0 && (
        <Table.ScrollContainer minWidth={420} mah={360}>
          <Table verticalSpacing={6}>
            <Table.Thead><Table.Tr><Table.Th>{t('settings.name')}</Table.Th><Table.Th>{t('routing.people.priority')}</Table.Th><Table.Th>{t('routing.people.units')}</Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>
              {draft.members.toSorted((a, b) => nameOf(a.agentId).localeCompare(nameOf(b.agentId))).map(({ agentId, priority, units }) => (
                <Table.Tr key={agentId}>
                  <Table.Td>{nameOf(agentId)}</Table.Td>
                  <Table.Td><NumberInput w={80} size="xs" aria-label={t('routing.people.priorityOf', { name: nameOf(agentId) })} min={1} max={9} allowDecimal={false} value={priority} onChange={(value) => set(agentId, { priority: Number(value) || 1 })} /></Table.Td>
                  <Table.Td><Group gap={6} wrap="nowrap"><Button size="xs" variant="default" aria-expanded={open === agentId} aria-label={t('routing.people.unitsOf', { name: nameOf(agentId) })} onClick={() => setOpen(open === agentId ? null : agentId)}>{t('routing.people.units')}</Button>{Object.keys(units).length > 0 && <Mark tone="accent">{t('routing.people.ownUnits')}</Mark>}</Group></Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      {opened && <ChannelNumbers path="members" label={t('routing.people.unitsOf', { name: nameOf(opened.agentId) })} text={t('routing.people.unitsHint')} min={1} max={100} usual={(channel) => draft.units[channel] ?? unitsOf[channel].units} value={opened.units} onChange={(units) => set(opened.agentId, { units })} />}
    </Stack>
  )
}

function Rings({ draft, change, skills }: Omit<Props, 'people'>) {
  const t = useT()
  const problem = useFieldProblem('rings')
  const set = (at: number, part: Partial<QueueDraft['rings'][number]>): void => change({ rings: draft.rings.map((ring, i) => (i === at ? { ...ring, ...part } : ring)) })
  const add = (): void => change({ rings: [...draft.rings, { afterMs: (draft.rings.at(-1)?.afterMs ?? 0) + minuteMs, levelsDown: 1, dropSkillIds: [] }] })
  return (
    <Stack gap={8} role="group" aria-label={t('routing.people.rings')}>
      <div><Text size="sm" fw={550}>{t('routing.people.rings')}</Text><Text size="xs" c="dimmed">{t('routing.people.ringsText')}</Text></div>
      {draft.rings.map((ring, at) => (
        <Group key={at} align="flex-end" gap="sm">
          <DurationField path={`rings.${at}.afterMs`} label={t('routing.people.after')} w={130} unitMs={minuteMs} max={1440} value={ring.afterMs} onChange={(afterMs) => set(at, { afterMs })} />
          <NumberField path={`rings.${at}.levelsDown`} w={130} label={t('routing.people.levelsDown')} min={0} max={4} value={ring.levelsDown} onChange={(levelsDown) => set(at, { levelsDown })} />
          <div style={{ flex: '1 1 14rem' }}><ChoicesField path={`rings.${at}.dropSkillIds`} nothingFoundMessage={t('settings.skills.empty')} label={t('routing.people.drop')} options={skills} value={ring.dropSkillIds} onChange={(dropSkillIds) => set(at, { dropSkillIds })} /></div>
          <ActionIcon size="lg" aria-label={t('routing.people.removeRing', { number: at + 1 })} onClick={() => change({ rings: draft.rings.filter((_, i) => i !== at) })}><IconTrash size={16} aria-hidden /></ActionIcon>
        </Group>
      ))}
      {problem !== null && <Text size="xs" c="red">{problem}</Text>}
      <Group><Button size="xs" variant="default" disabled={draft.rings.length >= 10} onClick={add}>{t('routing.people.addRing')}</Button></Group>
    </Stack>
  )
}
