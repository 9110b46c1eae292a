import type { Calendar, Survey } from '#contract/api/settings.ts'
import { isOpen, validateCalendar } from '#server/domain/calendar.ts'
import { overlapsOf } from '#server/domain/calendar-overlap.ts'
import { lowAtMostOf } from '#server/domain/arrival.ts'
import { notFound } from '#server/platform/errors.ts'
import type { StaffSession } from '#server/platform/http.ts'
import { newId } from '#server/platform/ids.ts'
import { slaOnSettingsChanged } from '../sla/sla.steps.ts'
import { assertUnused, retirable } from './lists.usecases.ts'
import { changing, type SettingsContext } from './settings.change.ts'
import { badCalendar, nameTaken } from './settings.errors.ts'
import { insertRow, isNameTaken, updateRow } from './settings.store.ts'

type Optional<Body> = { [Key in keyof Body]?: Body[Key] | undefined }
type CalendarBody = Pick<Calendar, 'name' | 'timeZone' | 'periods' | 'exceptions'>
type CalendarRow = Omit<Calendar, 'retiredAt' | 'isOpen'> & { retiredAt: Date | null }

// Business hours

const calendarSelect = 'select id, name, time_zone as "timeZone", periods, exceptions, version, retired_at as "retiredAt" from calendar'

export async function listCalendars({ db, clock }: SettingsContext, isRetired: boolean): Promise<Calendar[]> {
  const rows = await db.query<CalendarRow>(`${calendarSelect} where (retired_at is not null) = $1 order by name limit 500`, [isRetired])
  return rows.map((row) => calendarView(row, clock.now()))
}

/** Hours that could never be, or that say something twice, are refused with what is wrong where. */
export async function saveCalendar(context: SettingsContext, actor: StaffSession, id: string | null, change: Optional<CalendarBody>): Promise<Calendar> {
  const saved = await changing(context, { actor, kind: 'calendars', action: id === null ? 'created' : 'changed' }, async (tx, now, effects) => {
    const before = id === null ? undefined : await tx.maybe<CalendarRow>(`${calendarSelect} where id = $1 and retired_at is null for no key update`, [id])
    if (id !== null && before === undefined) throw notFound()
    if (change.name !== undefined && (await isNameTaken(tx, 'calendar', change.name, id))) throw nameTaken()
    assertUsable({ timeZone: change.timeZone ?? before?.timeZone ?? '', periods: change.periods ?? before?.periods ?? [], exceptions: change.exceptions ?? before?.exceptions ?? [] })
    const columns = { name: change.name, time_zone: change.timeZone, periods: change.periods, exceptions: change.exceptions }
    const calendarId = id ?? newId(now)
    if (id === null) await insertRow(tx, 'calendar', { id: calendarId, ...columns })
    else {
      // What ran until now was by the hours as they were: they are kept.
      await tx.execute('insert into calendar_past (calendar_id, version, time_zone, periods, exceptions) select id, version, time_zone, periods, exceptions from calendar where id = $1', [id])
      await updateRow(tx, 'calendar', id, columns)
      await slaOnSettingsChanged(tx, now, effects)
    }
    return calendarId
  })
  return calendarView(await context.db.one<CalendarRow>(`${calendarSelect} where id = $1`, [saved]), context.clock.now())
}

export async function retireCalendar(context: SettingsContext, actor: StaffSession, id: string): Promise<void> {
  await changing(context, { actor, kind: 'calendars', action: 'retired' }, async (tx, now) => {
    await assertUnused(tx, 'queues', 'select count(*)::int as count from queue where calendar_id = $1 and retired_at is null', id)
    await assertUnused(tx, 'sla-policies', `select count(*)::int as count from sla_policy where (calendar_id = $1 or applies->>'calendarId' = $1::text) and retired_at is null`, id)
    if (!(await updateRow(tx, 'calendar', id, { retired_at: now }))) throw notFound()
    return id
  })
}

function assertUsable(calendar: Omit<CalendarBody, 'name'>): void {
  const problems = validateCalendar(calendar).map((problem) => ({ path: 'where' in problem ? `${problem.where}.${problem.index}` : 'index' in problem ? `periods.${problem.index}` : problem.code === 'unknown-time-zone' ? 'timeZone' : 'periods', code: problem.code as string }))
  if (problems.length === 0) problems.push(...overlapsOf(calendar).map(({ where, index }) => ({ path: `${where}.${index}`, code: 'overlaps' })))
  if (problems.length > 0) throw badCalendar(problems)
}

function calendarView({ retiredAt, ...row }: CalendarRow, now: Date): Calendar {
  return { ...row, isOpen: isOpen(row, now), retiredAt: retiredAt?.toISOString() ?? null }
}

// Surveys

const surveySelect = 'select id, name, kind, questions, rule, sampling_share as "samplingShare", reminds, delay_ms as "delayMs", quiet_ms as "quietMs", expiry_ms as "expiryMs", low_at_most as "lowAtMost", enabled, version, retired_at as "retiredAt" from survey'

export async function listSurveys({ db }: SettingsContext, isRetired: boolean): Promise<Survey[]> {
  return (await db.query<Omit<Survey, 'retiredAt'> & { retiredAt: Date | null }>(`${surveySelect} where (retired_at is not null) = $1 and purpose = 'contact' order by name limit 500`, [isRetired])).map(retirable<Survey>)
}

export async function saveSurvey(context: SettingsContext, actor: StaffSession, id: string | null, change: Optional<Omit<Survey, 'id' | 'retiredAt' | 'version'>>): Promise<Survey> {
  const saved = await changing(context, { actor, kind: 'surveys', action: id === null ? 'created' : 'changed' }, async (tx, now) => {
    if (change.name !== undefined && (await isNameTaken(tx, 'survey', change.name, id))) throw nameTaken()
    const columns = { name: change.name, kind: change.kind, questions: change.questions, rule: change.rule, sampling_share: change.samplingShare, reminds: change.reminds, delay_ms: change.delayMs, quiet_ms: change.quietMs, expiry_ms: change.expiryMs, low_at_most: change.lowAtMost ?? (id === null && change.kind ? lowAtMostOf[change.kind] : undefined), enabled: change.enabled }
    const surveyId = id ?? newId(now)
    if (id === null) await insertRow(tx, 'survey', { id: surveyId, ...columns })
    else if (!(await updateRow(tx, 'survey', id, columns))) throw notFound()
    return surveyId
  })
  return retirable<Survey>(await context.db.one(`${surveySelect} where id = $1`, [saved]))
}

/** Queues that asked it ask nothing from now on. */
export async function retireSurvey(context: SettingsContext, actor: StaffSession, id: string): Promise<void> {
  await changing(context, { actor, kind: 'surveys', action: 'retired' }, async (tx, now) => {
    if (!(await updateRow(tx, 'survey', id, { retired_at: now }))) throw notFound()
    await tx.execute('update queue set survey_id = null, version = version + 1 where survey_id = $1', [id])
    return id
  })
}
