import { z } from 'zod'

const pageQuery = z.object({ Page: z.coerce.number().int().min(0).max(100_000).default(0), PageSize: z.coerce.number().int().min(1).max(1000).default(50) })

/** One page of a list as Twilio wraps it; `name` is the key the items stand under. */
export function pageOf<T>(items: readonly T[], name: string, path: string, query: Record<string, unknown>, view: (item: T) => object): object {
  const { Page: page, PageSize: size } = pageQuery.parse(query)
  const start = page * size
  const shown = items.slice(start, start + size)
  const uriOf = (number: number) => {
    const params = new URLSearchParams()
    for (const [key, value] of Object.entries(query)) if (typeof value === 'string' && key !== 'Page' && key !== 'PageSize' && key !== 'PageToken') params.set(key, value)
    params.set('PageSize', String(size))
    params.set('Page', String(number))
    return `${path}?${params}`
  }
  return {
    [name]: shown.map(view), end: Math.max(start, start + shown.length - 1), first_page_uri: uriOf(0), next_page_uri: start + size < items.length ? uriOf(page + 1) : null, page, page_size: size,
    previous_page_uri: page > 0 ? uriOf(page - 1) : null, start, uri: uriOf(page),
  }
}

/** Whether an instant lies in the days or moments asked for by `name`, `name<` and `name>`. */
export function isWithin(at: Date, query: Record<string, unknown>, name: string): boolean {
  const read = (key: string) => (typeof query[key] === 'string' ? new Date(query[key]) : null)
  const [on, before, after] = [read(name), read(`${name}<`), read(`${name}>`)]
  if (on && on.toISOString().slice(0, 10) !== at.toISOString().slice(0, 10)) return false
  if (before && at.getTime() > before.getTime()) return false
  return !(after && at.getTime() < after.getTime())
}
