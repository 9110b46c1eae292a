import type { Address, VisitorProof } from '#server/domain/identity.ts'
import type { Tx } from '#server/platform/db.ts'

/** Whom a visitor may see messages of, read once per request. */
export interface VisitorSight {
  visitorId: string
  accountId: string
  customerId: string
  conversationId: string
  locale: 'en' | 'zh'
  identityIds: string[]
  /** The same as addresses, for the rule itself (`mayVisitorSee`). */
  proof: VisitorProof
}

type ProvedIdentity = Address & { id: string; because: 'visitor' | 'site-user' | 'code' | 'joined' }

/**
 * Reads what this visitor proved: their own browser, the site user signed in on it with that user's other browsers, the addresses
 * proved by code, and what was joined to one of these in one act of proof. A merge a person made widens what staff see, never this.
 */
export async function sightOf(db: Pick<Tx, 'maybe'>, visitorId: string): Promise<VisitorSight | undefined> {
  const row = await db.maybe<Omit<VisitorSight, 'identityIds' | 'proof'> & { identities: ProvedIdentity[] }>(
    `select v.id as "visitorId", v.account_id as "accountId", own.customer_id as "customerId", co.id as "conversationId", coalesce(v.locale, 'en') as locale,
       (select jsonb_agg(jsonb_build_object('id', i.id, 'kind', i.kind, 'realm', i.realm, 'value', i.value, 'because',
            case when i.id = v.identity_id then 'visitor' when i.id = v.site_user_identity_id then 'site-user' when i.id = any(v.proved_identity_ids) then 'code' else 'joined' end))
        from identity i
        left join visitor sibling on i.kind = 'visitor' and sibling.id::text = i.value and sibling.site_user_identity_id = v.site_user_identity_id
        where i.customer_id = own.customer_id
          and (i.id = v.identity_id or i.id = v.site_user_identity_id or i.id = any(v.proved_identity_ids) or sibling.id is not null
            or (i.joined_by <> '' and i.joined_by in (select b.joined_by from identity b where b.customer_id = i.customer_id
                and (b.id = v.identity_id or b.id = v.site_user_identity_id or b.id = any(v.proved_identity_ids)))))) as identities
     from visitor v join identity own on own.id = v.identity_id join conversation co on co.customer_id = own.customer_id
     where v.id = $1 and v.revoked_at is null`, [visitorId])
  if (!row) return undefined
  const { identities, ...rest } = row
  const addressesOf = (because: ProvedIdentity['because']): Address[] => identities.filter((one) => one.because === because).map(({ kind, realm, value }) => ({ kind, realm, value }))
  const [visitor] = addressesOf('visitor')
  if (!visitor) throw new Error('a visitor without its identity')
  return {
    ...rest,
    identityIds: identities.map((one) => one.id),
    proof: { visitor, siteUser: addressesOf('site-user')[0] ?? null, provedByCode: addressesOf('code'), joinedByProof: addressesOf('joined') },
  }
}
