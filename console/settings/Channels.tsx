import { useState } from 'react'
import { Alert, Button, Code, Group, Stack, Switch, Table, TagsInput, Text } from '@mantine/core'
import { IconPlugConnected } from '@tabler/icons-react'
import type { AccountSecrets, AccountSettings, ChannelAccount } from '#contract/api/settings.ts'
import { channels, type Channel } from '#contract/words.ts'
import { settings, type AccountTest } from '../api/settings.ts'
import { keyFor, useT, type T } from '../i18n.tsx'
import { ChannelIcon } from '../look/ChannelIcon.tsx'
import { useAct } from '../state/act.ts'
import { Copy } from './People.tsx'
import { ConfirmDialog, FormDialog, NoticeDialog, RowActions, Section, useSettings } from './parts.tsx'
import { ChoiceField, ChoicesField, TextField } from './fields.tsx'

/** Which secrets a kind of account has, in the order they are asked for. */
const secretsOf: Record<Channel, readonly (keyof AccountSecrets)[]> = { voice: ['authToken'], sms: ['authToken'], whatsapp: ['authToken'], email: ['smtpUrl'], webchat: ['siteSecret'], slack: ['botToken', 'signingSecret'] }
/** What a website may prove of those signed in on it, beside who they are there. */
const claims = ['email', 'phone'] as const
const isTwilio = (channel: Channel): boolean => channel === 'voice' || channel === 'sms' || channel === 'whatsapp'

/** The numbers, mailboxes, websites and workspaces customers reach us at. */
export function Channels() {
  const t = useT()
  const accounts = useSettings('channel-accounts', settings.channelAccounts.list)
  const queues = useSettings('queues', settings.queues.list)
  const [editing, setEditing] = useState<ChannelAccount | 'new' | null>(null)
  const [retiring, setRetiring] = useState<ChannelAccount | null>(null)
  const [showing, setShowing] = useState<ChannelAccount | null>(null)
  return (
    <Section
      title={t('settings.section.channels')} text={t('settings.channels.text')} list={accounts} columns={[t('settings.channels.channel'), t('settings.channels.address'), t('settings.queue')]}
      empty={{ icon: IconPlugConnected, title: t('settings.channels.empty'), text: t('settings.channels.emptyText') }} add={{ label: t('settings.channels.add'), onClick: () => setEditing('new') }}
      row={(account) => (
        <>
          <Table.Td><Group gap="xs" wrap="nowrap"><ChannelIcon channel={account.channel} />{t(`channel.${account.channel}`)}</Group></Table.Td>
          <Table.Td>{account.name}<Text size="xs" c="dimmed">{account.address}</Text></Table.Td>
          <Table.Td>{queues.data?.find(({ id }) => id === account.queueId)?.name ?? '–'}</Table.Td>
          <RowActions name={account.name} onEdit={() => setEditing(account)} onRetire={() => setRetiring(account)}>
            <Button size="xs" variant="light" onClick={() => setShowing(account)}>{t('settings.channels.setUp')}</Button>
          </RowActions>
        </>
      )}
    >
      {editing && <AccountDialog account={editing === 'new' ? null : editing} onSaved={setShowing} onClose={() => setEditing(null)} />}
      {showing && <SetUpDialog account={showing} onClose={() => setShowing(null)} />}
      {retiring && <ConfirmDialog title={t('settings.retireNamed', { name: retiring.name })} text={t('settings.channels.retireText')} confirmLabel={t('settings.retire')} save={() => settings.channelAccounts.retire(retiring.id)} onClose={() => setRetiring(null)} />}
    </Section>
  )
}

function AccountDialog({ account, onSaved, onClose }: { account: ChannelAccount | null; onSaved: (account: ChannelAccount) => void; onClose: () => void }) {
  const t = useT()
  const queues = useSettings('queues', settings.queues.list)
  const [channel, setChannel] = useState<Channel>(account?.channel ?? 'email')
  const [address, setAddress] = useState(account?.address ?? '')
  const [name, setName] = useState(account?.name ?? '')
  const [queueId, setQueueId] = useState<string | null>(account?.queueId ?? null)
  const [staffOnly, setStaffOnly] = useState(account?.staffOnly ?? false)
  const [held, setHeld] = useState<AccountSettings>(account?.settings ?? {})
  const [secrets, setSecrets] = useState<AccountSecrets>({})
  const isValid = name.trim() !== '' && address.trim() !== '' && queueId !== null
  const save = async (): Promise<void> => {
    if (queueId === null) return
    const given = Object.fromEntries(Object.entries(secrets).filter(([, value]) => value !== ''))
    const body = { name: name.trim(), queueId, staffOnly, settings: held, secrets: given }
    onSaved(account ? await settings.channelAccounts.change(account.id, body) : await settings.channelAccounts.create({ ...body, channel, address: address.trim() }))
  }
  return (
    <FormDialog title={account ? t('settings.editNamed', { name: account.name }) : t('settings.channels.add')} isValid={isValid} save={save} onClose={onClose}>
      <ChoiceField path="channel" label={t('settings.channels.channel')} disabled={account !== null} value={channel} options={channels.map((value) => ({ value, label: t(`channel.${value}`) }))} onChange={(chosen) => setChannel(channels.find((one) => one === chosen) ?? channel)} />
      {account === null && <TextField path="address" label={t('settings.channels.address')} description={t(`settings.channels.addressHint.${channel}`)} maxLength={254} autoFocus value={address} onChange={setAddress} />}
      <TextField path="name" label={t('settings.name')} description={t('settings.channels.nameHint')} value={name} onChange={setName} />
      <ChoiceField path="queueId" label={t('settings.queue')} description={queues.data?.length === 0 ? t('settings.channels.noQueues') : t('settings.channels.queueHint')} value={queueId} options={(queues.data ?? []).map(({ id, name: label }) => ({ value: id, label }))} onChange={setQueueId} />
      {isTwilio(channel) && <TextField path="settings.accountSid" label={t('settings.channels.accountSid')} value={held.accountSid ?? ''} onChange={(accountSid) => setHeld(withText(held, 'accountSid', accountSid))} />}
      {channel === 'webchat' && <TagsInput label={t('settings.channels.origins')} description={t('settings.channels.originsHint')} value={held.allowedOrigins ?? []} onChange={(allowedOrigins) => setHeld({ ...held, allowedOrigins })} />}
      {channel === 'webchat' && <ChoicesField path="settings.trustedClaims" label={t('settings.channels.trusted')} description={t('settings.channels.trustedHint')} value={held.trustedClaims ?? []} options={claims.map((value) => ({ value, label: t(`identityKind.${value}`) }))} onChange={(chosen) => setHeld({ ...held, trustedClaims: claims.filter((one) => chosen.includes(one)) })} />}
      {secretsOf[channel].map((secret) => (
        <TextField
          key={secret} path={`secrets.${secret}`} type="password" maxLength={4000} autoComplete="new-password" label={t(`settings.channels.secret.${secret}`)} value={secrets[secret] ?? ''} onChange={(value) => setSecrets({ ...secrets, [secret]: value })}
          description={account?.secretsSet.includes(secret) ? t('settings.channels.secretKept') : t(`settings.channels.secretHint.${secret}`)}
        />
      ))}
      {channel === 'slack' && <Switch label={t('settings.channels.staffOnly')} checked={staffOnly} onChange={(event) => setStaffOnly(event.currentTarget.checked)} />}
    </FormDialog>
  )
}

function withText(held: AccountSettings, key: 'accountSid', value: string): AccountSettings {
  const { [key]: _before, ...rest } = held
  return value.trim() === '' ? rest : { ...rest, [key]: value.trim() }
}

/** What to paste at the provider, and whether it works. */
function SetUpDialog({ account, onClose }: { account: ChannelAccount; onClose: () => void }) {
  const t = useT()
  const { act, isBusy } = useAct()
  const [result, setResult] = useState<AccountTest | null>(null)
  return (
    <NoticeDialog title={t('settings.channels.setUpNamed', { name: account.name })} onClose={onClose}>
      <Text size="sm">{t(`settings.channels.steps.${account.channel}`)}</Text>
      {account.paste.map((paste) => (
        <Stack key={paste.label} gap={4}>
          <Text size="sm" fw={550}>{t(keyFor('settings.channels.paste', paste.label, 'settings.channels.paste.value'))}</Text>
          <Group wrap="nowrap" align="flex-start"><Code block style={{ flex: 1, whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>{paste.value}</Code><Copy value={paste.value} /></Group>
        </Stack>
      ))}
      <Group><Button variant="default" loading={isBusy} onClick={() => void act(async () => setResult(await settings.channelAccounts.test(account.id)))}>{t('settings.channels.test')}</Button></Group>
      {result && <Alert color={result.ok ? 'green' : 'red'} role="status" title={result.ok ? t('settings.channels.works') : t('settings.channels.fails')}>{detailText(t, result.detail)}</Alert>}
    </NoticeDialog>
  )
}

/** A code of ours in the reader's words, with what stands behind its colon; else the provider's own words. */
function detailText(t: T, detail: string): string {
  const [code = '', value = ''] = detail.split(/: (.*)/s)
  const key = keyFor('settings.channels.testDetail', code, 'settings.channels.testDetail.other')
  return key === 'settings.channels.testDetail.other' ? t(key, { detail }) : t(key, { value })
}
