import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDb, DatabaseUnavailable, type Db } from '#server/platform/db.ts'
import { typeParsers } from '#server/platform/db/types.ts'
import { counted } from '#server/platform/telemetry.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
  await database.db.execute('create table thing (id int primary key, n int not null default 0)')
})
afterAll(() => database.drop())

describe('values', () => {
  test('come back as what they mean', async () => {
    const row = await database.db.one(`select 5::int8 as "big", 1.5::numeric as "part", '2026-03-29'::date as "day", '2026-03-29 01:30'::timestamp as "naive",
      '2026-03-29T01:30:00+02'::timestamptz as "at", '{"a":[1]}'::jsonb as "json", '{1,null}'::int8[] as "bigs"`)
    expect(row).toEqual({
      big: 5, part: 1.5, day: '2026-03-29', naive: new Date('2026-03-29T01:30:00Z'), at: new Date('2026-03-28T23:30:00Z'), json: { a: [1] }, bigs: [1, null],
    })
  })

  test('refuse to lose digits', async () => {
    await expect(database.db.one('select 9007199254740993::int8 as n')).rejects.toThrow(/beyond what a number holds/)
  })
})

describe('transactions', () => {
  test('leave nothing behind when they throw', async () => {
    await expect(database.db.tx(async (tx) => {
      await tx.execute('insert into thing (id) values (1)')
      throw new Error('changed my mind')
    })).rejects.toThrow('changed my mind')
    expect(await database.db.maybe('select 1 from thing where id = 1')).toBeUndefined()
  })

  test('are refused when an error inside was swallowed', async () => {
    await expect(database.db.tx(async (tx) => {
      await tx.execute('insert into thing (id) values (2)')
      await tx.query('select 1/0').catch(() => {})
    })).rejects.toThrow(/rolled back/)
  })

  test('run again from the start when somebody was faster with a unique value', async () => {
    await database.db.execute('insert into thing (id) values (10)')
    const before = await counted('transactionsRetried', { code: '23505' })
    let next = 10
    const id = await database.db.tx(async (tx) => {
      const mine = next++
      await tx.execute('insert into thing (id) values ($1)', [mine])
      return mine
    })
    expect(id).toBe(11)
    expect(await counted('transactionsRetried', { code: '23505' })).toBe(before + 1)
  })

  test('give up after three more runs', async () => {
    let runs = 0
    await expect(database.db.tx(async (tx) => {
      runs++
      await tx.execute('insert into thing (id) values (10)')
    })).rejects.toMatchObject({ code: '23505' })
    expect(runs).toBe(4)
  })

  test('send without waiting in order, what is read afterwards sees it', async () => {
    const seen = await database.db.tx(async (tx) => {
      tx.send('insert into thing (id) values (120)')
      tx.send('update thing set n = 7 where id = 120')
      return tx.one<{ n: number }>('select n from thing where id = 120')
    })
    expect(seen).toEqual({ n: 7 })
    expect(await database.db.one('select n from thing where id = 120')).toEqual({ n: 7 })
  })

  test('fail with the reason of what was sent, whether something is waited for behind it or not, and leave nothing', async () => {
    const failing = (behind: boolean) => database.db.tx(async (tx) => {
      tx.send('insert into thing (id) values (121)')
      tx.send('select 1/0')
      tx.send('insert into thing (id) values (122)')
      if (behind) await tx.query('select 1')
    })
    await expect(failing(false)).rejects.toMatchObject({ code: '22012' })
    await expect(failing(true)).rejects.toMatchObject({ code: '22012' })
    expect(await database.db.query('select 1 from thing where id in (121, 122)')).toEqual([])
    expect(await database.db.one('select 1 as n')).toEqual({ n: 1 })
  })

  test('whose COMMIT leaves with the statements commit all of them, or none and say why', async () => {
    const both = (sql: string) => database.db.tx((tx) => Promise.all([tx.execute('insert into thing (id) values (71)'), tx.query<{ n: number }>(sql)]), { commits: 'with-its-statements' })
    await expect(both('select 1/0 as n')).rejects.toThrow('division by zero')
    expect(await database.db.maybe('select 1 from thing where id = 71')).toBeUndefined()
    expect(await both('select count(*) as n from thing where id = 71')).toEqual([1, [{ n: 1 }]])
    expect(await database.db.maybe('select 1 as n from thing where id = 71')).toEqual({ n: 1 })
  })

  test('run again when what was sent lost a race', async () => {
    let next = 130
    expect(await database.db.tx(async (tx) => {
      const mine = next++
      tx.send('insert into thing (id) values ($1)', [mine === 130 ? 10 : mine])
      return mine
    })).toBe(131)
    expect(await database.db.query('select 1 from thing where id = 131')).toHaveLength(1)
  })

  test('survive a deadlock', async () => {
    await database.db.execute('insert into thing (id) values (20), (21)')
    const held: number[] = []
    const locksInOrder = (first: number, second: number) => database.db.tx(async (tx) => {
      await tx.execute('update thing set n = n + 1 where id = $1', [first])
      held.push(first)
      for (let i = 0; held.length < 2 && i < 200; i++) await tx.query('select pg_sleep(0.005)')
      await tx.execute('update thing set n = n + 1 where id = $1', [second])
    })
    await Promise.all([locksInOrder(20, 21), locksInOrder(21, 20)])
    expect(await database.db.query('select n from thing where id in (20, 21)')).toEqual([{ n: 2 }, { n: 2 }])
  })

  test('stop a statement at its own time limit', async () => {
    await expect(database.db.tx((tx) => tx.query('select pg_sleep(5)'), { statementTimeoutMs: 50 })).rejects.toMatchObject({ code: '57014' })
  })

  test('survive the loss of their connection without ending the process', async () => {
    await expect(database.db.tx(async (tx) => {
      const { pid } = await tx.one<{ pid: number }>('select pg_backend_pid() as pid')
      await database.db.query('select pg_terminate_backend($1)', [pid])
      await tx.query('select 1')
    })).rejects.toBeInstanceOf(DatabaseUnavailable)
    expect(await database.db.one('select 1 as n')).toEqual({ n: 1 })
  })
})

test('a statement used often is prepared and answers the same', async () => {
  for (let i = 0; i < 12; i++) expect(await database.db.one('select $1::int + 1 as n', [i])).toEqual({ n: i + 1 })
})

test('the number of rows is checked', async () => {
  await expect(database.db.one('select 1 where false')).rejects.toThrow('Expected one row, got 0')
  await expect(database.db.maybe('select generate_series(1, 2)')).rejects.toThrow('Expected at most one row, got 2')
})

test('a full pool and a missing server are the database being unavailable', async () => {
  const nowhere = createDb('postgres://nobody@127.0.0.1:1/none', { max: 1, applicationName: 'test' })
  await expect(nowhere.query('select 1')).rejects.toBeInstanceOf(DatabaseUnavailable)
  await nowhere.close()

  const single = createDb(database.url, { max: 1, applicationName: 'test' })
  const held = await single.client()
  await expect(single.one('select 1')).rejects.toBeInstanceOf(DatabaseUnavailable)
  expect(await single.query('select 1 as one')).toEqual([{ one: 1 }]) // lists have connections of their own
  held.release()
  await single.close()
})

test('a transaction that has ended takes no more statements of what was asked for beside what failed', async () => {
  await database.db.execute('create table if not exists late (id int primary key)')
  let late: Promise<number> | undefined
  await expect(database.db.tx(async (tx) => {
    late = tx.query('select pg_sleep(0.02)').then(() => Promise.resolve()).then(() => tx.execute('insert into late values (1)'))
    late.catch(() => {})
    await Promise.all([late, Promise.reject(new Error('its neighbour'))])
  })).rejects.toThrow('its neighbour')
  await expect(late).rejects.toThrow(/transaction is over/)
  expect(await database.db.query('select 1 from late')).toEqual([])
})

test('reports hold up nothing but reports', async () => {
  const busy = createDb(database.url, { max: 1, applicationName: 'test', acquireTimeoutMs: 200 })
  const slow = Array.from({ length: 4 }, () => busy.long.query('select pg_sleep(0.5)'))
  expect(await busy.query('select 1 as one')).toEqual([{ one: 1 }])
  expect(await busy.one('select 1 as one')).toEqual({ one: 1 })
  await Promise.all(slow)
  await busy.close()
})

describe('statements of one round trip', () => {
  /** Of one connection, so that what it has prepared is used. */
  let single: Db
  const usesUntilPrepared = 7
  beforeAll(() => { single = createDb(database.url, { max: 1, applicationName: 'test' }) })
  afterAll(() => single.close())

  test('give rows as the library does, prepared or not, and take values as it does', async () => {
    const given = [
      'Käse 🧀 "quoted\\', '', 7, 9_007_199_254_740_991, -0.25, true, new Date('2026-03-29T01:30:00.250Z'), [1, null, 3], ['a', 'b,"c'], { deep: [1, { x: null }] },
      Buffer.from([0, 255, 92]), new Uint8Array([1, 2]), null, undefined, '00000000-0000-7000-8000-000000000001',
    ]
    const types = ['text', 'text', 'int', 'int8', 'numeric', 'bool', 'timestamptz', 'int[]', 'text[]', 'jsonb', 'bytea', 'bytea', 'text', 'int', 'uuid']
    const sql = `select ${types.map((type, i) => `$${i + 1}::${type} as "v${i}"`).join()}, 1 as twice, null as twice, '{1.5,null}'::numeric[] as parts, '{5}'::int8[] as bigs,
      '2026-03-29'::date as day, '2026-03-29 01:30'::timestamp as naive, '1 day'::interval as span, '{2026-03-29 01:30+00}'::timestamptz[] as times, '{"a":1}'::json as json, row(1, 'a') as record
      from generate_series(1, 2)`
    const library = new pg.Client({ connectionString: database.url, types: typeParsers, options: '-c timezone=UTC' })
    await library.connect()
    const { rows } = await library.query(sql, given)
    await library.end()
    for (let i = 0; i < usesUntilPrepared; i++) {
      const mine = await single.together((reader) => reader.query<object>(sql, given))
      expect(mine).toStrictEqual(rows)
      expect(Object.keys(mine[0]!)).toEqual(Object.keys(rows[0]!))
    }
  })

  test.each([
    '2026-03-29 01:30:00+00', '2026-03-29 01:30:00.5+00', '2026-03-29 01:30:00.001999+00', '0099-01-01 00:00:00+00', '10000-01-01 00:00:00+00', '2026-03-29 01:30:00+05:45', '0044-03-15 12:00:00+00 BC', 'infinity',
  ])('read the time %s as the library does', (text) => {
    const { TIMESTAMPTZ } = pg.types.builtins
    expect(typeParsers.getTypeParser(TIMESTAMPTZ, 'text')(text)).toEqual(pg.types.getTypeParser(TIMESTAMPTZ, 'text')(text))
  })

  test('behind one that fails in a transaction fail with its reason; those before it have their rows, and nothing stays', async () => {
    for (let i = 0; i < usesUntilPrepared; i++) {
      let asked: Promise<unknown>[] = []
      const all = single.tx(async (tx) => {
        asked = [tx.query('select 1 as n'), tx.execute('insert into thing (id) values ($1)', [200 + i]), tx.query('select 1 / $1::int as n', [0]), tx.query('select 2 as n'), tx.one('select 3 as n')]
        return Promise.all(asked)
      })
      await expect(all).rejects.toMatchObject({ code: '22012' })
      const outcomes = await Promise.allSettled(asked)
      expect(outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : outcome.reason.code))).toEqual([[{ n: 1 }], 1, '22012', '22012', '22012'])
      expect(await single.one('select count(*) as n from thing where id between 200 and 299')).toEqual({ n: 0 })
    }
    expect(await single.tx((tx) => tx.one('select 1 / $1::int as n', [1]))).toEqual({ n: 1 }) // prepared after all
  })

  test('fail together outside a transaction: PostgreSQL takes them for one', async () => {
    const asked = single.together((reader) => Promise.allSettled([reader.execute('insert into thing (id) values (300)'), reader.query('select 1/0'), reader.query('select 1')]))
    expect((await asked).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(await single.maybe('select 1 from thing where id = 300')).toBeUndefined()
  })

  test('that cannot be told to PostgreSQL fail alone', async () => {
    const circle: Record<string, unknown> = {}
    circle['self'] = circle
    const asked = await single.together((reader) => Promise.allSettled([reader.one('select 1 as n'), reader.one('select $1::jsonb', [circle]), reader.one('select 2 as n')]))
    expect(asked).toEqual([{ status: 'fulfilled', value: { n: 1 } }, { status: 'rejected', reason: expect.any(TypeError) }, { status: 'fulfilled', value: { n: 2 } }])
  })

  test('are prepared again when a table has changed under them', async () => {
    await single.execute('create table shifting (id int, word text)')
    await single.execute(`insert into shifting values (1, 'one')`)
    const read = () => single.maybe('select * from shifting where id = $1', [1])
    for (let i = 0; i < usesUntilPrepared; i++) expect(await read()).toEqual({ id: 1, word: 'one' })
    await database.db.execute('alter table shifting add column n int not null default 5')
    await expect(read()).rejects.toThrow('cached plan must not change result type')
    for (let i = 0; i < 2; i++) expect(await read()).toEqual({ id: 1, word: 'one', n: 5 })
  })

  test('all fail when their connection is lost, sent in one turn or in the next', async () => {
    const { pid } = await single.one<{ pid: number }>('select pg_backend_pid() as pid')
    const asked: Promise<unknown>[] = []
    const transaction = single.tx(async (tx) => {
      asked.push(tx.query('select pg_sleep(10)'), tx.query('select 1'))
      await new Promise(setImmediate)
      asked.push(tx.query('select 2'))
      await Promise.all(asked)
    })
    // It may fail before who ends its connection hears that they have.
    const failing = expect(transaction).rejects.toBeInstanceOf(DatabaseUnavailable)
    await database.db.query('select pg_terminate_backend($1)', [pid])
    await failing
    expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(await single.one('select 1 as n')).toEqual({ n: 1 })
  })

  test('say who asked, not who received the answer', async () => {
    async function askingForTheImpossible(): Promise<void> {
      await single.one('select 1/0')
    }
    await expect(askingForTheImpossible()).rejects.toMatchObject({ stack: expect.stringContaining('askingForTheImpossible') })
  })

  test('do not wait for what nobody copies, and empty ones have no rows', async () => {
    await expect(single.execute('copy thing from stdin')).rejects.toMatchObject({ code: '57014' })
    expect(await single.together((reader) => Promise.all([reader.execute(''), reader.query(''), reader.one('select 1 as n')]))).toEqual([0, [], { n: 1 }])
  })
})
