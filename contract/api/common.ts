import * as z from 'zod'
import { channels, locales, roles } from '#contract/words.ts'

/** Shapes that many routes share. Plain zod without transforms, so that each becomes a component of the API's description. */

export const Id = z.uuidv7().meta({ id: 'Id', description: 'UUIDv7' })
export const Instant = z.iso.datetime().meta({ id: 'Instant', description: 'ISO 8601 in UTC' })
export const Role = z.enum(roles).meta({ id: 'Role' })
export const Locale = z.enum(locales).meta({ id: 'Locale' })
export const Channel = z.enum(channels).meta({ id: 'Channel' })
export const EmailAddress = z.email().max(254).meta({ id: 'EmailAddress' })

export const idParams = z.strictObject({ id: Id })

export const listLimitMax = 100
/** The query of every list; a feature adds its filters with `z.strictObject({ ...listQuery.shape, … })`. */
export const listQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(listLimitMax).default(50),
  cursor: z.string().min(1).max(500).optional(),
})

/** One page of a list: follow `nextCursor` until it is null. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.strictObject({ items: z.array(item).max(listLimitMax), nextCursor: z.string().nullable() })
}

/** RFC 9457. `code` is stable; `facts` are numbers and words for the reader's own sentence. */
export const Problem = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string().optional(),
    facts: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
    errors: z.array(z.strictObject({ path: z.string(), code: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem' })
export type Problem = z.infer<typeof Problem>
