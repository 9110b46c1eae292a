import { useState } from 'react'
import { Alert, Code, Group, Table, Text } from '@mantine/core'
import { IconKey } from '@tabler/icons-react'
import type { ApiKey } from '#contract/api/auth.ts'
import { settings } from '../api/settings.ts'
import { useFormats, useT } from '../i18n.tsx'
import { Copy } from './People.tsx'
import { ConfirmDialog, FormDialog, NoticeDialog, RowActions, Section, useSettings } from './parts.tsx'
import { NumberField, TextField } from './fields.tsx'

/** Keys for programs. */
export function ApiKeys() {
  const t = useT()
  const formats = useFormats()
  const keys = useSettings('api-keys', settings.apiKeys.list)
  const [isAdding, setIsAdding] = useState(false)
  const [made, setMade] = useState<string | null>(null)
  const [revoking, setRevoking] = useState<ApiKey | null>(null)
  const [name, setName] = useState('')
  const [days, setDays] = useState(90)
  const create = async (): Promise<void> => {
    const { key } = await settings.apiKeys.create({ name: name.trim(), expiresInDays: days })
    setMade(key)
    setName('')
  }
  return (
    <Section
      title={t('settings.section.api-keys')} text={t('settings.apiKeys.text')} list={keys} columns={[t('settings.name'), t('settings.apiKeys.standsFor'), t('settings.apiKeys.lastUsed'), t('settings.apiKeys.expires')]}
      empty={{ icon: IconKey, title: t('settings.apiKeys.empty'), text: t('settings.apiKeys.text') }} add={{ label: t('settings.apiKeys.add'), onClick: () => setIsAdding(true) }}
      row={(key) => (
        <>
          <Table.Td fw={550}>{key.name}<Text size="xs" c="dimmed">{key.start}…</Text></Table.Td><Table.Td>{key.staffName}</Table.Td>
          <Table.Td>{key.lastUsedAt === null ? t('settings.never') : formats.dateTime(key.lastUsedAt)}</Table.Td><Table.Td>{key.expiresAt === null ? t('settings.never') : formats.date(key.expiresAt)}</Table.Td>
          <RowActions name={key.name} onRetire={() => setRevoking(key)} />
        </>
      )}
    >
      {isAdding && (
        <FormDialog title={t('settings.apiKeys.add')} isValid={name.trim() !== ''} save={create} onClose={() => setIsAdding(false)}>
          <TextField path="name" label={t('settings.name')} description={t('settings.apiKeys.nameHint')} maxLength={32} autoFocus value={name} onChange={setName} />
          <NumberField path="expiresInDays" label={t('settings.apiKeys.days')} min={1} max={365} value={days} onChange={setDays} />
        </FormDialog>
      )}
      {made !== null && (
        <NoticeDialog title={t('settings.apiKeys.made')} onClose={() => setMade(null)}>
          <Alert color="yellow">{t('settings.apiKeys.once')}</Alert>
          <Group wrap="nowrap"><Code block style={{ flex: 1, overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>{made}</Code><Copy value={made} /></Group>
        </NoticeDialog>
      )}
      {revoking && <ConfirmDialog title={t('settings.retireNamed', { name: revoking.name })} text={t('settings.apiKeys.revokeText')} confirmLabel={t('settings.retire')} save={() => settings.apiKeys.revoke(revoking.id)} onClose={() => setRevoking(null)} />}
    </Section>
  )
}
