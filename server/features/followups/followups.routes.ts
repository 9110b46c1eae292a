import { idParams } from '#contract/api/common.ts'
import * as api from '#contract/api/followups.ts'
import { settingsQuery } from '#contract/api/settings.ts'
import type { Context } from '../../context.ts'
import { defineRoute, type Route } from '../../platform/http.ts'
import { readPlace, toPage } from '../../platform/http-list.ts'
import * as store from './followups.store.ts'
import * as lists from './lists.usecases.ts'
import * as usecases from './followups.usecases.ts'
import { changeRules, readRules } from './rules.ts'

const tag = 'follow-ups'

/** Follow-ups, and the company's lists of causes and departments. */
export function followUpRoutes(context: Pick<Context, 'db' | 'clock' | 'jobs' | 'relay' | 'config'>): Route[] {
  const { db, clock, config } = context
  return [
    defineRoute({ method: 'GET', path: '/api/v1/follow-ups', summary: 'Follow-ups one may see, the most urgent first', tag, roles: 'signed-in', query: api.followUpsQuery, response: api.FollowUpPage }, async ({ query, staff }) => {
      const { limit, cursor, ...filter } = query
      const scope = `follow-ups:${Object.entries(filter).map((pair) => pair.join('=')).sort().join('&')}`
      const [at, id] = readPlace(config.sessionSecret, scope, cursor)
      const rows = await store.listFollowUps(db, staff, { ...filter, after: at !== undefined && id !== undefined ? { at, id } : null }, clock.now(), limit + 1)
      return toPage(config.sessionSecret, scope, rows, limit, (row) => [row.closedAt ?? row.dueAt, row.id])
    }),
    defineRoute({ method: 'GET', path: '/api/v1/follow-ups/:id', summary: 'One follow-up, and what happened to it', tag, roles: 'signed-in', params: idParams, response: api.FollowUpDetail }, async ({ params, staff }) => {
      const row = await store.seenFollowUp(db, staff, params.id)
      return { ...row, steps: await store.listSteps(db, row.id) }
    }),
    defineRoute({ method: 'POST', path: '/api/v1/follow-ups', summary: 'Open one for a customer', tag, roles: 'signed-in', body: api.followUpCreate, response: api.FollowUp, status: 201, idempotent: true }, async ({ body, staff }) => {
      const id = await usecases.create(context, staff, body)
      return store.seenFollowUp(db, staff, id)
    }),
    defineRoute({ method: 'PATCH', path: '/api/v1/follow-ups/:id', summary: 'Take, change or close one', tag, roles: 'signed-in', params: idParams, body: api.followUpChange, response: api.FollowUp }, ({ params, body, staff }) => usecases.change(context, staff, params.id, body)),
    defineRoute({ method: 'GET', path: '/api/v1/follow-up-rules', summary: 'How long follow-ups and checks with customers run', tag, roles: 'signed-in', response: api.FollowUpRules }, () => readRules(db)),
    defineRoute({ method: 'PATCH', path: '/api/v1/follow-up-rules', summary: 'Give follow-ups or checks with customers another time', tag, roles: ['admin'], body: api.followUpRulesChange, response: api.FollowUpRules }, ({ body, staff }) => changeRules(context, staff, body)),
    defineRoute({ method: 'GET', path: '/api/v1/causes', summary: 'Why things go wrong', tag, roles: 'signed-in', query: settingsQuery, response: api.CauseList }, async ({ query }) => ({ items: await lists.listCauses(db, query.retired === 'true'), nextCursor: null })),
    defineRoute({ method: 'POST', path: '/api/v1/causes', summary: 'Add a cause', tag, roles: ['admin'], body: api.causeCreate, response: api.Cause, status: 201, idempotent: true }, ({ body, staff }) => lists.createCause(context, staff, body)),
    defineRoute({ method: 'PATCH', path: '/api/v1/causes/:id', summary: 'Rename, retire or use a cause again', tag, roles: ['admin'], params: idParams, body: api.causeChange, response: api.Cause }, ({ params, body, staff }) => lists.changeCause(context, staff, params.id, body)),
    defineRoute({ method: 'GET', path: '/api/v1/departments', summary: 'Who causes or repairs', tag, roles: 'signed-in', query: settingsQuery, response: api.DepartmentList }, async ({ query }) => ({ items: await lists.listDepartments(db, query.retired === 'true'), nextCursor: null })),
    defineRoute({ method: 'POST', path: '/api/v1/departments', summary: 'Add a department', tag, roles: ['admin'], body: api.departmentCreate, response: api.Department, status: 201, idempotent: true }, ({ body, staff }) => lists.createDepartment(context, staff, body)),
    defineRoute({ method: 'PATCH', path: '/api/v1/departments/:id', summary: 'Rename a department, give it another time, retire it or use it again', tag, roles: ['admin'], params: idParams, body: api.departmentChange, response: api.Department }, ({ params, body, staff }) => lists.changeDepartment(context, staff, params.id, body)),
  ]
}
