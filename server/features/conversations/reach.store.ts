import type { Channel, IdentityKind, Evidence } from '#contract/words.ts'
import { mayDial } from '../../channels/voice/dialling.ts'
import { defaultChannel, reachability, type Purpose, type ReachFacts, type Reachability } from '../../domain/reachability.ts'
import type { Tx } from '../../platform/db.ts'

export interface ReachOption {
  channel: Channel
  identityId: string
  accountId: string
  address: string
  accountName: string
  reach: Reachability
  isDefault: boolean
  /** Who will read an answer here: the address and, in a mail thread, its participants. */
  readers: string[]
  threadId: string | null
}

/** A way to a customer, as it is stored. */
export interface Way {
  channel: Channel
  identityId: string
  kind: IdentityKind
  value: string
  displayName: string | null
  evidence: Evidence
  isShared: boolean
  isBounced: boolean
  isOptedOut: boolean
  accountId: string
  accountName: string
  retired: boolean
  templates: boolean
  lastInboundAt: Date | null
  hasLiveSession: boolean
  visitorSeenAt: Date | null
  visitorSite: string | null
  lastUsed: boolean
  threadId: string | null
  participants: string[] | null
}

/** Every way to the customer of this conversation. */
export async function loadWays(db: Pick<Tx, 'query'>, conversationId: string): Promise<Way[]> {
  return db.query<Way>(
    `with used as (
       select distinct on (identity_id, channel) identity_id, channel, account_id from message
       where conversation_id = $1 and identity_id is not null and account_id is not null order by identity_id, channel, at desc
     )
     select distinct on (i.id, a.channel) a.channel, i.id as "identityId", i.kind, i.value, i.display_name as "displayName", i.evidence, i.shared as "isShared", i.bounced_at is not null as "isBounced",
       exists (select 1 from opt_out o where o.account_id = a.id and o.address = i.value) as "isOptedOut",
       a.id as "accountId", a.name as "accountName", a.retired_at is not null as retired, a.settings ? 'templateSid' as templates,
       (select max(m.at) from message m where m.identity_id = i.id and m.channel = a.channel and m.direction = 'inbound') as "lastInboundAt",
       exists (select 1 from session s where s.identity_id = i.id and s.ended_at is null and ((s.kind = 'chat' and a.channel = 'webchat') or (s.kind = 'call' and a.channel = 'voice'))) as "hasLiveSession",
       (select max(v.last_seen_at) from visitor v where v.revoked_at is null and (v.identity_id = i.id or v.site_user_identity_id = i.id)) as "visitorSeenAt",
       u.account_id is not null as "lastUsed",
       (select t.id from thread t where t.conversation_id = $1 and t.account_id = a.id and t.identity_id = i.id order by t.created_at desc limit 1) as "threadId",
       (select array_agg(pi.value) from thread_participant p join identity pi on pi.id = p.identity_id
         where p.removed_at is null and p.thread_id = (select t.id from thread t where t.conversation_id = $1 and t.account_id = a.id and t.identity_id = i.id order by t.created_at desc limit 1)) as participants
     from identity i
     join channel_account a on a.retired_at is null and not a.staff_only and (
       (i.kind = 'phone' and a.channel in ('sms', 'whatsapp', 'voice')) or (i.kind = 'whatsapp-id' and a.channel = 'whatsapp') or (i.kind = 'email' and a.channel = 'email')
       or (i.kind = 'slack-user' and a.channel = 'slack' and a.address = i.realm) or (i.kind in ('visitor', 'site-user') and a.channel = 'webchat' and a.id::text = i.realm) or (i.kind = 'call' and a.channel = 'voice'))
     left join used u on u.identity_id = i.id and u.channel = a.channel
     where i.customer_id = (select customer_id from conversation where id = $1)
     order by i.id, a.channel, (u.account_id = a.id) desc nulls last, a.created_at`,
    [conversationId])
}

/** Each way with whether it reaches the customer and why not: the pure function over what is stored. */
export function reachOptions(ways: readonly Way[], purpose: Purpose, preferredChannel: Channel | null, now: Date): ReachOption[] {
  const options = ways.map((row) => ({ row, facts: factsOf(row, purpose), reach: reachability(factsOf(row, purpose), purpose, now) }))
  const chosen = defaultChannel(options.map(({ row, facts, reach }) => ({ channel: row.channel, identityId: row.identityId, accountId: row.accountId, lastInboundAt: facts.lastInboundAt, reach })), preferredChannel)
  return options.map(({ row, reach }) => ({
    channel: row.channel, identityId: row.identityId, accountId: row.accountId, address: row.value, accountName: row.accountName, reach, threadId: row.threadId,
    isDefault: chosen.kind === 'way' && chosen.way.channel === row.channel && chosen.way.identityId === row.identityId,
    readers: [row.displayName ? `${row.displayName} <${row.value}>` : row.value, ...(row.participants ?? [])],
  }))
}

function factsOf(row: Way, purpose: Purpose): ReachFacts {
  return {
    channel: row.channel,
    account: { id: row.accountId, isRetired: row.retired, isWorking: true },
    identity: { kind: row.kind, value: row.value, evidence: row.evidence, isShared: row.isShared, isOneTime: row.kind === 'call', isBounced: row.isBounced, isOptedOut: row.isOptedOut },
    lastInboundAt: row.lastInboundAt,
    hasLiveSession: row.hasLiveSession,
    visitorSeenAt: row.visitorSeenAt,
    hasTemplate: row.templates,
    // Who wrote or called is answered wherever they are; what we begin goes only where calls may go.
    isCountryAllowed: purpose === 'answer' || row.kind !== 'phone' || mayDial(row.value).ok,
  }
}
