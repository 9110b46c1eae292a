import { SignInAnswer } from '#contract/api/auth.ts'
import { idParams, listQuery } from '#contract/api/common.ts'
import { AuditPage, auditQuery, Invitation, invitationAccept, invitationToken, inviteCreate, InviteCreated, InvitePage, staffChange, StaffMember, StaffPage, staffQuery } from '#contract/api/staff.ts'
import { readPlace, toPage } from '#server/platform/http-list.ts'
import { defineRoute, type Route } from '#server/platform/http.ts'
import type { RateLimiter } from '#server/platform/rate-limit.ts'
import { listAudit, listInvites, listStaff } from './staff.store.ts'
import type { StaffContext } from './staff.usecases.ts'
import * as usecases from './staff.usecases.ts'

const tag = 'staff'
const perAddress = { burst: 30, perMs: 10 * 60_000 }

/** Who works here: invitations, roles, capacity, retirement, and the audit log. */
export function staffRoutes(context: StaffContext & { limiter: RateLimiter; cursorSecret: string }): Route[] {
  const { db, limiter, cursorSecret } = context
  return [
    defineRoute({ method: 'GET', path: '/api/v1/staff', summary: 'List staff', tag, roles: ['supervisor', 'admin'], query: staffQuery, response: StaffPage }, async ({ query }) => {
      const scope = `staff:${query.role ?? ''}:${query.retired}`
      const [name, id] = readPlace(cursorSecret, scope, query.cursor)
      const rows = await listStaff(db, { role: query.role, retired: query.retired === 'true', after: name === undefined || id === undefined ? undefined : { name, id }, limit: query.limit })
      return toPage(cursorSecret, scope, rows, query.limit, (row) => [row.name, row.id])
    }),
    defineRoute({ method: 'GET', path: '/api/v1/staff/:id', summary: 'Read a member of staff', tag, roles: ['supervisor', 'admin'], params: idParams, response: StaffMember }, ({ params }) => usecases.readStaff(context, params.id)),
    defineRoute({ method: 'PATCH', path: '/api/v1/staff/:id', summary: 'Change role, teams, queues, skills or capacity', tag, roles: ['admin'], params: idParams, body: staffChange, response: StaffMember }, ({ params, body, staff }) => usecases.changeStaff(context, staff, params.id, body)),
    defineRoute({ method: 'POST', path: '/api/v1/staff/:id/retire', summary: 'Retire; their work goes back to its queues', tag, roles: ['admin'], params: idParams, response: StaffMember }, ({ params, staff }) => usecases.retireStaff(context, staff, params.id)),
    defineRoute({ method: 'DELETE', path: '/api/v1/staff/:id/sessions', summary: 'Sign somebody out everywhere', tag, roles: ['admin'], params: idParams }, ({ params, staff }) => usecases.signOutStaff(context, staff, params.id)),
    defineRoute({ method: 'DELETE', path: '/api/v1/staff/:id/two-factor', summary: 'Remove the codes of somebody who lost their phone', tag, roles: ['admin'], params: idParams }, ({ params, staff }) => usecases.removeTwoFactor(context, staff, params.id)),
    defineRoute({ method: 'GET', path: '/api/v1/invites', summary: 'List invitations', tag, roles: ['admin'], query: listQuery, response: InvitePage }, async ({ query }) => {
      const [beforeId] = readPlace(cursorSecret, 'invites', query.cursor)
      return toPage(cursorSecret, 'invites', await listInvites(db, { beforeId, limit: query.limit }), query.limit, (row) => [row.id])
    }),
    defineRoute({ method: 'POST', path: '/api/v1/invites', summary: 'Invite somebody by link', tag, roles: ['admin'], body: inviteCreate, response: InviteCreated, status: 201 }, ({ body, staff }) => usecases.inviteStaff(context, staff, body)),
    defineRoute({ method: 'DELETE', path: '/api/v1/invites/:id', summary: 'Take an invitation back', tag, roles: ['admin'], params: idParams }, ({ params, staff }) => usecases.revokeInvite(context, staff, params.id)),
    // The token travels in the body, where no log of addresses sees it.
    defineRoute({ method: 'POST', path: '/api/v1/invitation', summary: 'Read the invitation behind a link', tag, roles: 'public', body: invitationToken, response: Invitation }, ({ body, request }) => {
      limiter.require(`invitation:${request.address}`, perAddress)
      return usecases.readInvitation(context, body.token)
    }),
    defineRoute({ method: 'POST', path: '/api/v1/invitation/accept', summary: 'Accept an invitation and sign in', tag, roles: 'public', body: invitationAccept, response: SignInAnswer }, async ({ body, request }) => {
      limiter.require(`invitation:${request.address}`, perAddress)
      const { answer, cookies } = await usecases.acceptInvitation(context, body, request)
      request.setCookies(cookies)
      return answer
    }),
    defineRoute({ method: 'GET', path: '/api/v1/audit', summary: 'Read the audit log', tag, roles: ['admin'], query: auditQuery, response: AuditPage }, async ({ query }) => {
      const scope = `audit:${query.actorId ?? ''}:${query.action ?? ''}`
      const [at, id] = readPlace(cursorSecret, scope, query.cursor)
      const rows = await listAudit(db, { actorId: query.actorId, action: query.action, before: at === undefined || id === undefined ? undefined : { at, id }, limit: query.limit })
      return toPage(cursorSecret, scope, rows, query.limit, (row) => [row.at, row.id])
    }),
  ]
}
