import { IconAt, IconBrandSlack, IconBrandWhatsapp, IconPhone, IconPhoneOff, IconUser, IconWorld, type Icon } from '@tabler/icons-react'
import type { CustomerView } from '#contract/views.ts'
import type { IdentityKind } from '#contract/words.ts'
import { useFormats, useT } from '../i18n.tsx'
import { Mark } from '../look/Mark.tsx'
import style from './CustomerPanel.module.css'

const icons: Record<IdentityKind, Icon> = { phone: IconPhone, email: IconAt, visitor: IconWorld, 'site-user': IconUser, 'slack-user': IconBrandSlack, 'whatsapp-id': IconBrandWhatsapp, call: IconPhoneOff }

/** Addresses something arrived from, with how sure we are of each; and apart those that were only typed. */
export function Addresses({ customer }: { customer: CustomerView }) {
  const t = useT()
  const formats = useFormats()
  return (
    <section className={style['section']} aria-label={t('customer.identities')}>
      <h3>{t('customer.identities')}</h3>
      {customer.identities.length === 0 && <p className={style['small']}>{t('customer.noIdentities')}</p>}
      <ul className={style['list']}>
        {customer.identities.map((identity) => {
          const Shape = icons[identity.kind]
          return (
            <li key={identity.id} className={style['row']}>
              <Shape size={16} stroke={1.6} aria-hidden />
              <span className={style['grow']}>
                <span dir="auto">{identity.value || identity.displayName || t(`identityKind.${identity.kind}`)}</span>
                <span className={style['small']}>{t(`identityKind.${identity.kind}`)}{identity.kind === 'slack-user' ? ` · ${identity.realm}` : ''}</span>
              </span>
              {identity.shared && <Mark tone="warn">{t('customer.shared')}</Mark>}
              {identity.bounced && <Mark tone="bad">{t('customer.bounced')}</Mark>}
              {identity.optedOut && <Mark tone="bad">{t('customer.optedOut')}</Mark>}
              <Mark tone={identity.evidence === 'proved' ? 'good' : 'warn'}>{t(`evidence.${identity.evidence}`)}</Mark>
            </li>
          )
        })}
      </ul>
      {customer.claims.length > 0 && (
        <>
          <h3 style={{ marginTop: 16 }}>{t('customer.claims')}</h3>
          <ul className={style['list']}>
            {customer.claims.map((claim) => (
              <li key={claim.id} className={style['row']}>
                <span className={style['grow']}><span dir="auto">{claim.value}</span><span className={style['small']}>{t('customer.claimedAt', { at: formats.dateTime(claim.at) })}</span></span>
                <Mark tone="warn">{t('customer.typed')}</Mark>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  )
}
