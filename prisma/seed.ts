/**
 * The company a fresh hub shows: staff, queues, hours, promises, one account of every channel. Made through the same use cases an
 * administrator's screens call, once; a second start finds the mark and leaves everything as it is.
 */
import type { Overflow } from '#contract/overflow.ts'
import type { Hub } from '../server/hub.ts'
import type { Config } from '../server/platform/config.ts'
import type { StaffSession } from '../server/platform/http-route.ts'
import { createCause, createDepartment } from '../server/features/followups/lists.usecases.ts'
import { createDimension, listDimensions } from '../server/features/reports/dimensions.ts'
import { contentSurvey } from './history/learned.ts'
import { createAccount } from '../server/features/settings/channel-accounts.usecases.ts'
import { saveDisposition, saveSkill, saveTeam } from '../server/features/settings/lists.usecases.ts'
import { saveCalendar, saveSurvey } from '../server/features/settings/policies.usecases.ts'
import { saveSlaPolicy } from '../server/features/settings/sla-policies.usecases.ts'
import { saveQueue } from '../server/features/settings/queues.usecases.ts'
import type { SettingsContext } from '../server/features/settings/settings.change.ts'
import { createStaff, replaceSkills } from '../server/features/staff/staff.steps.ts'
import { newToken } from '../server/platform/secrets.ts'

export interface Person {
  email: string
  name: string
  role: 'admin' | 'supervisor' | 'agent'
  locale: 'en' | 'zh'
  teams: string[]
  queues: string[]
  /** What they are asked for by name, with how well they can do it. No queue asks for any: a contact may, and a transfer or a call for help. */
  skills?: Readonly<Record<string, number>>
}

/** Printed on the start page; good for a hub on one's own machine only. */
export const password = 'lamps-and-light'

export const companyNumber = '+14155550199'
export const companyMailbox = 'support@hillside.example'
export const repairsMailbox = 'repairs@hillside.example'
export const accountsMailbox = 'accounts@hillside.example'
export const companyWorkspace = 'T1'

const minute = 60_000
const hour = 60 * minute

export const staff: Person[] = [
  { email: 'robin@hillside.example', name: 'Robin Keller', role: 'admin', locale: 'en', teams: [], queues: [] },
  { email: 'sam@hillside.example', name: 'Sam Ortiz', role: 'supervisor', locale: 'en', teams: ['Service', 'Workshop'], queues: [] },
  { email: 'lena@hillside.example', name: 'Lena Fischer', role: 'agent', locale: 'en', teams: ['Service', 'Accounts'], queues: ['Service', 'Sales', 'Accounts'], skills: { German: 5 } },
  { email: 'jonas@hillside.example', name: 'Jonas Berg', role: 'agent', locale: 'en', teams: ['Service', 'Workshop'], queues: ['Service', 'Repairs'], skills: { German: 4, Rewiring: 2 } },
  { email: 'wei@hillside.example', name: '李伟', role: 'agent', locale: 'zh', teams: ['Service'], queues: ['Service', 'Sales'], skills: { Chinese: 5 } },
  { email: 'priya@hillside.example', name: 'Priya Nair', role: 'agent', locale: 'en', teams: ['Workshop'], queues: ['Repairs'], skills: { Rewiring: 4 } },
  // The evening shift: whoever did the work of the month before (prisma/history). Nobody signs in as them.
  { email: 'nora@hillside.example', name: 'Nora Whitfield', role: 'agent', locale: 'en', teams: ['Service'], queues: ['Service', 'Sales'] },
  { email: 'mateo@hillside.example', name: 'Mateo Rivas', role: 'agent', locale: 'en', teams: ['Service', 'Workshop'], queues: ['Service', 'Repairs'], skills: { Spanish: 5, Rewiring: 3 } },
  { email: 'yuting@hillside.example', name: '陈雨婷', role: 'agent', locale: 'zh', teams: ['Service'], queues: ['Service', 'Sales'], skills: { Chinese: 5, German: 2 } },
  { email: 'tomasz@hillside.example', name: 'Tomasz Nowak', role: 'agent', locale: 'en', teams: ['Workshop'], queues: ['Repairs'], skills: { Rewiring: 5 } },
  { email: 'amara@hillside.example', name: 'Amara Diallo', role: 'agent', locale: 'en', teams: ['Service', 'Accounts'], queues: ['Service', 'Accounts'] },
]

const mark = 'company'

/** Who can sign in, after making the company if it is not there yet. */
export async function seedCompany(hub: Hub, config: Config, origins: readonly string[]): Promise<{ email: string; password: string; role: string }[]> {
  const { db } = hub.context
  const admin = { email: config.admin.email ?? staff[0]!.email, password: config.admin.password ?? password }
  if (!(await db.maybe('select 1 from setting where key = $1', [mark]))) await makeCompany(hub, config, admin, origins)
  return [
    { ...admin, role: 'admin' },
    ...staff.filter((one) => one.role !== 'admin').slice(0, 4).map((one) => ({ email: one.email, password, role: one.role })),
  ]
}

async function makeCompany(hub: Hub, config: Config, admin: { email: string; password: string }, origins: readonly string[]): Promise<void> {
  const { context, auth } = hub
  const [adminHash, staffHash] = await Promise.all([auth.hashPassword(admin.password), auth.hashPassword(password)])
  const now = context.clock.now()
  const ids = new Map<string, string>()
  for (const person of staff) {
    const isAdmin = person.role === 'admin'
    const id = await context.db.tx((tx) => createStaff(tx, {
      email: isAdmin ? admin.email : person.email, name: person.name, role: person.role, locale: person.locale, passwordHash: isAdmin ? adminHash : staffHash, teamIds: [], queueIds: [], at: now,
    }))
    ids.set(person.name, id)
  }
  const actor: StaffSession = { staffId: ids.get(staff[0]!.name) ?? '', sessionId: undefined, name: staff[0]!.name, email: admin.email, role: 'admin', locale: 'en' }
  const settings: SettingsContext = { ...context, publicUrl: config.publicUrl, smtp: { host: config.host, port: config.smtpPort } }
  const members = (pick: (person: Person) => readonly string[], name: string): string[] => staff.filter((person) => pick(person).includes(name)).map((person) => ids.get(person.name) ?? '')

  const skillIds = new Map<string, string>()
  for (const name of ['German', 'Chinese', 'Spanish', 'Rewiring']) skillIds.set(name, (await saveSkill(settings, actor, null, name)).id)
  await context.db.tx(async (tx) => {
    for (const { name, skills = {} } of staff) await replaceSkills(tx, ids.get(name) ?? '', Object.entries(skills).map(([skill, level]) => ({ skillId: skillIds.get(skill) ?? '', level })))
  })
  const service = await saveTeam(settings, actor, null, { name: 'Service', memberIds: members((p) => p.teams, 'Service') })
  const workshop = await saveTeam(settings, actor, null, { name: 'Workshop', memberIds: members((p) => p.teams, 'Workshop') })
  const accounts = await saveTeam(settings, actor, null, { name: 'Accounts', memberIds: members((p) => p.teams, 'Accounts') })
  const week = [1, 2, 3, 4, 5].map((weekday) => ({ weekday, from: '09:00', to: '17:00' }))
  const hours = await saveCalendar(settings, actor, null, { name: 'Workshop hours', timeZone: 'America/Los_Angeles', periods: week, exceptions: [{ date: '2026-12-25', name: 'Christmas Day', periods: [] }, { date: '2027-01-01', name: 'New Year’s Day', periods: [] }] })
  const promise = await saveSlaPolicy(settings, actor, null, {
    name: 'Promise to customers', steps: [{ share: 0.8, actions: [] }], applies: null, position: 0, calendarId: null,
    targets: [
      { kind: 'time-to-answer', channel: 'voice', targetMs: 30_000 }, { kind: 'time-to-answer', channel: 'webchat', targetMs: minute },
      { kind: 'first-response', channel: 'webchat', targetMs: 2 * minute }, { kind: 'first-response', channel: 'email', targetMs: 4 * hour }, { kind: 'first-response', channel: null, targetMs: 15 * minute },
      { kind: 'next-response', channel: 'webchat', targetMs: 3 * minute }, { kind: 'next-response', channel: 'email', targetMs: 8 * hour }, { kind: 'next-response', channel: null, targetMs: 30 * minute },
      { kind: 'resolution', channel: null, targetMs: 48 * hour },
    ],
  })
  const survey = await saveSurvey(settings, actor, null, { name: 'After each contact', kind: 'csat', questions: [], delayMs: 0, quietMs: 24 * hour, expiryMs: 72 * hour, lowAtMost: 2, enabled: true })
  // Asked by mail, on one page; put to a queue's customers by naming the queue in its conditions.
  const packing = await createDimension(context, actor.staffId, { name: { en: 'Packing and delivery', zh: '包装与配送' }, weight: 1, position: 5 })
  const dimensionIds = [...(await listDimensions(context.db)).filter(({ id }) => id !== packing.id).map(({ id }) => id), packing.id]
  await saveSurvey(settings, actor, null, {
    name: contentSurvey, kind: 'csi', rule: { channels: ['email'] }, samplingShare: 1, reminds: true, delayMs: 0, quietMs: 90 * 24 * hour, expiryMs: 7 * 24 * hour, lowAtMost: 4, enabled: true,
    questions: dimensionIds.flatMap((dimensionId) => (['perceived', 'expected', 'importance'] as const).map((ask) => ({ text: { en: '', zh: '' }, ask, dimensionId }))),
  })
  const callBackAfter = (ms: number): Overflow => ({ rules: [{ when: { is: 'wait', ms }, then: { do: 'callback' } }] })
  const shared = { slaPolicyId: promise.id, surveyId: survey.id }
  const general = await saveQueue(settings, actor, null, { ...shared, name: 'Service', teamId: service.id, memberIds: members((p) => p.queues, 'Service'), overflow: callBackAfter(2 * minute) })
  await saveQueue(settings, actor, null, { ...shared, name: 'Sales', teamId: service.id, memberIds: members((p) => p.queues, 'Sales') })
  const repairs = await saveQueue(settings, actor, null, { ...shared, name: 'Repairs', teamId: workshop.id, calendarId: hours.id, memberIds: members((p) => p.queues, 'Repairs'), overflow: { rules: [{ when: { is: 'closed' }, then: { do: 'voicemail' } }] } })
  const invoices = await saveQueue(settings, actor, null, { ...shared, name: 'Accounts', teamId: accounts.id, restricted: true, memberIds: members((p) => p.queues, 'Accounts') })
  for (const [position, name] of ['Answered', 'Order changed', 'Return or refund', 'Repair arranged', 'Advice given', 'Complaint'].entries()) {
    await saveDisposition(settings, actor, null, { name, complaint: name === 'Complaint', position })
  }
  for (const [department, causes] of [['Packing', ['Badly packed']], ['Shipping', ['Damaged on the way']], ['Service desk', ['Nobody free', 'Wrong information']], ['Repair shop', ['Repair failed']]] as const) {
    const { id } = await createDepartment(context, actor, { name: department, dueMs: 24 * hour })
    for (const name of causes) await createCause(context, actor, { name, departmentId: id })
  }

  const { twilio, slack } = config
  const twilioSettings = twilio.accountSid ? { accountSid: twilio.accountSid } : {}
  const twilioSecrets = twilio.authToken ? { authToken: twilio.authToken } : {}
  const account = (asked: Parameters<typeof createAccount>[2]): Promise<unknown> => createAccount(settings, actor, asked)
  await account({ channel: 'voice', address: companyNumber, name: 'Hillside Lamps', queueId: general.id, staffOnly: false, settings: twilioSettings, secrets: twilioSecrets })
  await account({ channel: 'sms', address: companyNumber, name: 'Hillside Lamps', queueId: general.id, staffOnly: false, settings: twilioSettings, secrets: twilioSecrets })
  await account({ channel: 'whatsapp', address: companyNumber, name: 'Hillside Lamps', queueId: general.id, staffOnly: false, settings: twilioSettings, secrets: twilioSecrets })
  await account({ channel: 'email', address: companyMailbox, name: 'Hillside Lamps', queueId: general.id, staffOnly: false, settings: {}, secrets: {} })
  await account({ channel: 'email', address: repairsMailbox, name: 'Hillside workshop', queueId: repairs.id, staffOnly: false, settings: {}, secrets: {} })
  await account({ channel: 'email', address: accountsMailbox, name: 'Hillside accounts', queueId: invoices.id, staffOnly: false, settings: {}, secrets: {} })
  await account({ channel: 'webchat', address: 'hillside-lamps', name: 'Hillside Lamps', queueId: general.id, staffOnly: false, settings: { allowedOrigins: [...origins], trustedClaims: ['email', 'phone'] }, secrets: { siteSecret: newToken() } })
  await account({
    channel: 'slack', address: companyWorkspace, name: 'Hillside Lamps', queueId: general.id, staffOnly: false, settings: {},
    secrets: { ...(slack.signingSecret ? { signingSecret: slack.signingSecret } : {}), ...(slack.botToken ? { botToken: slack.botToken } : {}) },
  })
  await context.db.execute('insert into setting (key, value, updated_at) values ($1, $2, $3) on conflict do nothing', [mark, JSON.stringify({ madeAt: now }), now])
}
