import type * as z from 'zod'
import { idParams } from '#contract/api/common.ts'
import * as api from '#contract/api/settings.ts'
import * as sla from '#contract/api/sla.ts'
import { defineRoute, type Route, type StaffSession } from '#server/platform/http.ts'
import type { RateLimiter } from '#server/platform/rate-limit.ts'
import * as accounts from './channel-accounts.usecases.ts'
import * as lists from './lists.usecases.ts'
import * as policies from './policies.usecases.ts'
import * as queues from './queues.usecases.ts'
import type { SettingsContext } from './settings.change.ts'
import * as slaPolicies from './sla-policies.usecases.ts'

const tag = 'settings'
const admin = ['admin'] as const

/** Teams, queues, hours, policies and channel accounts. Everybody signed in may read; administrators change. All of it works from the next message on. */
export function settingsRoutes(context: SettingsContext & { limiter: RateLimiter }): Route[] {
  return [
    ...listRoutes('teams', api.TeamList, (isRetired) => lists.listTeams(context, isRetired)),
    defineRoute({ method: 'POST', path: '/api/v1/teams', summary: 'Make a team', tag, roles: admin, body: api.teamCreate, response: api.Team, status: 201, idempotent: true }, ({ staff, body }) => lists.saveTeam(context, staff, null, body)),
    defineRoute({ method: 'PATCH', path: '/api/v1/teams/:id', summary: 'Change a team', tag, roles: admin, params: idParams, body: api.teamChange, response: api.Team }, ({ staff, params, body }) => lists.saveTeam(context, staff, params.id, body)),
    defineRoute({ method: 'POST', path: '/api/v1/teams/:id/retire', summary: 'Retire a team', tag, roles: admin, params: idParams }, ({ staff, params }) => lists.retireTeam(context, staff, params.id)),

    ...listRoutes('skills', api.SkillList, (isRetired) => lists.listSkills(context, isRetired)),
    defineRoute({ method: 'POST', path: '/api/v1/skills', summary: 'Name a skill', tag, roles: admin, body: api.skillBody, response: api.Skill, status: 201, idempotent: true }, ({ staff, body }) => lists.saveSkill(context, staff, null, body.name)),
    defineRoute({ method: 'PATCH', path: '/api/v1/skills/:id', summary: 'Rename a skill', tag, roles: admin, params: idParams, body: api.skillBody, response: api.Skill }, ({ staff, params, body }) => lists.saveSkill(context, staff, params.id, body.name)),
    defineRoute({ method: 'POST', path: '/api/v1/skills/:id/retire', summary: 'Retire a skill', tag, roles: admin, params: idParams }, ({ staff, params }) => lists.retireSkill(context, staff, params.id)),

    ...listRoutes('dispositions', api.DispositionList, (isRetired) => lists.listDispositions(context, isRetired)),
    defineRoute({ method: 'POST', path: '/api/v1/dispositions', summary: 'Make a disposition', tag, roles: admin, body: api.dispositionCreate, response: api.Disposition, status: 201, idempotent: true }, ({ staff, body }) => lists.saveDisposition(context, staff, null, body)),
    defineRoute({ method: 'PATCH', path: '/api/v1/dispositions/:id', summary: 'Change a disposition', tag, roles: admin, params: idParams, body: api.dispositionChange, response: api.Disposition }, ({ staff, params, body }) => lists.saveDisposition(context, staff, params.id, body)),
    defineRoute({ method: 'POST', path: '/api/v1/dispositions/:id/retire', summary: 'Retire a disposition', tag, roles: admin, params: idParams }, ({ staff, params }) => lists.retireDisposition(context, staff, params.id)),

    ...listRoutes('calendars', api.CalendarList, (isRetired) => policies.listCalendars(context, isRetired)),
    defineRoute({ method: 'POST', path: '/api/v1/calendars', summary: 'Make business hours', tag, roles: admin, body: api.calendarCreate, response: api.Calendar, status: 201, idempotent: true }, ({ staff, body }) => policies.saveCalendar(context, staff, null, body)),
    defineRoute({ method: 'PATCH', path: '/api/v1/calendars/:id', summary: 'Change business hours', tag, roles: admin, params: idParams, body: api.calendarChange, response: api.Calendar }, ({ staff, params, body }) => policies.saveCalendar(context, staff, params.id, body)),
    defineRoute({ method: 'POST', path: '/api/v1/calendars/:id/retire', summary: 'Retire business hours', tag, roles: admin, params: idParams }, ({ staff, params }) => policies.retireCalendar(context, staff, params.id)),

    ...listRoutes('sla-policies', api.SlaPolicyList, (isRetired) => slaPolicies.listSlaPolicies(context, isRetired)),
    defineRoute({ method: 'POST', path: '/api/v1/sla-policies', summary: 'Make an SLA policy', tag, roles: admin, body: sla.slaPolicyCreate, response: sla.SlaPolicy, status: 201, idempotent: true }, ({ staff, body }) => slaPolicies.saveSlaPolicy(context, staff, null, body)),
    defineRoute({ method: 'PATCH', path: '/api/v1/sla-policies/:id', summary: 'Change an SLA policy', tag, roles: admin, params: idParams, body: sla.slaPolicyChange, response: sla.SlaPolicy }, ({ staff, params, body }) => slaPolicies.saveSlaPolicy(context, staff, params.id, body)),
    defineRoute({ method: 'POST', path: '/api/v1/sla-policies/:id/retire', summary: 'Retire an SLA policy', tag, roles: admin, params: idParams }, ({ staff, params }) => slaPolicies.retireSlaPolicy(context, staff, params.id)),
    defineRoute({ method: 'GET', path: '/api/v1/sla-policies/:id/webhook-secret', summary: 'Read the secret that signs a policy’s webhooks', tag, roles: admin, params: idParams, response: sla.WebhookSecret }, ({ params }) => slaPolicies.readWebhookSecret(context, params.id)),
    defineRoute({ method: 'POST', path: '/api/v1/sla-policies/preview', summary: 'See what a policy would promise a message now', tag, roles: admin, body: sla.slaPreviewBody, response: sla.SlaPreview }, ({ body }) => slaPolicies.previewSlaPolicy(context, body)),

    ...listRoutes('surveys', api.SurveyList, (isRetired) => policies.listSurveys(context, isRetired)),
    defineRoute({ method: 'POST', path: '/api/v1/surveys', summary: 'Make a survey', tag, roles: admin, body: api.surveyCreate, response: api.Survey, status: 201, idempotent: true }, ({ staff, body }) => policies.saveSurvey(context, staff, null, body)),
    defineRoute({ method: 'PATCH', path: '/api/v1/surveys/:id', summary: 'Change a survey, or turn it off', tag, roles: admin, params: idParams, body: api.surveyChange, response: api.Survey }, ({ staff, params, body }) => policies.saveSurvey(context, staff, params.id, body)),
    defineRoute({ method: 'POST', path: '/api/v1/surveys/:id/retire', summary: 'Retire a survey', tag, roles: admin, params: idParams }, ({ staff, params }) => policies.retireSurvey(context, staff, params.id)),

    ...listRoutes('queues', api.QueueList, (isRetired) => queues.listQueues(context, isRetired)),
    defineRoute({ method: 'GET', path: '/api/v1/queues/:id', summary: 'Read a queue', tag, roles: 'signed-in', params: idParams, response: api.Queue }, ({ params }) => queues.readQueue(context, params.id)),
    defineRoute({ method: 'POST', path: '/api/v1/queues', summary: 'Make a queue', tag, roles: admin, body: api.queueCreate, response: api.Queue, status: 201, idempotent: true }, ({ staff, body }) => queues.saveQueue(context, staff, null, body)),
    defineRoute({ method: 'PATCH', path: '/api/v1/queues/:id', summary: 'Change a queue, its members or demands', tag, roles: admin, params: idParams, body: api.queueChange, response: api.Queue }, ({ staff, params, body }) => queues.saveQueue(context, staff, params.id, body)),
    defineRoute({ method: 'POST', path: '/api/v1/queues/:id/retire', summary: 'Retire a queue; its work goes to another', tag, roles: admin, params: idParams, body: api.queueRetire, response: api.Queue }, ({ staff, params, body }) => queues.retireQueue(context, staff, params.id, body.targetQueueId)),

    defineRoute({ method: 'GET', path: '/api/v1/channel-accounts', summary: 'List channel accounts', tag, roles: 'signed-in', query: api.channelAccountQuery, response: api.ChannelAccountList }, async ({ query, staff }) => ({ items: (await accounts.listAccounts(context, { channel: query.channel, isRetired: query.retired === 'true' })).map((account) => forReader(account, staff)), nextCursor: null })),
    defineRoute({ method: 'GET', path: '/api/v1/channel-accounts/:id', summary: 'Read a channel account', tag, roles: 'signed-in', params: idParams, response: api.ChannelAccount }, async ({ params, staff }) => forReader(await accounts.readAccount(context, params.id), staff)),
    defineRoute({ method: 'POST', path: '/api/v1/channel-accounts', summary: 'Add a channel account', tag, roles: admin, body: api.channelAccountCreate, response: api.ChannelAccount, status: 201, idempotent: true }, ({ staff, body }) => accounts.createAccount(context, staff, body)),
    defineRoute({ method: 'PATCH', path: '/api/v1/channel-accounts/:id', summary: 'Change a channel account', tag, roles: admin, params: idParams, body: api.channelAccountChange, response: api.ChannelAccount }, ({ staff, params, body }) => accounts.changeAccount(context, staff, params.id, body)),
    defineRoute({ method: 'POST', path: '/api/v1/channel-accounts/:id/retire', summary: 'Retire a channel account', tag, roles: admin, params: idParams }, ({ staff, params }) => accounts.retireAccount(context, staff, params.id)),
    defineRoute({ method: 'POST', path: '/api/v1/channel-accounts/:id/test', summary: 'Ask the provider whether it works', tag, roles: admin, params: idParams, response: api.AccountTest }, ({ staff, params }) => {
      context.limiter.require(`test-account:${staff.staffId}`, { burst: 10, perMs: 60_000 })
      return accounts.testAccount(context, params.id)
    }),
  ]
}

/** Who only answers through an account need not know how it is set up. */
function forReader(account: api.ChannelAccount, staff: StaffSession): api.ChannelAccount {
  return staff.role === 'admin' ? account : { ...account, settings: {}, secretsSet: [], paste: [] }
}

function listRoutes<Item, List extends z.ZodType<unknown, { items: Item[]; nextCursor: null }>>(name: string, response: List, read: (isRetired: boolean) => Promise<Item[]>): Route[] {
  // `List`'s input is what `read` gives in the lists' usual shape; the compiler cannot see through the generic.
  return [defineRoute({ method: 'GET', path: `/api/v1/${name}`, summary: `List ${name.replaceAll('-', ' ')}`, tag, roles: 'signed-in', query: api.settingsQuery, response }, async ({ query }) => ({ items: await read(query.retired === 'true'), nextCursor: null }) as never)]
}
