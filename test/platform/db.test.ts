import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDb, DatabaseUnavailable } from '#server/platform/db.ts'
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
