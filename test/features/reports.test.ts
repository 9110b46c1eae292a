import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { StaffSession } from '#server/platform/http.ts'
import { sweepFollowUps } from '#server/features/followups/overdue.usecases.ts'
import { changeDimension, createDimension } from '#server/features/reports/dimensions.ts'
import { rateRows } from '#server/features/reports/rates.rows.ts'
import { rateNames } from '#contract/api/analysis.ts'
import { loopReport } from '#server/features/reports/loop.report.ts'
import { findRunFile, readRun, runReports, startRun } from '#server/features/reports/report-runs.usecases.ts'
import { columnsOf, csvLine, reportRows } from '#server/features/reports/report.rows.ts'
import { satisfactionReport } from '#server/features/reports/satisfaction.report.ts'
import { slaReport } from '#server/features/reports/sla.report.ts'
import { stageReport } from '#server/features/reports/stages.report.ts'
import { surveyReport } from '#server/features/reports/surveys.report.ts'
import { giveValue, importValues, readStanding, workOutStandings } from '#server/features/standing/standing.usecases.ts'
import { sendDueSurveys } from '#server/features/surveys/surveys.usecases.ts'
import { newId } from '#server/platform/ids.ts'
import { indexOf } from '#server/domain/satisfaction.ts'
import { periodOf } from '#server/features/reports/period.ts'
import { hour, startSurveyWorld } from './surveys-world.ts'

let w: Awaited<ReturnType<typeof startSurveyWorld>>
let supervisor: StaffSession
const product = '019a0000-0000-7000-8000-0000000000d1'
const price = '019a0000-0000-7000-8000-0000000000d4'
beforeAll(async () => {
  w = await startSurveyWorld()
  supervisor = { staffId: w.world.supervisorId, role: 'supervisor', sessionId: undefined, name: 'Sam', email: 'sam@example.com', locale: 'en' }
}, 60_000)
afterAll(() => w.stop())

/** A contact handled and answered, question by question. */
async function answered(replies: string[], options: { complaint?: boolean } = {}): Promise<{ contactId: string; conversationId: string; customerId: string; phone: string }> {
  const phone = w.newPhone()
  const { conversationId } = await w.write(phone, 'My parcel is late')
  const contactId = await w.serve(conversationId, options)
  w.clock.advance(25 * hour)
  await sendDueSurveys(w.context)
  for (const reply of replies) {
    await w.delivered(contactId)
    await w.write(phone, reply)
  }
  const { customerId } = await w.db.one<{ customerId: string }>('select customer_id as "customerId" from conversation where id = $1', [conversationId])
  return { contactId, conversationId, customerId, phone }
}

describe('survey results', () => {
  test('count answers by queue, agent and channel, and what became of the questions, each apart', async () => {
    for (const reply of ['5', '4', '2 - too slow']) await answered([reply])
    const silent = await answered([])
    await w.delivered(silent.contactId)
    await w.db.execute('update survey_invitation set opened_at = $2 where contact_id = $1', [silent.contactId, w.clock.now()])
    w.clock.advance(25 * hour)
    const report = await surveyReport(w.db, {}, w.clock.now())
    const [csat] = report.kinds
    expect(csat).toMatchObject({ kind: 'csat', figure: { value: 2 / 3, n: 3, isRanked: false }, scores: [{ score: 2, count: 1 }, { score: 4, count: 1 }, { score: 5, count: 1 }] })
    expect(csat!.byAgent).toMatchObject([{ agentId: w.agentId, figure: { n: 3 } }])
    expect(csat!.byChannel).toMatchObject([{ channel: 'sms', figure: { n: 3 } }])
    expect(csat!.trend.reduce((sum, { figure }) => sum + figure.n, 0)).toBe(3)
    expect(report.invitations).toMatchObject({ sent: 4, delivered: 4, opened: 1, answered: 3, refused: 0, responseRate: { value: 0.75, n: 4 } })
    expect((await surveyReport(w.db, { channel: 'email' }, w.clock.now())).kinds).toEqual([])
  })
})

describe('the loop', () => {
  test('has the three controls, and whether it was put right; each opens its rows', async () => {
    await answered([], { complaint: true })
    const report = await loopReport(w.db, {}, w.clock.now())
    expect(report.rates.complaint).toMatchObject({ n: 5 })
    expect(report.rates.complaint.value).toBeCloseTo(1 / 5)
    // The words beside the low answer are a turn nobody has answered yet: open, not forgotten.
    expect(report.rates.omission).toMatchObject({ value: 0 })
    expect(report.rates.dissatisfaction).toMatchObject({ value: 1 / 3, n: 3 })
    expect(report).toMatchObject({ opened: 2, handled: 0, closed: 0 })
    for (const rate of rateNames) {
      const rowsOf = async (hits: 'true' | 'false') => (await rateRows(w.db, w.context.config.sessionSecret, rate, { limit: 100, hits }, w.clock.now())).items.map(({ counted }) => counted.isHit)
      const { n, value } = report.rates[rate]
      expect([rate, await rowsOf('false').then((all) => [all.length, all.filter(Boolean).length]), (await rowsOf('true')).length]).toEqual([rate, [n, Math.round(value! * n)], Math.round(value! * n)])
    }
    const rows = await reportRows(w.db, { report: 'loop', period: periodOf({}, w.clock.now()), filter: {}, staffId: supervisor.staffId }, null, 100)
    expect(rows.map(({ cells }) => cells['kind']).sort()).toEqual(['complaint', 'low-answer'])
  })

  test('a cause that rises is flagged, by contacts closed', async () => {
    const [department, rising, steady] = [newId(), newId(), newId()]
    await w.db.execute(`insert into department (id, name) values ($1, 'Packing')`, [department])
    await w.db.execute(`insert into cause (id, name, department_id) values ($1, 'Badly packed', $3), ($2, 'Wrong lamp', $3)`, [rising, steady, department])
    const { conversationId, customerId } = await answered([])
    const open = async (causeId: string, weeksAgo: number, count: number): Promise<void> => {
      const at = new Date(w.clock.now().getTime() - weeksAgo * 7 * 24 * hour - hour)
      for (let i = 0; i < count; i++) {
        await w.db.execute(`insert into follow_up (id, customer_id, conversation_id, kind, title, department_id, cause_id, due_at, created_at) values ($1, $2, $3, 'complaint', '', $4, $5, $6, $6)`, [newId(), customerId, conversationId, department, causeId, at])
      }
    }
    // As many contacts were closed before as of late.
    await w.db.execute(`insert into conversation (id, customer_id, created_at) select gen_random_uuid(), $1, now() where false`, [customerId])
    const contacts = (await loopReport(w.db, {}, w.clock.now())).rates.complaint.n
    const { queueId } = await w.db.one<{ queueId: string }>('select id as "queueId" from queue limit 1')
    for (let i = 0; i < contacts; i++) {
      const at = new Date(w.clock.now().getTime() - 35 * 24 * hour)
      await w.db.execute(`insert into contact (id, conversation_id, queue_id, state, outcome, channel, opened_at, closed_at, updated_at) values ($1, $2, $3, 'closed', 'handled', 'sms', $4, $4, $4)`, [newId(), conversationId, queueId, at])
    }
    await open(rising, 1, 12)
    await open(rising, 5, 1)
    await open(steady, 1, 5)
    await open(steady, 5, 5)
    const { causes } = await loopReport(w.db, {}, w.clock.now())
    expect(causes.map(({ causeId, recent, before, isRising }) => ({ causeId, recent, before, isRising }))).toEqual([
      { causeId: rising, recent: 12, before: 1, isRising: true }, { causeId: steady, recent: 5, before: 5, isRising: false },
    ])
    expect(causes[0]!.weeks).toEqual([0, 0, 1, 0, 0, 0, 12, 0])
    await w.db.execute(`delete from follow_up where department_id = $1`, [department])
  })
})

describe('the satisfaction model', () => {
  test('has index, ratio and matrix from what was answered, and the SQL’s index is the formula’s', async () => {
    const asks = (id: string) => (['perceived', 'expected', 'importance'] as const).map((ask) => ({ text: { en: '', zh: '' }, ask, dimensionId: id }))
    await w.db.execute(`update survey set kind = 'csi', questions = $2 where id = $1`, [w.surveyId, JSON.stringify([...asks(product), ...asks(price)])])
    for (let i = 0; i < 10; i++) await answered(['8', '7', '9', '9', '10', '9', '5', '8', '4'])
    w.clock.advance(1)
    const report = await satisfactionReport(w.db, {}, w.clock.now())
    await w.db.execute(`update survey set kind = 'csat', questions = '[]' where id = $1`, [w.surveyId])
    expect(report.index.figure.value).toBeCloseTo(indexOf([8, 7, 9].map((score) => ({ score, weight: 1 }))))
    expect(report.index.figure).toMatchObject({ n: 10, isRanked: true })
    const of = (id: string) => report.dimensions.find((one) => one.id === id)!
    expect(of(product)).toMatchObject({ perceived: { value: 9, n: 10 }, ratio: { value: 0.9 }, importance: { value: 9 }, weightFrom: 'stated', quadrant: 'advantage' })
    expect(of(price)).toMatchObject({ perceived: { value: 5 }, ratio: { value: 0.625 }, quadrant: 'improve-later' })
    expect(report.dimensionIndex.value).toBeCloseTo(((9 / 13) * (8 / 9) + (4 / 13) * (4 / 9)) * 100)
  })
})

test('a dimension has its name for itself, in either language, also when two add it at once', async () => {
  const add = (en: string, zh: string) => createDimension(w.context, supervisor.staffId, { name: { en, zh }, weight: 1, position: 9 })
  const taken = { code: 'settings.name-taken' }
  const delivery = await add('Delivery', '配送')
  await expect(add('delivery', '交付')).rejects.toMatchObject(taken)
  await expect(add('Shipping', '配送')).rejects.toMatchObject(taken)
  const parking = await Promise.allSettled([add('Parking', '停车'), add('Parking', '停车')])
  expect(parking.map((one) => (one.status === 'fulfilled' ? 'added' : (one.reason as { code: string }).code)).sort()).toEqual(['added', taken.code])
  await expect(changeDimension(w.context, supervisor.staffId, delivery.id, { name: { en: 'Parking', zh: '配送' } })).rejects.toMatchObject(taken)
  expect(await changeDimension(w.context, supervisor.staffId, delivery.id, { name: { en: 'DELIVERY', zh: '配送' } })).toMatchObject({ name: { en: 'DELIVERY' } })
})

describe('promises', () => {
  test('count when they are kept or missed', async () => {
    const { contactId, conversationId } = await answered([])
    const at = w.clock.now()
    const clock = (state: string, endedAt: Date | null, breachedAt: Date | null) => w.db.execute(
      `insert into sla_clock (id, contact_id, conversation_id, kind, policy_id, queue_id, channel, target_ms, state, started_at, intervals, ended_at, breached_at) select $1, $2, $3, 'first-response', $4, queue_id, 'voice', 600000, $5, $6, '[]', $7, $8 from contact where id = $2`,
      [newId(), contactId, conversationId, newId(), state, at, endedAt, breachedAt])
    await clock('met', at, null)
    await clock('met', at, new Date(at.getTime() - hour))
    await clock('running', null, at)
    await clock('cancelled', at, null)
    await clock('running', null, null)
    w.clock.advance(1)
    const report = await slaReport(w.db, { channel: 'voice' }, w.clock.now())
    expect(report.total).toMatchObject({ n: 3 })
    expect(report.lines).toMatchObject([{ kind: 'first-response', met: 1, breached: 2 }])
    expect((await slaReport(w.db, { channel: 'voice', agentId: w.agentId }, w.clock.now())).total.n).toBe(3)
    expect((await slaReport(w.db, { channel: 'voice', agentId: newId() }, w.clock.now())).total).toMatchObject({ value: null, n: 0 })
  })
})

describe('value and stage', () => {
  test('follow what happened, with the reasons; a night works out everybody; a list says who is worth a call', async () => {
    const content = await answered(['5'])
    const angry = await answered(['1 - never again'])
    await workOutStandings(w.context)
    expect(await readStanding(w.context, supervisor, content.customerId)).toMatchObject({ stage: 'customer', reasons: [{ code: 'served' }], valueClass: null })
    expect(await readStanding(w.context, supervisor, angry.customerId)).toMatchObject({ stage: 'at-risk', reasons: [{ code: 'open-low-answer' }], followUpId: null })
    const result = await importValues(w.context, supervisor, [{ identity: { kind: 'phone', realm: '', value: angry.phone }, value: 900, orders: 3 }, { customerId: newId(), value: 1 }])
    expect(result).toEqual({ changed: 1, unknown: [1] })
    expect(await readStanding(w.context, supervisor, angry.customerId)).toMatchObject({ value: 900, valueClass: 'A' })
    // Now that the company tells who orders, who did not is a prospect.
    expect(await giveValue(w.context, supervisor, content.customerId, { value: 0 })).toMatchObject({ stage: 'prospect', valueClass: 'C' })
    expect(await w.db.query('select from_stage as "from", to_stage as "to" from stage_change where customer_id = $1 order by at, from_stage nulls first', [content.customerId])).toEqual([{ from: null, to: 'customer' }, { from: 'customer', to: 'prospect' }])
    w.clock.advance(366 * 24 * hour)
    await workOutStandings(w.context)
    expect(await readStanding(w.context, supervisor, angry.customerId)).toMatchObject({ stage: 'lost', reasons: [{ code: 'silent' }] })
    await w.write(angry.phone, 'I am back')
    await w.serve(angry.conversationId)
    await w.db.execute(`update follow_up set handled_at = $2 where customer_id = $1`, [angry.customerId, w.clock.now()])
    w.clock.advance(1000)
    await workOutStandings(w.context)
    expect(await readStanding(w.context, supervisor, angry.customerId)).toMatchObject({ stage: 'won-back' })
    w.clock.advance(1)
    const report = await stageReport(w.db, {}, w.clock.now())
    expect(report.stages.find(({ stage }) => stage === 'won-back')).toMatchObject({ count: 1, value: 900 })
    expect(report.classes[0]).toMatchObject({ valueClass: 'A', count: 1, share: 1 })
    expect(report.changes).toContainEqual({ from: 'lost', to: 'won-back', count: 1 })
  })
})

describe('a file of rows', () => {
  test('is made by a job that says how far it is, and is read by whoever asked for it', async () => {
    const from = new Date(w.clock.now().getTime() - 1000 * 24 * hour).toISOString()
    const run = await startRun(w.context, supervisor.staffId, { report: 'surveys', format: 'csv', from })
    expect(run).toMatchObject({ state: 'queued', rowsDone: 0, rowsTotal: null })
    await runReports(w.context)
    const done = await readRun(w.context, supervisor.staffId, run.id)
    expect(done).toMatchObject({ state: 'done', problem: null })
    expect(done.rowsDone).toBe(done.rowsTotal)
    const file = await findRunFile(w.context, run.id, supervisor)
    const lines = (await text(w.context.files.read(file!.storageKey))).split('\r\n')
    expect(lines[0]).toBe(columnsOf('surveys').map(({ name }) => name).join(','))
    expect(lines).toHaveLength(done.rowsDone + 2)
    expect(await findRunFile(w.context, run.id, { ...supervisor, staffId: newId() })).toBeUndefined()

    const json = await startRun(w.context, supervisor.staffId, { report: 'satisfaction', format: 'json', from })
    await runReports(w.context)
    const jsonFile = await findRunFile(w.context, json.id, supervisor)
    const parsed = JSON.parse(await text(w.context.files.read(jsonFile!.storageKey))) as { definitions: object; rows: { dimension: string | null }[] }
    expect(parsed.rows.filter(({ dimension }) => dimension === 'Product')).toHaveLength(30)
    expect(Object.keys(parsed.definitions)).toContain('ratio')
  })

  test('of every report can be made', async () => {
    for (const report of ['sla', 'loop', 'stages'] as const) {
      const { id } = await startRun(w.context, supervisor.staffId, { report, format: 'csv' })
      await runReports(w.context)
      expect(await readRun(w.context, supervisor.staffId, id)).toMatchObject({ state: 'done' })
    }
  })

  test('holds no text a spreadsheet would run, and quotes what must be', () =>
    expect(csvLine(['=1+1', 'a "b", c', null, -3, true, '-'])).toBe(`'=1+1,"a ""b"", c",,-3,true,'-\r\n`))

  test('holds none either where a spreadsheet parts cells by semicolons or tabs, or takes a quoted line for a row', () =>
    expect(csvLine(['nice;=1+cmd', 'nice\t @SUM(1)', 'nice\n=2', 'a;b', '＝1'])).toBe(`nice;'=1+cmd,nice\t' @SUM(1),"nice\n'=2",a;b,'＝1\r\n`))
})

test('what is overdue is marked by the sweep without end', async () => {
  await sweepFollowUps(w.context)
  expect(await w.db.query(`select 1 from follow_up where state = 'open' and handled_at is null and overdue_at is null and due_at <= $1`, [w.clock.now()])).toEqual([])
})
