import * as z from 'zod'
import { figureNames, type BoardView } from '../board.ts'
import * as words from '../words.ts'
import { Channel, Id, Instant, listQuery, pageOf } from './common.ts'
import { Contact } from './views.ts'

/** The live board and the rows behind its figures. */

export const Figure = z.strictObject({ value: z.number().nullable(), n: z.int() }).meta({ id: 'Figure' })
const figureName = z.enum(figureNames)
const figures = z.strictObject(Object.fromEntries(figureNames.map((name) => [name, Figure])) as Record<(typeof figureNames)[number], typeof Figure>)

export const Board = z.strictObject({
  at: Instant, since: Instant,
  total: figures,
  lines: z.array(z.strictObject({ queueId: Id, queueName: z.string(), channel: Channel, figures: figures.partial() })),
  agents: z.array(z.strictObject({
    id: Id, name: z.string(), presence: z.enum(words.presences), reason: z.string().nullable(), since: Instant, load: z.enum(words.loads), contacts: z.int(), isHelping: z.boolean(), liveUsed: z.int(), deferredUsed: z.int(),
  })),
}).meta({ id: 'Board' })
type Same<A, B> = [A] extends [B] ? true : never
export const boardMatchesView: Same<BoardView, z.input<typeof Board>> = true

export const boardRowsQuery = z.strictObject({ ...listQuery.shape, figure: figureName, queueId: Id.optional(), channel: Channel.optional(), hits: z.enum(['true', 'false']).optional().meta({ description: 'only those in the numerator of a share' }) })

/** A contact, and the one thing of it that was counted: an entry with its wait and result, a turn, an answer, or the contact itself. */
export const BoardRow = z.strictObject({
  ...Contact.shape,
  counted: z.strictObject({
    id: Id, at: Instant, waitMs: z.number().nullable(), result: z.string().nullable(), score: z.int().nullable(),
    /** It is in the numerator, where the figure is a share. */
    isHit: z.boolean(),
  }),
}).meta({ id: 'BoardRow' })
export type BoardRow = z.infer<typeof BoardRow>
export const BoardRowPage = pageOf(BoardRow)
