import * as z from 'zod'
import { presenceBody } from '#contract/api/contacts.ts'
import { Agent } from '#contract/api/views.ts'
import { defineRoute, type Route } from '../../platform/http.ts'
import { changePresence, type AgentContext } from './agents.usecases.ts'
import { allAgentViews } from './agents.views.ts'

const tag = 'agents'

export function agentRoutes(context: AgentContext): Route[] {
  return [
    defineRoute({ method: 'GET', path: '/api/v1/agents', summary: 'Staff with presence and load', tag, roles: 'signed-in', response: z.strictObject({ items: z.array(Agent) }) }, async () => ({ items: await allAgentViews(context.db) })),
    defineRoute({ method: 'POST', path: '/api/v1/presence', summary: 'Choose one’s presence', tag, roles: 'signed-in', body: presenceBody }, ({ body, staff }) => changePresence(context, staff.staffId, body)),
  ]
}
