import { useState } from 'react'
import { Alert, Button, Code, CopyButton, Group, Table, Text } from '@mantine/core'
import { IconUsers } from '@tabler/icons-react'
import type { InviteCreated, StaffMember } from '#contract/api/staff.ts'
import { roles } from '#contract/words.ts'
import { settings } from '../api/settings.ts'
import { useFormats, useT } from '../i18n.tsx'
import { Face } from '../look/Face.tsx'
import { Mark } from '../look/Mark.tsx'
import { Panel } from '../look/Page.tsx'
import { useAct } from '../state/act.ts'
import { useMe } from '../state/me.tsx'
import { ConfirmDialog, FormDialog, NoticeDialog, RowActions, Section, useRefresh, useSettings } from './parts.tsx'
import { ChoiceField, ChoicesField, NumberField, TextField } from './fields.tsx'

/** Who works here. */
export function People() {
  const t = useT()
  const me = useMe()
  const staff = useSettings('staff', () => settings.staff.list())
  const queues = useSettings('queues', settings.queues.list)
  const [isInviting, setIsInviting] = useState(false)
  const [created, setCreated] = useState<InviteCreated | null>(null)
  const [editing, setEditing] = useState<StaffMember | null>(null)
  const [retiring, setRetiring] = useState<StaffMember | null>(null)
  const queueNames = new Map(queues.data?.map(({ id, name }) => [id, name]))
  return (
    <Section
      title={t('settings.section.people')} text={t('settings.people.text')} list={staff} columns={[t('settings.name'), t('settings.role'), t('settings.section.queues')]}
      empty={{ icon: IconUsers, title: t('settings.people.empty'), text: t('settings.people.text') }} add={{ label: t('settings.people.invite'), onClick: () => setIsInviting(true) }}
      row={(person) => (
        <>
          <Table.Td><Group gap="sm" wrap="nowrap"><Face label={person.name} size={30} /><div>{person.name}<Text size="xs" c="dimmed">{person.email}</Text></div></Group></Table.Td>
          <Table.Td>{t(`role.${person.role}`)} {person.twoFactor && <Mark tone="good">{t('settings.people.codes')}</Mark>}</Table.Td>
          <Table.Td>{person.queueIds.map((id) => queueNames.get(id)).filter(Boolean).join(', ') || '–'}</Table.Td>
          <RowActions name={person.name} onEdit={() => setEditing(person)} {...(person.id === me.id ? {} : { onRetire: () => setRetiring(person) })} />
        </>
      )}
    >
      <Invites />
      {isInviting && <InviteDialog onCreated={setCreated} onClose={() => setIsInviting(false)} />}
      {created && <LinkDialog created={created} onClose={() => setCreated(null)} />}
      {editing && <PersonDialog person={editing} onClose={() => setEditing(null)} />}
      {retiring && <ConfirmDialog title={t('settings.retireNamed', { name: retiring.name })} text={t('settings.people.retireText')} confirmLabel={t('settings.retire')} save={() => settings.staff.retire(retiring.id)} onClose={() => setRetiring(null)} />}
    </Section>
  )
}

function useOptions() {
  const teams = useSettings('teams', settings.teams.list)
  const queues = useSettings('queues', settings.queues.list)
  const asOption = ({ id, name }: { id: string; name: string }) => ({ value: id, label: name })
  return { teams: (teams.data ?? []).map(asOption), queues: (queues.data ?? []).map(asOption) }
}

function Invites() {
  const t = useT()
  const formats = useFormats()
  const refresh = useRefresh()
  const { act, isBusy } = useAct()
  const invites = useSettings('invites', settings.invites.list)
  const open = invites.data?.filter(({ acceptedAt, revokedAt }) => acceptedAt === null && revokedAt === null) ?? []
  if (open.length === 0) return null
  return (
    <Panel title={t('settings.people.invites')}>
      <Table>
        <Table.Tbody>
          {open.map((invite) => (
            <Table.Tr key={invite.id}>
              <Table.Td>{invite.name}<Text size="xs" c="dimmed">{invite.email}</Text></Table.Td>
              <Table.Td>{t(`role.${invite.role}`)}</Table.Td>
              <Table.Td>{t('settings.people.validUntil', { at: formats.date(invite.expiresAt) })}</Table.Td>
              <RowActions name={invite.name}><Button size="xs" variant="subtle" color="red" loading={isBusy} onClick={() => void act(async () => { await settings.invites.revoke(invite.id); await refresh() })}>{t('settings.people.revoke')}</Button></RowActions>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Panel>
  )
}

function InviteDialog({ onCreated, onClose }: { onCreated: (created: InviteCreated) => void; onClose: () => void }) {
  const t = useT()
  const options = useOptions()
  const [invite, setInvite] = useState({ email: '', name: '', role: 'agent' as (typeof roles)[number], teamIds: [] as string[], queueIds: [] as string[] })
  const change = (part: Partial<typeof invite>): void => setInvite((held) => ({ ...held, ...part }))
  return (
    <FormDialog
      title={t('settings.people.invite')} isValid={invite.email.includes('@') && invite.name.trim() !== ''} saveLabel={t('settings.people.makeLink')} onClose={onClose}
      save={async () => onCreated(await settings.invites.create({ ...invite, email: invite.email.trim(), name: invite.name.trim() }))}
    >
      <TextField path="name" label={t('settings.name')} autoFocus value={invite.name} onChange={(name) => change({ name })} />
      <TextField path="email" label={t('settings.email')} type="email" value={invite.email} onChange={(email) => change({ email })} error={invite.email !== '' && !invite.email.includes('@') ? t('settings.emailInvalid') : null} />
      <ChoiceField path="role" label={t('settings.role')} value={invite.role} options={roles.map((value) => ({ value, label: t(`role.${value}`) }))} onChange={(role) => change({ role: roles.find((one) => one === role) ?? 'agent' })} />
      <ChoicesField path="teamIds" label={t('settings.people.teams')} options={options.teams} value={invite.teamIds} onChange={(teamIds) => change({ teamIds })} />
      <ChoicesField path="queueIds" label={t('settings.section.queues')} options={options.queues} value={invite.queueIds} onChange={(queueIds) => change({ queueIds })} />
    </FormDialog>
  )
}

/** The link, shown this once: it is the invitation, also where no mail can be sent. */
function LinkDialog({ created, onClose }: { created: InviteCreated; onClose: () => void }) {
  const t = useT()
  return (
    <NoticeDialog title={t('settings.people.link')} onClose={onClose}>
      <Alert color="green">{created.mailed ? t('settings.people.linkMailed', { email: created.invite.email }) : t('settings.people.linkNotMailed')}</Alert>
      <Group wrap="nowrap" align="flex-start"><Code block style={{ flex: 1, whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>{created.link}</Code><Copy value={created.link} /></Group>
    </NoticeDialog>
  )
}

function PersonDialog({ person, onClose }: { person: StaffMember; onClose: () => void }) {
  const t = useT()
  const me = useMe()
  const options = useOptions()
  const skills = useSettings('skills', settings.skills.list)
  const { act } = useAct()
  const [held, setHeld] = useState(person)
  const change = (part: Partial<StaffMember>): void => setHeld((before) => ({ ...before, ...part }))
  const save = () => settings.staff.change(person.id, {
    name: held.name.trim(), phone: held.phone?.trim() || null, liveUnits: held.liveUnits, deferredUnits: held.deferredUnits, teamIds: held.teamIds, queueIds: held.queueIds, skills: held.skills,
    ...(person.id === me.id ? {} : { role: held.role }),
  })
  return (
    <FormDialog title={t('settings.editNamed', { name: person.name })} isValid={held.name.trim() !== ''} save={save} onClose={onClose}>
      <TextField path="name" label={t('settings.name')} value={held.name} onChange={(name) => change({ name })} />
      <ChoiceField path="role" label={t('settings.role')} disabled={person.id === me.id} value={held.role} options={roles.map((value) => ({ value, label: t(`role.${value}`) }))} onChange={(role) => change({ role: roles.find((one) => one === role) ?? held.role })} />
      <TextField path="phone" label={t('settings.people.phone')} description={t('settings.people.phoneHint')} type="tel" value={held.phone ?? ''} onChange={(phone) => change({ phone: phone === '' ? null : phone })} />
      <ChoicesField path="teamIds" label={t('settings.people.teams')} options={options.teams} value={held.teamIds} onChange={(teamIds) => change({ teamIds })} />
      <ChoicesField path="queueIds" label={t('settings.section.queues')} options={options.queues} value={held.queueIds} onChange={(queueIds) => change({ queueIds })} />
      <ChoicesField path="skills" nothingFoundMessage={t('settings.skills.empty')} label={t('settings.people.skills')} options={(skills.data ?? []).map(({ id, name }) => ({ value: id, label: name }))} value={held.skills.map(({ skillId }) => skillId)} onChange={(ids) => change({ skills: ids.map((skillId) => held.skills.find((skill) => skill.skillId === skillId) ?? { skillId, level: 3 }) })} />
      {held.skills.map((skill) => (
        <NumberField key={skill.skillId} path="skills" label={t('settings.people.level', { skill: skills.data?.find(({ id }) => id === skill.skillId)?.name ?? '' })} min={1} max={5} value={skill.level} onChange={(level) => change({ skills: held.skills.map((one) => (one === skill ? { ...one, level } : one)) })} />
      ))}
      <Group grow>
        <NumberField path="liveUnits" label={t('settings.people.liveUnits')} min={1} max={1000} value={held.liveUnits} onChange={(liveUnits) => change({ liveUnits })} />
        <NumberField path="deferredUnits" label={t('settings.people.deferredUnits')} min={1} max={1000} value={held.deferredUnits} onChange={(deferredUnits) => change({ deferredUnits })} />
      </Group>
      <Group gap="xs">
        <Button size="xs" variant="default" onClick={() => void act(() => settings.staff.signOut(person.id))}>{t('settings.people.signOut')}</Button>
        {person.twoFactor && <Button size="xs" variant="default" onClick={() => void act(() => settings.staff.removeTwoFactor(person.id))}>{t('settings.people.removeCodes')}</Button>}
      </Group>
    </FormDialog>
  )
}

export function Copy({ value }: { value: string }) {
  const t = useT()
  return <CopyButton value={value}>{({ copied, copy }) => <Button size="xs" variant="default" onClick={copy}>{copied ? t('settings.copied') : t('settings.copy')}</Button>}</CopyButton>
}
