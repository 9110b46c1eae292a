import { useState } from 'react'
import { Button, Group, Modal, PinInput, Radio, Stack, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import type { CustomerView } from '#contract/views.ts'
import { customers as api } from '../api/work.ts'
import { useT } from '../i18n.tsx'
import { useAct } from '../state/act.ts'

type Address = CustomerView['identities'][number]

/** Addresses a code can be sent to: proved before, and reachable by text or mail. */
export function verifiableOf(customer: CustomerView): Address[] {
  return customer.identities.filter(({ kind, evidence, bounced, optedOut, shared }) => (kind === 'phone' || kind === 'email') && evidence === 'proved' && !bounced && !optedOut && !shared)
}

/** Makes sure that a person is who they say: a code goes to an address they proved before, and they read it back. */
export function VerifyDialog({ customer, onClose }: { customer: CustomerView; onClose: () => void }) {
  const t = useT()
  const { act, isBusy } = useAct()
  const addresses = verifiableOf(customer)
  const [identityId, setIdentityId] = useState<string | null>(addresses[0]?.id ?? null)
  const [sentTo, setSentTo] = useState<Address | null>(null)
  const [code, setCode] = useState('')
  const send = async (): Promise<void> => {
    const address = addresses.find(({ id }) => id === identityId)
    if (address && (await act(() => api.sendCode(customer.id, address.id)))) setSentTo(address)
  }
  const confirm = async (whole: string): Promise<void> => {
    if (!sentTo || isBusy) return
    if (!(await act(() => api.confirmCode(customer.id, sentTo.id, whole)))) return setCode('')
    notifications.show({ color: 'green', message: t('verify.done'), closeButtonProps: { 'aria-label': t('common.close') } })
    onClose()
  }
  return (
    <Modal opened onClose={onClose} title={t('verify.title')} closeButtonProps={{ 'aria-label': t('common.close') }}>
      <Stack gap="md">
        {sentTo === null ? (
          <>
            <Text size="sm">{t('verify.text')}</Text>
            <Radio.Group label={t('verify.to')} value={identityId} onChange={setIdentityId}>
              <Stack gap={8} mt={8}>{addresses.map(({ id, value }) => <Radio key={id} value={id} label={value} />)}</Stack>
            </Radio.Group>
          </>
        ) : (
          <>
            <Text size="sm">{t('verify.sent', { address: sentTo.value })}</Text>
            <PinInput length={6} placeholder="" type="number" oneTimeCode autoFocus value={code} onChange={setCode} onComplete={(whole) => void confirm(whole)} aria-label={t('signIn.code')} disabled={isBusy} />
          </>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={sentTo === null ? onClose : () => { setSentTo(null); setCode('') }}>{sentTo === null ? t('common.cancel') : t('common.back')}</Button>
          {sentTo === null
            ? <Button disabled={identityId === null} loading={isBusy} onClick={() => void send()}>{t('verify.send')}</Button>
            : <Button disabled={code.length < 6} loading={isBusy} onClick={() => void confirm(code)}>{t('verify.confirm')}</Button>}
        </Group>
      </Stack>
    </Modal>
  )
}
