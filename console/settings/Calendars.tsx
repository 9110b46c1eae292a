import { useState } from 'react'
import { ActionIcon, Autocomplete, Button, Checkbox, Group, Stack, Table, Text, TextInput } from '@mantine/core'
import { IconCalendarTime, IconTrash } from '@tabler/icons-react'
import type { Calendar } from '#contract/api/settings.ts'
import { settings } from '../api/settings.ts'
import { useFormats, useLocale, useT } from '../i18n.tsx'
import { Mark } from '../look/Mark.tsx'
import { ConfirmDialog, FormDialog, RowActions, Section, useFieldProblem, useSettings } from './parts.tsx'
import { TextField } from './fields.tsx'

const weekdays = [1, 2, 3, 4, 5, 6, 7] as const

/** When we are there. */
export function Calendars() {
  const t = useT()
  const calendars = useSettings('calendars', settings.calendars.list)
  const [editing, setEditing] = useState<Calendar | 'new' | null>(null)
  const [retiring, setRetiring] = useState<Calendar | null>(null)
  return (
    <Section
      title={t('settings.section.calendars')} text={t('settings.calendars.text')} list={calendars} columns={[t('settings.name'), t('settings.calendars.timeZone'), t('settings.calendars.exceptions')]}
      empty={{ icon: IconCalendarTime, title: t('settings.calendars.empty'), text: t('settings.calendars.emptyText') }} add={{ label: t('settings.calendars.add'), onClick: () => setEditing('new') }}
      row={(calendar) => (
        <>
          <Table.Td><Text span fw={550} size="sm">{calendar.name}</Text> <Mark tone={calendar.isOpen ? 'good' : 'plain'}>{calendar.isOpen ? t('settings.open') : t('settings.closed')}</Mark></Table.Td>
          <Table.Td>{calendar.timeZone}</Table.Td><Table.Td>{calendar.exceptions.length}</Table.Td>
          <RowActions name={calendar.name} onEdit={() => setEditing(calendar)} onRetire={() => setRetiring(calendar)} />
        </>
      )}
    >
      {editing && <CalendarDialog calendar={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />}
      {retiring && <ConfirmDialog title={t('settings.retireNamed', { name: retiring.name })} text={t('settings.calendars.retireText')} confirmLabel={t('settings.retire')} save={() => settings.calendars.retire(retiring.id)} onClose={() => setRetiring(null)} />}
    </Section>
  )
}

function CalendarDialog({ calendar, onClose }: { calendar: Calendar | null; onClose: () => void }) {
  const t = useT()
  const [name, setName] = useState(calendar?.name ?? '')
  const [timeZone, setTimeZone] = useState(calendar?.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone)
  const [periods, setPeriods] = useState(calendar?.periods ?? weekdays.slice(0, 5).map((weekday) => ({ weekday: weekday as number, from: '09:00', to: '17:00' })))
  const [exceptions, setExceptions] = useState(calendar?.exceptions ?? [])
  const body = { name: name.trim(), timeZone, periods, exceptions }
  return (
    <FormDialog title={calendar ? t('settings.editNamed', { name: calendar.name }) : t('settings.calendars.add')} size="lg" isValid={body.name !== '' && timeZone !== ''} save={() => (calendar ? settings.calendars.change(calendar.id, body) : settings.calendars.create(body))} onClose={onClose}>
      <TextField path="name" label={t('settings.name')} autoFocus value={name} onChange={setName} />
      <Autocomplete label={t('settings.calendars.timeZone')} data={Intl.supportedValuesOf('timeZone')} limit={20} value={timeZone} onChange={setTimeZone} error={useFieldProblem('timeZone')} />
      <WeekField periods={periods} onChange={setPeriods} />
      <ExceptionsField exceptions={exceptions} onChange={setExceptions} />
    </FormDialog>
  )
}

function WeekField({ periods, onChange }: { periods: Calendar['periods']; onChange: (periods: Calendar['periods']) => void }) {
  const t = useT()
  const locale = useLocale()
  // Week of 1 January 2024, a Monday.
  const nameOf = (weekday: number): string => new Intl.DateTimeFormat(locale, { weekday: 'long', timeZone: 'UTC' }).format(new Date(Date.UTC(2024, 0, weekday)))
  const set = (at: number, part: Partial<Calendar['periods'][number]>): void => onChange(periods.map((period, i) => (i === at ? { ...period, ...part } : period)))
  return (
    <Stack gap={8} role="group" aria-label={t('settings.calendars.week')}>
      <Text size="sm" fw={550}>{t('settings.calendars.week')}</Text>
      {weekdays.map((weekday) => {
        const ofDay = periods.map((period, at) => ({ period, at })).filter(({ period }) => period.weekday === weekday)
        const day = nameOf(weekday)
        return (
          <Group key={weekday} gap="sm" align="flex-start" wrap="nowrap">
            <Checkbox w={130} pt={7} label={day} checked={ofDay.length > 0} onChange={(event) => onChange(event.currentTarget.checked ? [...periods, { weekday, from: '09:00', to: '17:00' }] : periods.filter((period) => period.weekday !== weekday))} />
            <Stack gap={6} flex={1}>
              {ofDay.length === 0 && <Text size="sm" c="dimmed" pt={7}>{t('settings.closed')}</Text>}
              {ofDay.map(({ period, at }) => (
                <Group key={at} gap={6} wrap="nowrap">
                  <TextInput type="time" aria-label={t('settings.calendars.from', { day })} value={period.from} onChange={(event) => set(at, { from: event.currentTarget.value })} />
                  <span aria-hidden>–</span>
                  <TextInput type="time" aria-label={t('settings.calendars.to', { day })} value={period.to === '24:00' ? '00:00' : period.to} onChange={(event) => set(at, { to: event.currentTarget.value === '00:00' ? '24:00' : event.currentTarget.value })} />
                  {passesMidnight(period) && <Text size="xs" c="dimmed">{t('settings.calendars.nextDay')}</Text>}
                  <ActionIcon aria-label={t('settings.calendars.remove', { day })} onClick={() => onChange(periods.filter((_, i) => i !== at))}><IconTrash size={15} aria-hidden /></ActionIcon>
                </Group>
              ))}
            </Stack>
            {ofDay.length > 0 && <Button size="xs" mt={3} variant="subtle" onClick={() => onChange([...periods, { weekday, from: '18:00', to: '20:00' }])} aria-label={t('settings.calendars.addPeriodOn', { day })}>{t('settings.calendars.addPeriod')}</Button>}
          </Group>
        )
      })}
      <FieldProblem path="periods" />
    </Stack>
  )
}

function ExceptionsField({ exceptions, onChange }: { exceptions: Calendar['exceptions']; onChange: (exceptions: Calendar['exceptions']) => void }) {
  const t = useT()
  const [date, setDate] = useState('')
  const [name, setName] = useState('')
  const add = (periods: Calendar['exceptions'][number]['periods']): void => { onChange([...exceptions, { date, name: name.trim(), periods }].toSorted((a, b) => a.date.localeCompare(b.date))); setDate(''); setName('') }
  const isTaken = date === '' || exceptions.some((one) => one.date === date)
  return (
    <Stack gap={8} role="group" aria-label={t('settings.calendars.exceptions')}>
      <Text size="sm" fw={550}>{t('settings.calendars.exceptions')}</Text>
      {exceptions.map((exception, at) => <ExceptionRow key={exception.date} exception={exception} onChange={(changed) => onChange(exceptions.flatMap((one, i) => (i === at ? (changed ? [changed] : []) : [one])))} />)}
      <Group align="flex-end">
        <TextInput type="date" label={t('settings.calendars.date')} value={date} onChange={(event) => setDate(event.currentTarget.value)} />
        <TextInput flex={1} miw={160} label={t('settings.calendars.holiday')} maxLength={100} value={name} onChange={(event) => setName(event.currentTarget.value)} />
        <Button variant="default" disabled={isTaken} onClick={() => add([])}>{t('settings.calendars.addClosed')}</Button>
        <Button variant="default" disabled={isTaken} onClick={() => add([{ from: '09:00', to: '12:00' }])}>{t('settings.calendars.addOpen')}</Button>
      </Group>
      <FieldProblem path="exceptions" />
    </Stack>
  )
}

const passesMidnight = ({ from, to }: { from: string; to: string }): boolean => to <= from

/** One day that differs: closed, or with hours of its own. */
function ExceptionRow({ exception, onChange }: { exception: Calendar['exceptions'][number]; onChange: (exception: Calendar['exceptions'][number] | null) => void }) {
  const t = useT()
  const formats = useFormats()
  const { date, periods } = exception
  const set = (at: number, part: Partial<(typeof periods)[number]>): void => onChange({ ...exception, periods: periods.map((period, i) => (i === at ? { ...period, ...part } : period)) })
  return (
    <Group justify="space-between" align="flex-start">
      <Text size="sm" pt={7}>{formats.date(new Date(`${date}T12:00`))} · {exception.name}</Text>
      <Group gap={6} align="flex-start">
        {periods.length === 0 && <Text size="sm" c="dimmed" pt={7}>{t('settings.closed')}</Text>}
        <Stack gap={6}>
          {periods.map((period, at) => (
            <Group key={at} gap={6} wrap="nowrap">
              <TextInput type="time" aria-label={t('settings.calendars.from', { day: date })} value={period.from} onChange={(event) => set(at, { from: event.currentTarget.value })} />
              <span aria-hidden>–</span>
              <TextInput type="time" aria-label={t('settings.calendars.to', { day: date })} value={period.to === '24:00' ? '00:00' : period.to} onChange={(event) => set(at, { to: event.currentTarget.value === '00:00' ? '24:00' : event.currentTarget.value })} />
              {passesMidnight(period) && <Text size="xs" c="dimmed">{t('settings.calendars.nextDay')}</Text>}
            </Group>
          ))}
        </Stack>
        {periods.length < 10 && <Button size="xs" mt={3} variant="subtle" aria-label={t('settings.calendars.addPeriodOn', { day: date })} onClick={() => onChange({ ...exception, periods: [...periods, { from: '13:00', to: '17:00' }] })}>{t('settings.calendars.addPeriod')}</Button>}
        <ActionIcon mt={3} aria-label={t('settings.calendars.remove', { day: date })} onClick={() => onChange(null)}><IconTrash size={15} aria-hidden /></ActionIcon>
      </Group>
    </Group>
  )
}

function FieldProblem({ path }: { path: string }) {
  const problem = useFieldProblem(path)
  return problem === null ? null : <Text size="xs" c="red">{problem}</Text>
}
