import { figureNames, type FigureName } from '#contract/board.ts'
import { channels, type Channel } from '#contract/words.ts'
import type { Tx } from '../../platform/db.ts'
import { columnsOf, definitions, fromSql, sources, totalCounts, type Source } from './board.figures.ts'

type Reader = Pick<Tx, 'query' | 'maybe'>

/** What a figure of one queue and channel rests on: how many rows, how many of them hit, the sum or the greatest of their values. */
export interface Tally {
  n: number
  hits: number
  sum: number
  max: number
}

export interface TallyLine {
  queueId: string
  channel: Channel
  tallies: Partial<Record<FigureName, Tally>>
}

/** The site's time zone: that of its first calendar. */
export async function siteTimeZone(db: Reader): Promise<string> {
  const row = await db.maybe<{ timeZone: string }>('select time_zone as "timeZone" from calendar where retired_at is null order by id limit 1')
  return row?.timeZone ?? 'UTC'
}

const statements = new Map(sources.map((source) => [source, statementOf(source)]))

function statementOf(source: Source): string {
  const { queueId, channel } = columnsOf[source]
  const figures = figureNames.filter((name) => definitions[name].source === source)
  const tallies = figures.map((name) => {
    const { counts, hit = 'false', of = '0' } = definitions[name]
    return `'${name}', case when bool_or(${counts}) then jsonb_build_object('n', count(*) filter (where ${counts}), 'hits', count(*) filter (where ${counts} and ${hit}),
      'sum', coalesce(sum(${of}) filter (where ${counts}), 0), 'max', coalesce(max(${of}) filter (where ${counts}), 0)) end`
  })
  return `select ${queueId} as "queueId", ${channel} as channel, jsonb_strip_nulls(jsonb_build_object(${tallies.join(', ')})) as tallies ${fromSql[source]} group by 1, 2`
}

/** Everything the board counts, by queue and channel. */
export async function loadTallies(db: Reader, now: Date, since: Date): Promise<TallyLine[]> {
  const lines = new Map<string, TallyLine>()
  const results = await Promise.all(sources.map((source) => db.query<TallyLine>(statements.get(source)!, [now, since])))
  for (const row of results.flat()) {
    const key = `${row.queueId} ${row.channel}`
    const line = lines.get(key) ?? { queueId: row.queueId, channel: row.channel, tallies: {} }
    lines.set(key, { ...line, tallies: { ...line.tallies, ...row.tallies } })
  }
  return [...lines.values()].filter((line) => Object.keys(line.tallies).length > 0)
}

export async function queueNames(db: Reader): Promise<Map<string, string>> {
  const rows = await db.query<{ id: string; name: string }>('select id, name from queue order by name, id limit 2000')
  return new Map(rows.map((row) => [row.id, row.name]))
}

export interface CountedRow {
  id: string
  contactId: string
  at: Date
  waitMs: number | null
  result: string | null
  score: number | null
  isHit: boolean
}

export interface RowsFilter {
  figure: FigureName
  queueId: string | null
  channel: Channel | null
  /** Only those in the numerator of a share. */
  isHitsOnly?: boolean
  /** The last row of the page before. */
  afterId: string | null
}

/** The rows a figure counts, the newest first. */
export async function countedRows(db: Reader, filter: RowsFilter, now: Date, since: Date, limit: number): Promise<CountedRow[]> {
  const { source, counts, hit, value } = definitions[filter.figure]
  const c = columnsOf[source]
  const counted = (value === 'part' || filter.isHitsOnly) && hit ? `${counts} and ${hit}` : counts
  const wanted = filter.channel === null ? channels.filter((channel) => totalCounts(filter.figure, channel)) : [filter.channel]
  return db.query<CountedRow>(
    `select ${c.id} as id, ${c.contactId} as "contactId", ${c.at} as at, ${c.waitMs} as "waitMs", ${c.result} as result, ${c.score} as score, coalesce(${hit ?? 'false'}, false) as "isHit"
     ${fromSql[source]} and (${counted}) and ${c.channel} = any($3::text[]) and ($4::uuid is null or ${c.queueId} = $4) and ($5::uuid is null or ${c.id} < $5) order by ${c.id} desc limit $6`,
    [now, since, wanted, filter.queueId, filter.afterId, limit])
}
