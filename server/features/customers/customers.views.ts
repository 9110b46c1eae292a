import type { CustomerView, SuggestionView } from '#contract/views.ts'
import type { Tx } from '../../platform/db.ts'
import { customerLabelSql } from './customer-label.ts'
import { mayListSql, type Viewer } from './customers.visibility.ts'

type Stamped<T, Keys extends keyof T> = Omit<T, Keys> & Record<Keys, Date>
type CustomerRow = Stamped<Omit<CustomerView, 'claims' | 'merges'>, 'createdAt'> & {
  claims: CustomerView['claims']
  merges: CustomerView['merges']
}

const identitiesMax = 200
const claimsMax = 50
const mergesMax = 20

/** What to call who was folded by the merge `m` (alias): their addresses are the survivor's now, the merge's items still know them. */
export const foldedLabelSql = (merge: string): string => `coalesce(
  (select nullif(f.name, '') from customer f where f.id = ${merge}.folded_id),
  (select coalesce(nullif(i.display_name, ''), i.value) from merge_item x join identity i on i.id = (x.row_key->>'id')::uuid
   where x.merge_id = ${merge}.id and x.table_name = 'identity' and (i.display_name is not null or i.kind in ('phone', 'email'))
   order by (i.evidence = 'proved') desc, (i.display_name is not null) desc, i.created_at, i.id limit 1), '')`

/** Times inside jsonb, as the contract writes them. */
const iso = (column: string): string => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

const customerSelect = `
  select cu.id, co.id as "conversationId", cu.name, ${customerLabelSql('cu')} as label, cu.tier, cu.locale, cu.time_zone as "timeZone", cu.preferred_channel as "preferredChannel",
    (select y.name from company y where y.id = cu.company_id) as company,
    coalesce((select jsonb_object_agg(key, value) from jsonb_each_text(cu.attributes) where value is not null), '{}') as attributes,
    coalesce((select jsonb_agg(jsonb_build_object('id', i.id, 'kind', i.kind, 'realm', i.realm, 'value', case when i.kind in ('visitor', 'call') then '' else i.value end, 'displayName', i.display_name,
        'evidence', i.evidence, 'shared', i.shared, 'bounced', i.bounced_at is not null, 'optedOut', exists (select 1 from opt_out o where o.address = i.value)) order by i.created_at, i.id)
      from (select * from identity where customer_id = cu.id order by created_at, id limit ${identitiesMax}) i), '[]') as identities,
    coalesce((select jsonb_agg(jsonb_build_object('id', c.id, 'kind', c.kind, 'value', c.value, 'source', c.source, 'at', ${iso('c.at')}) order by c.at, c.id)
      from (select * from claim where customer_id = cu.id order by at, id limit ${claimsMax}) c), '[]') as claims,
    coalesce((select jsonb_agg(jsonb_build_object('id', m.id, 'at', ${iso('m.at')}, 'foldedLabel', ${foldedLabelSql('m')}, 'automatic', m.automatic) order by m.at desc, m.id desc)
      from (select * from merge where survivor_id = cu.id and undone_at is null order by at desc, id desc limit ${mergesMax}) m), '[]') as merges,
    cu.created_at as "createdAt", cu.version
  from customer cu join conversation co on co.customer_id = cu.id`

/** Views of these customers, in the order of the ids given. */
export async function customerViews(db: Pick<Tx, 'query'>, ids: readonly string[]): Promise<CustomerView[]> {
  if (ids.length === 0) return []
  const rows = await db.query<CustomerRow>(`${customerSelect} where cu.id = any($1::uuid[]) order by array_position($1::uuid[], cu.id)`, [ids])
  return rows.map((row) => ({ ...row, createdAt: row.createdAt.toISOString() }))
}

const side = (alias: string, conversation: string): string => `jsonb_build_object('id', ${alias}.id, 'conversationId', ${conversation}.id, 'label', ${customerLabelSql(alias)})`

const suggestionSelect = `
  select s.id, ${side('a', 'ca')} as "customerA", ${side('b', 'cb')} as "customerB", s.evidence, s.state, s.merge_id as "mergeId", s.at, s.version
  from merge_suggestion s
  join customer a on a.id = s.customer_a_id join conversation ca on ca.customer_id = a.id
  join customer b on b.id = s.customer_b_id join conversation cb on cb.customer_id = b.id`

type SuggestionRow = Stamped<SuggestionView, 'at'>
const toSuggestion = (row: SuggestionRow): SuggestionView => ({ ...row, at: row.at.toISOString() })

export async function suggestionViews(db: Pick<Tx, 'query'>, ids: readonly string[]): Promise<SuggestionView[]> {
  if (ids.length === 0) return []
  return (await db.query<SuggestionRow>(`${suggestionSelect} where s.id = any($1::uuid[]) order by s.at, s.id`, [ids])).map(toSuggestion)
}

export const openSuggestionsMax = 100

/** Open suggestions of which the viewer may see both sides, newest first. */
export async function openSuggestionViews(db: Pick<Tx, 'query'>, viewer: Viewer, page: { beforeId?: string | undefined; limit: number } = { limit: openSuggestionsMax }): Promise<SuggestionView[]> {
  const rows = await db.query<SuggestionRow>(
    `${suggestionSelect} where s.state = 'open' and ($2::uuid is null or s.id < $2) and ${mayListSql(viewer, 'ca.id', '$1::uuid')} and ${mayListSql(viewer, 'cb.id', '$1::uuid')}
     order by s.id desc limit $3`, [viewer.staffId, page.beforeId ?? null, page.limit])
  return rows.map(toSuggestion)
}
