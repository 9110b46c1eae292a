/** What the settings sections share: reading a list, a table of it, and a dialog that saves. */
import { createContext, useContext, useState, type ReactNode } from 'react'
import { Button, Group, Loader, Modal, Stack, Table, Text } from '@mantine/core'
import { IconPlus, type Icon } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { ApiProblem } from '../api/http.ts'
import type { Page as PageOf } from '../api/work.ts'
import { keyFor, useT } from '../i18n.tsx'
import { Empty } from '../look/Empty.tsx'
import { Page } from '../look/Page.tsx'
import { Rows } from '../look/Rows.tsx'
import { problemText } from '../state/act.ts'

/** A list of settings, asked for again when an event says that settings changed. */
export function useSettings<Row>(name: string, list: () => Promise<PageOf<Row>>) {
  return useQuery({ queryKey: ['settings', name], queryFn: list, select: pageItems<Row> })
}

function pageItems<Row>(page: PageOf<Row>): Row[] {
  return page.items
}

export function useRefresh(): () => Promise<void> {
  const queries = useQueryClient()
  return async () => {
    await queries.invalidateQueries({ queryKey: ['settings'] })
    // What other screens choose from.
    for (const key of ['dispositions', 'dimensions', 'departments', 'causes']) await queries.invalidateQueries({ queryKey: [key] })
  }
}

interface SectionProps<Row> {
  title: string
  text: string
  list: { data: Row[] | undefined; isError: boolean; error: unknown }
  columns: readonly string[]
  row: (row: Row) => ReactNode
  empty: { icon: Icon; title: string; text: string }
  add?: { label: string; onClick: () => void }
  children?: ReactNode
}

/** One section: heading, its rows as a table, or what to do when there are none. */
export function Section<Row extends { id: string }>({ title, text, list, columns, row, empty, add, children }: SectionProps<Row>) {
  const t = useT()
  return (
    <Page title={title} text={text} action={add && <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={add.onClick}>{add.label}</Button>}>
      {list.isError && <Text c="red" role="alert">{problemText(t, list.error)}</Text>}
      {!list.data && !list.isError && <Loader size="sm" type="dots" aria-label={t('common.loading')} />}
      {list.data?.length === 0 && <Empty icon={empty.icon} title={empty.title}>{empty.text}</Empty>}
      {list.data && list.data.length > 0 && (
        <Rows minWidth={620} columns={columns} verticalSpacing="sm" highlightOnHover aria-label={title}>
          <Table.Thead><Table.Tr>{columns.map((column) => <Table.Th key={column}>{column}</Table.Th>)}<Table.Th><span className="visually-hidden">{t('settings.actions')}</span></Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>{list.data.map((one) => <Table.Tr key={one.id}>{row(one)}</Table.Tr>)}</Table.Tbody>
        </Rows>
      )}
      {children}
    </Page>
  )
}

const ProblemContext = createContext<ApiProblem | null>(null)

/** What the server last refused in the form around this; null when it has not. */
export function useFormProblem(): ApiProblem | null {
  return useContext(ProblemContext)
}

/** What the server says against one field of the form, by its path; null when it has no objection. */
export function useFieldProblem(path: string): string | null {
  const t = useT()
  const field = useContext(ProblemContext)?.fields.find((one) => one.path === path || one.path.startsWith(`${path}.`))
  return field ? t(keyFor('routing.refused', field.code, 'settings.fieldInvalid'), { message: field.message }) : null
}

/** A form over the page. `save` may refuse with a problem, which is shown at its fields and below, and may `stay` to have something read. */
export function FormDialog({ title, size = 'md', isValid, save, onClose, saveLabel, children }: { title: string; size?: string; isValid: boolean; save: () => Promise<unknown>; onClose: () => void; saveLabel?: string; children: ReactNode }) {
  const t = useT()
  const refresh = useRefresh()
  const [problem, setProblem] = useState<ApiProblem | null>(null)
  const [isBusy, setIsBusy] = useState(false)
  const submit = async (): Promise<void> => {
    if (!isValid) return
    setIsBusy(true)
    setProblem(null)
    try {
      const next = await save()
      await refresh()
      if (next !== 'stay') onClose()
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error
      setProblem(error)
    } finally {
      setIsBusy(false)
    }
  }
  return (
    <Modal opened onClose={onClose} title={title} size={size} closeButtonProps={{ 'aria-label': t('common.close') }}>
      <ProblemContext value={problem}>
        <form noValidate onSubmit={(event) => { event.preventDefault(); void submit() }}>
          <Stack gap="md">
            {children}
            {problem && <Text c="red" size="sm" role="alert">{problemText(t, problem)}</Text>}
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>{t('common.cancel')}</Button>
              <Button type="submit" loading={isBusy} disabled={!isValid}>{saveLabel ?? t('common.save')}</Button>
            </Group>
          </Stack>
        </form>
      </ProblemContext>
    </Modal>
  )
}

/** Asks before something is taken out of use. */
export function ConfirmDialog({ title, text, confirmLabel, save, onClose, children, isValid = true }: { title: string; text: string; confirmLabel: string; save: () => Promise<unknown>; onClose: () => void; children?: ReactNode; isValid?: boolean }) {
  return <FormDialog title={title} isValid={isValid} save={save} onClose={onClose} saveLabel={confirmLabel}><Text size="sm">{text}</Text>{children}</FormDialog>
}

/** The buttons at the end of a row. */
export function RowActions({ name, onEdit, onRetire, onUseAgain, children }: { name: string; onEdit?: () => void; onRetire?: (() => void) | undefined; onUseAgain?: (() => void) | undefined; children?: ReactNode }) {
  const t = useT()
  return (
    <Table.Td data-wide>
      <Group gap={6} justify="flex-end">
        {children}
        {onEdit && <Button size="xs" variant="default" aria-label={t('settings.editNamed', { name })} onClick={onEdit}>{t('settings.edit')}</Button>}
        {onUseAgain && <Button size="xs" variant="subtle" aria-label={t('settings.useAgainNamed', { name })} onClick={onUseAgain}>{t('settings.useAgain')}</Button>}
        {onRetire && <Button size="xs" variant="subtle" color="red" aria-label={t('settings.retireNamed', { name })} onClick={onRetire}>{t('settings.retire')}</Button>}
      </Group>
    </Table.Td>
  )
}

/** Something to read and copy, with one way out. */
export function NoticeDialog({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) {
  const t = useT()
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ 'aria-label': t('common.close') }}>
      <Stack gap="md">
        {children}
        <Group justify="flex-end"><Button onClick={onClose}>{t('settings.done')}</Button></Group>
      </Stack>
    </Modal>
  )
}
