import * as z from 'zod'
import { AgentWork, moveWorkBody, WorkMoved } from '#contract/api/agents.ts'
import { idParams } from '#contract/api/common.ts'
import { presenceBody } from '#contract/api/contacts.ts'
import { Agent } from '#contract/api/views.ts'
import { defineRoute, type Route } from '../../platform/http.ts'
import { moveWorkOf, workOf } from './absent.usecases.ts'
import { changePresence, type AgentContext } from './agents.usecases.ts'
import { allAgentViews } from './agents.views.ts'

const tag = 'agents'
const boss = ['supervisor', 'admin'] as const

export function agentRoutes(context: AgentContext): Route[] {
  return [
    defineRoute({ method: 'GET', path: '/api/v1/agents', summary: 'Staff with presence and load', tag, roles: 'signed-in', response: z.strictObject({ items: z.array(Agent) }) }, async () => ({ items: await allAgentViews(context.db) })),
    defineRoute({ method: 'POST', path: '/api/v1/presence', summary: 'Choose one’s presence', tag, roles: 'signed-in', body: presenceBody }, ({ body, staff }) => changePresence(context, staff.staffId, body)),
    defineRoute({ method: 'GET', path: '/api/v1/agents/:id/work', summary: 'What somebody holds', tag, roles: boss, params: idParams, response: AgentWork }, ({ params }) => workOf(context, params.id)),
    defineRoute({ method: 'POST', path: '/api/v1/agents/:id/move-work', summary: 'Move all work of somebody who is not there', tag, roles: boss, params: idParams, body: moveWorkBody, response: WorkMoved }, ({ params, body, staff }) => moveWorkOf(context, staff, params.id, body.toAgentId)),
  ]
}
