import { useState } from 'react'
import { ActionIcon, Button, Group, Menu, Select, TextInput } from '@mantine/core'
import { IconArrowMerge, IconDots, IconPencil, IconShieldCheck } from '@tabler/icons-react'
import type { CustomerView } from '#contract/views.ts'
import { customerTiers, type CustomerTier } from '#contract/words.ts'
import { customers as api } from '../api/work.ts'
import { useFormats, useT } from '../i18n.tsx'
import { useCustomerLabel } from '../look/customer-label.ts'
import { Face } from '../look/Face.tsx'
import { Mark } from '../look/Mark.tsx'
import { useAct } from '../state/act.ts'
import { isAtLeast, useMe } from '../state/me.tsx'
import { MergeDialog } from './MergeDialog.tsx'
import { VerifyDialog, verifiableOf } from './VerifyDialog.tsx'
import style from './CustomerPanel.module.css'

/** Name, tier and company, and the form to correct them. */
export function CustomerFacts({ customer }: { customer: CustomerView }) {
  const t = useT()
  const formats = useFormats()
  const me = useMe()
  const { act, isBusy } = useAct()
  const label = useCustomerLabel()(customer.label)
  const [isEditing, setIsEditing] = useState(false)
  const [dialog, setDialog] = useState<'merge' | 'verify' | null>(null)
  const [name, setName] = useState(customer.name ?? '')
  const [company, setCompany] = useState(customer.company ?? '')
  const [tier, setTier] = useState<CustomerTier>(customer.tier)
  const save = async (): Promise<void> => {
    const saved = await act(() => api.change(customer.id, { name: name.trim() || null, company: company.trim() || null, ...(tier === customer.tier ? {} : { tier }), version: customer.version }))
    if (saved) setIsEditing(false)
  }
  if (isEditing) {
    return (
      <form className={style['section']} onSubmit={(event) => { event.preventDefault(); void save() }}>
        <div className={style['fields']}>
          <TextInput label={t('customer.name')} autoFocus maxLength={200} value={name} onChange={(event) => setName(event.currentTarget.value)} />
          <TextInput label={t('customer.company')} maxLength={200} value={company} onChange={(event) => setCompany(event.currentTarget.value)} />
          {isAtLeast(me.role, 'agent') && (
            <Select label={t('customer.tier')} value={tier} allowDeselect={false} onChange={(chosen) => setTier(customerTiers.find((one) => one === chosen) ?? customer.tier)} data={customerTiers.map((value) => ({ value, label: t(`tier.${value}`) }))} />
          )}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={() => setIsEditing(false)}>{t('common.cancel')}</Button>
            <Button type="submit" loading={isBusy}>{t('common.save')}</Button>
          </Group>
        </div>
      </form>
    )
  }
  return (
    <div className={style['who']}>
      <Face label={label} size={48} />
      <div className={style['grow']}>
        <strong dir="auto">{label}</strong>
        <span className={style['small']}>{customer.company ?? t('customer.since', { at: formats.date(customer.createdAt) })}</span>
        <Group gap={6} mt={4}>
          {customer.tier !== 'standard' && <Mark tone="accent">{t(`tier.${customer.tier}`)}</Mark>}
          {customer.locale !== null && <Mark>{t(`locale.${customer.locale}`)}</Mark>}
          {customer.timeZone !== null && <Mark>{localTime(customer.timeZone, formats.locale)}</Mark>}
        </Group>
      </div>
      <Menu position="bottom-end" width={230}>
        <Menu.Target><ActionIcon aria-label={t('customer.actions')}><IconDots size={17} aria-hidden /></ActionIcon></Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconPencil size={16} aria-hidden />} onClick={() => setIsEditing(true)}>{t('customer.edit')}</Menu.Item>
          <Menu.Item leftSection={<IconShieldCheck size={16} aria-hidden />} disabled={verifiableOf(customer).length === 0} onClick={() => setDialog('verify')}>{t('verify.title')}</Menu.Item>
          <Menu.Item leftSection={<IconArrowMerge size={16} aria-hidden />} onClick={() => setDialog('merge')}>{t('merge.handAction')}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {dialog === 'merge' && <MergeDialog customer={customer} onClose={() => setDialog(null)} />}
      {dialog === 'verify' && <VerifyDialog customer={customer} onClose={() => setDialog(null)} />}
    </div>
  )
}

function localTime(timeZone: string, locale: string): string {
  return new Intl.DateTimeFormat(locale === 'zh' ? 'zh-CN' : 'en-GB', { hour: '2-digit', minute: '2-digit', timeZone, timeZoneName: 'short' }).format(new Date())
}
