import * as z from 'zod'

const teamId = z.string().regex(/^[TE][A-Z0-9]{1,30}$/)
const channelId = z.string().regex(/^[CDG][A-Z0-9]{1,30}$/)
const userId = z.string().regex(/^[UW][A-Z0-9]{1,30}$/)
/** A message's id within its channel: seconds and a counter. A string always; as a number it would lose its last digits. */
const ts = z.string().regex(/^\d{10}\.\d{6}$/)
const optional = <Schema extends z.ZodType>(schema: Schema) => schema.nullish().catch(undefined)

const file = z.object({
  id: z.string().max(60),
  name: optional(z.string()),
  title: optional(z.string()),
  mimetype: optional(z.string()),
  size: optional(z.number().nonnegative()),
  mode: optional(z.string()),
  url_private: optional(z.string().max(2000)),
  url_private_download: optional(z.string().max(2000)),
})
export type SlackFile = z.infer<typeof file>

const said = z.object({
  user: optional(userId),
  bot_id: optional(z.string()),
  text: optional(z.string()),
  ts: optional(ts),
  thread_ts: optional(ts),
  user_team: optional(teamId),
  team: optional(teamId),
  blocks: optional(z.unknown()),
  files: optional(z.array(file).max(100)),
})

/** A message, or what became of one: the `subtype` says which. */
export const messageEvent = said.extend({
  type: z.literal('message'),
  channel: channelId,
  channel_type: optional(z.string()),
  subtype: optional(z.string()),
  deleted_ts: optional(ts),
  message: optional(said),
  previous_message: optional(said),
})
export type MessageEvent = z.infer<typeof messageEvent>

export const reactionEvent = z.object({
  type: z.enum(['reaction_added', 'reaction_removed']),
  user: userId,
  reaction: z.string().max(100),
  item: z.object({ type: z.literal('message'), channel: channelId, ts }),
})
export type ReactionEvent = z.infer<typeof reactionEvent>

/** A file somebody deleted; the event names nobody but the file. */
export const fileDeletedEvent = z.object({ type: z.literal('file_deleted'), file_id: z.string().regex(/^F[A-Z0-9]{1,30}$/) })
export type FileDeletedEvent = z.infer<typeof fileDeletedEvent>

/** What Slack posts to an events door. Keys we do not name, `__proto__` among them, are dropped by the parse. */
export const envelope = z.discriminatedUnion('type', [
  z.object({ type: z.literal('url_verification'), challenge: z.string() }),
  z.object({
    type: z.literal('event_callback'),
    event_id: optional(z.string().regex(/^[A-Za-z0-9]{2,100}$/)),
    team_id: optional(teamId),
    authorizations: optional(z.array(z.object({ team_id: optional(teamId) })).max(20)),
    event: z.looseObject({ type: z.string().max(100) }),
  }),
])
export type Envelope = z.infer<typeof envelope>

/** The workspace our app is installed in: in a channel shared by two organisations `team_id` may be the other one's. */
export function installedTeamOf(event: Extract<Envelope, { type: 'event_callback' }>): string | null {
  return event.authorizations?.[0]?.team_id ?? event.team_id ?? null
}
