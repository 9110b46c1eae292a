/**
 * Writes rows and keeps, for each, what its columns were and became, in the same statement: a merge of 50,000 messages is some
 * thirty statements. Undo reads the items backwards and puts a column back where it still is what the merge made of it.
 */
import type { Tx } from '../../platform/db.ts'

/** What identifies a row, where it is not `id`. */
const keysOf: Record<string, readonly string[]> = {
  conversation_team: ['conversation_id', 'team_id'],
  message_read: ['agent_id', 'conversation_id'],
}
/**
 * Tables whose `version` tells screens that a row is newer. A message's order is told by the conversation's epoch; an outbound
 * row's version belongs to the worker that holds its lease.
 */
const versioned = new Set(['customer', 'identity', 'contact', 'turn', 'session', 'queue_entry', 'offer', 'consult', 'assignment', 'sla_clock', 'survey_invitation', 'follow_up', 'merge_suggestion', 'conversation'])

const keyOf = (table: string): readonly string[] => keysOf[table] ?? ['id']
const object = (columns: readonly string[], alias: string): string => `jsonb_build_object(${columns.map((column) => `'${column}', ${alias}."${column}"`).join(', ')})`
const joined = (table: string, a: string, b: string): string => keyOf(table).map((column) => `${a}."${column}" = ${b}."${column}"`).join(' and ')

const statementTimeoutMs = 120_000

/**
 * A merge of long histories may take longer than a statement of daily work; nobody else waits but for these two customers. Its
 * statements read a handful of rows or fifty thousand, so each is planned for its values.
 */
export function allowLongStatements(tx: Tx): void {
  tx.send(`set local statement_timeout = ${statementTimeoutMs}`)
  tx.send('set local plan_cache_mode = force_custom_plan')
  tx.send('set local enable_seqscan = on')
  tx.send('set local enable_bitmapscan = on')
}

/**
 * Runs one statement that joins rows of this very transaction by the thousand. The planner has no figures of rows just written,
 * takes them for a handful and would compare each with each; hashing is right for few and many.
 */
export async function hashed<T>(tx: Tx, run: () => Promise<T>): Promise<T> {
  await tx.execute('set local enable_nestloop = off')
  const result = await run()
  await tx.execute('set local enable_nestloop = on')
  return result
}

/** The items of one merge as they are written, in order. */
export class MergeItems {
  #position = 0
  readonly #tx: Tx
  readonly #mergeId: string

  constructor(tx: Tx, mergeId: string) {
    this.#tx = tx
    this.#mergeId = mergeId
  }

  /**
   * Sets columns of the rows `where` finds. Expressions and `where` name the row `t`; `values` begin at `$3`. Returns the number
   * of rows changed.
   */
  async change(table: string, set: Record<string, string>, where: string, values: readonly unknown[]): Promise<number> {
    const columns = Object.keys(set)
    const sets = [...columns.map((column) => `"${column}" = ${set[column]}`), ...(versioned.has(table) ? ['version = t.version + 1'] : [])]
    return this.#execute(
      `with old as (select t.* from "${table}" t where ${where}),
       changed as (update "${table}" t set ${sets.join(', ')} from old o where ${joined(table, 't', 'o')} returning t.*)
       insert into merge_item (id, merge_id, position, table_name, row_key, before, after)
       select gen_random_uuid(), $1, $2, '${table}', ${object(keyOf(table), 'o')}, ${object(columns, 'o')}, ${object(columns, 'n')}
       from old o join changed n on ${joined(table, 'o', 'n')}`, values)
  }

  /** Ends rows that have no place any more, keeping them whole. */
  async remove(table: string, where: string, values: readonly unknown[]): Promise<number> {
    return this.#execute(
      `with gone as (delete from "${table}" t where ${where} returning t.*)
       insert into merge_item (id, merge_id, position, table_name, row_key, before)
       select gen_random_uuid(), $1, $2, '${table}', ${object(keyOf(table), 'g')}, to_jsonb(g.*) from gone g`, values)
  }

  /** Adds the rows of a query with the table's columns; those that exist stay. */
  async add(table: string, columns: readonly string[], select: string, values: readonly unknown[]): Promise<number> {
    return this.#execute(
      `with born as (insert into "${table}" (${columns.map((column) => `"${column}"`).join(', ')}) ${select} on conflict do nothing returning *)
       insert into merge_item (id, merge_id, position, table_name, row_key, after)
       select gen_random_uuid(), $1, $2, '${table}', ${object(keyOf(table), 'b')}, to_jsonb(b.*) from born b`, values)
  }

  /**
   * Moves the messages of `folded` into `survivor` and numbers both anew by (`at`, id), in one statement. Only moved rows become
   * items: a `seq` follows from the order, at undo too.
   */
  async moveMessages(moved: { survivorId: string; foldedId: string; closingId: string | null; stayingId: string | null; endedTurnId: string | null; turnId: string | null }): Promise<number> {
    const columns = ['conversation_id', 'contact_id', 'turn_id']
    return hashed(this.#tx, () => this.#execute(
      `with old as (
         select m.id, m.conversation_id, m.contact_id, m.turn_id, m.seq, row_number() over (order by m.at, m.id) as rank,
           m.conversation_id = $4 or m.contact_id is not distinct from $5::uuid and $5 is not null or m.turn_id is not distinct from $7::uuid and $7 is not null as moves
         from message m where m.conversation_id in ($3, $4)
       ), changed as (
         update message t set conversation_id = $3, seq = o.rank,
           contact_id = case when t.contact_id = $5 then $6 else t.contact_id end, turn_id = case when t.turn_id = $7 then $8 else t.turn_id end
         from old o where t.id = o.id and (o.moves or o.seq <> o.rank)
         returning t.id, t.conversation_id, t.contact_id, t.turn_id
       )
       insert into merge_item (id, merge_id, position, table_name, row_key, before, after)
       select gen_random_uuid(), $1, $2, 'message', ${object(['id'], 'o')}, ${object(columns, 'o')}, ${object(columns, 'n')}
       from old o join changed n on n.id = o.id where o.moves`,
      [moved.survivorId, moved.foldedId, moved.closingId, moved.stayingId, moved.endedTurnId, moved.turnId]))
  }

  async #execute(sql: string, values: readonly unknown[]): Promise<number> {
    this.#position += 1
    return this.#tx.execute(sql, [this.#mergeId, this.#position, ...values])
  }
}

/** One step of a merge: the rows of one table that one statement changed. */
export interface MergeStep {
  position: number
  table: string
  kind: 'change' | 'remove' | 'add'
  columns: string[]
  rows: number
}

/** The steps of a merge, last first: the order in which they are taken back. */
export async function mergeSteps(tx: Pick<Tx, 'query'>, mergeId: string): Promise<MergeStep[]> {
  return tx.query<MergeStep>(
    `select i.position, i.table_name as "table", case when i.before is null then 'add' when i.after is null then 'remove' else 'change' end as kind,
       array(select jsonb_object_keys(coalesce(i.before, i.after)) order by 1) as columns, i.rows
     from (select distinct on (position) position, table_name, before, after, count(*) over (partition by position)::int as rows from merge_item where merge_id = $1 order by position) i
     order by i.position desc`, [mergeId])
}

/**
 * Puts the columns of one step back where they still are what the merge made of them; what changed since stays as it is.
 * `unless` keeps rows (named `t`) as they are; `values` begin at `$3`.
 */
export async function takeBackChange(tx: Tx, mergeId: string, step: MergeStep, columns: readonly string[], unless: string, values: readonly unknown[]): Promise<number> {
  const { table } = step
  const restored = (column: string) => `"${column}" = case when t."${column}" is not distinct from (i.became)."${column}" then (i.was)."${column}" else t."${column}" end`
  const sets = [...columns.map(restored), ...(versioned.has(table) ? ['version = t.version + 1'] : [])]
  const key = keyOf(table).map((column) => `t."${column}" = (i.k)."${column}"`).join(' and ')
  return tx.execute(
    `update "${table}" t set ${sets.join(', ')}
     from (select jsonb_populate_record(null::"${table}", before) as was, jsonb_populate_record(null::"${table}", after) as became,
         jsonb_populate_record(null::"${table}", row_key) as k
       from merge_item where merge_id = $1 and position = $2) i
     where ${key} and not (${unless})`, [mergeId, step.position, ...values])
}

/** Takes rows away that one step added, unless `unless` (the row is `t`) says they are needed. */
export async function takeBackAdded(tx: Tx, mergeId: string, step: MergeStep, unless: string, values: readonly unknown[]): Promise<number> {
  const key = keyOf(step.table).map((column) => `t."${column}" = (i.k)."${column}"`).join(' and ')
  return tx.execute(
    `delete from "${step.table}" t using (select jsonb_populate_record(null::"${step.table}", row_key) as k from merge_item where merge_id = $1 and position = $2) i
     where ${key} and not (${unless})`, [mergeId, step.position, ...values])
}

/** Puts rows back that one step removed, whole. */
export async function takeBackRemoved(tx: Tx, mergeId: string, step: MergeStep): Promise<number> {
  return tx.execute(
    `insert into "${step.table}" select r.* from merge_item i cross join lateral jsonb_populate_record(null::"${step.table}", i.before) r
     where i.merge_id = $1 and i.position = $2 on conflict do nothing`, [mergeId, step.position])
}
