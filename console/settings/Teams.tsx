import { useState } from 'react'
import { Button, Group, Table, Text } from '@mantine/core'
import { IconUsersGroup } from '@tabler/icons-react'
import type { Skill, Team } from '#contract/api/settings.ts'
import { settings } from '../api/settings.ts'
import { useT } from '../i18n.tsx'
import { Panel } from '../look/Page.tsx'
import { ConfirmDialog, FormDialog, RowActions, Section, useSettings } from './parts.tsx'
import { ChoicesField, TextField } from './fields.tsx'

/** Who shares what they see, and what people can do. */
export function Teams() {
  const t = useT()
  const teams = useSettings('teams', settings.teams.list)
  const staff = useSettings('staff', () => settings.staff.list())
  const [editing, setEditing] = useState<Team | 'new' | null>(null)
  const [retiring, setRetiring] = useState<Team | null>(null)
  const names = new Map(staff.data?.map(({ id, name }) => [id, name]))
  return (
    <Section
      title={t('settings.section.teams')} text={t('settings.teams.text')} list={teams} columns={[t('settings.name'), t('settings.members')]} empty={{ icon: IconUsersGroup, title: t('settings.teams.empty'), text: t('settings.teams.emptyText') }}
      add={{ label: t('settings.teams.add'), onClick: () => setEditing('new') }}
      row={(team) => (
        <>
          <Table.Td fw={550}>{team.name}</Table.Td>
          <Table.Td>{team.memberIds.map((id) => names.get(id)).filter(Boolean).join(', ') || '–'}</Table.Td>
          <RowActions name={team.name} onEdit={() => setEditing(team)} onRetire={() => setRetiring(team)} />
        </>
      )}
    >
      <Skills />
      {editing && <TeamDialog team={editing === 'new' ? null : editing} people={(staff.data ?? []).map(({ id, name }) => ({ value: id, label: name }))} onClose={() => setEditing(null)} />}
      {retiring && <ConfirmDialog title={t('settings.retireNamed', { name: retiring.name })} text={t('settings.teams.retireText')} confirmLabel={t('settings.retire')} save={() => settings.teams.retire(retiring.id)} onClose={() => setRetiring(null)} />}
    </Section>
  )
}

function TeamDialog({ team, people, onClose }: { team: Team | null; people: { value: string; label: string }[]; onClose: () => void }) {
  const t = useT()
  const [name, setName] = useState(team?.name ?? '')
  const [memberIds, setMemberIds] = useState(team?.memberIds ?? [])
  const body = { name: name.trim(), memberIds }
  return (
    <FormDialog title={team ? t('settings.editNamed', { name: team.name }) : t('settings.teams.add')} isValid={body.name !== ''} save={() => (team ? settings.teams.change(team.id, body) : settings.teams.create(body))} onClose={onClose}>
      <TextField path="name" label={t('settings.name')} autoFocus value={name} onChange={setName} />
      <ChoicesField path="memberIds" label={t('settings.members')} options={people} value={memberIds} onChange={setMemberIds} />
    </FormDialog>
  )
}

function Skills() {
  const t = useT()
  const skills = useSettings('skills', settings.skills.list)
  const [editing, setEditing] = useState<Skill | 'new' | null>(null)
  const [retiring, setRetiring] = useState<Skill | null>(null)
  const [name, setName] = useState('')
  const open = (skill: Skill | 'new'): void => { setEditing(skill); setName(skill === 'new' ? '' : skill.name) }
  return (
    <Panel title={t('settings.skills.title')} text={t('settings.skills.text')}>
      {skills.data?.length === 0 && <Text size="sm" c="dimmed" mb="sm">{t('settings.skills.empty')}</Text>}
      {skills.data && skills.data.length > 0 && <Table mb="sm"><Table.Tbody>{skills.data.map((skill) => <Table.Tr key={skill.id}><Table.Td>{skill.name}</Table.Td><RowActions name={skill.name} onEdit={() => open(skill)} onRetire={() => setRetiring(skill)} /></Table.Tr>)}</Table.Tbody></Table>}
      <Group><Button variant="default" onClick={() => open('new')}>{t('settings.skills.add')}</Button></Group>
      {editing && (
        <FormDialog title={editing === 'new' ? t('settings.skills.add') : t('settings.editNamed', { name: editing.name })} isValid={name.trim() !== ''} save={() => (editing === 'new' ? settings.skills.create({ name: name.trim() }) : settings.skills.change(editing.id, { name: name.trim() }))} onClose={() => setEditing(null)}>
          <TextField path="name" label={t('settings.name')} autoFocus value={name} onChange={setName} />
        </FormDialog>
      )}
      {retiring && <ConfirmDialog title={t('settings.retireNamed', { name: retiring.name })} text={t('settings.skills.retireText')} confirmLabel={t('settings.retire')} save={() => settings.skills.retire(retiring.id)} onClose={() => setRetiring(null)} />}
    </Panel>
  )
}
