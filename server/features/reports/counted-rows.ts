import type * as z from 'zod'
import type { BoardRowPage } from '#contract/api/reports.ts'
import type { Db } from '../../platform/db.ts'
import { contactViews } from '../contacts/contacts.views.ts'
import type { CountedRow } from './board.store.ts'

/** A page of counted rows with the contacts they count. A contact counted twice (two entries, two turns) is two rows. */
export async function countedPage(db: Pick<Db, 'query'>, page: { items: readonly CountedRow[]; nextCursor: string | null }): Promise<z.input<typeof BoardRowPage>> {
  const views = new Map((await contactViews(db, page.items.map((row) => row.contactId))).map((view) => [view.id, view]))
  return {
    items: page.items.flatMap(({ contactId, ...counted }) => {
      const view = views.get(contactId)
      return view ? [{ ...view, counted: { ...counted, at: counted.at.toISOString() } }] : []
    }),
    nextCursor: page.nextCursor,
  }
}
