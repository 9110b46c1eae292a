import { Button, Table, Text } from '@mantine/core'
import { IconShieldCheck } from '@tabler/icons-react'
import { settings } from '../api/settings.ts'
import { useFormats, useT } from '../i18n.tsx'
import { useAct } from '../state/act.ts'
import { RowActions, Section, useRefresh, useSettings } from './parts.tsx'

/** What arrived and could not be handled; nothing is lost, it can be tried again. */
export function Quarantine() {
  const t = useT()
  const formats = useFormats()
  const refresh = useRefresh()
  const { act, isBusy } = useAct()
  const receipts = useSettings('receipts', () => settings.quarantine.list(null))
  return (
    <Section
      title={t('settings.section.quarantine')} text={t('settings.quarantine.text')} list={receipts} columns={[t('settings.quarantine.arrived'), t('settings.channels.channel'), t('settings.quarantine.reason'), t('settings.quarantine.attempts')]}
      empty={{ icon: IconShieldCheck, title: t('settings.quarantine.empty'), text: t('settings.quarantine.emptyText') }}
      row={(receipt) => (
        <>
          <Table.Td>{formats.dateTime(receipt.receivedAt)}</Table.Td><Table.Td>{t(`channel.${receipt.channel}`)}<Text size="xs" c="dimmed">{receipt.kind}</Text></Table.Td>
          <Table.Td>{receipt.reason ?? '–'}</Table.Td><Table.Td>{receipt.attempts}</Table.Td>
          <RowActions name={receipt.id}><Button size="xs" variant="default" loading={isBusy} onClick={() => void act(async () => { await settings.quarantine.replay(receipt.id); await refresh() })}>{t('settings.quarantine.replay')}</Button></RowActions>
        </>
      )}
    />
  )
}
