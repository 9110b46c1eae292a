/** The Express app: doors, API, screens. Nothing listens here. */
import express, { type Express, type Request, type Response } from 'express'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { browserLegSources, hasBrowserLeg } from './channels/voice/browser-leg.ts'
import type { Context } from './context.ts'
import { agentRoutes } from './features/agents/agents.routes.ts'
import type { Auth } from './features/auth/auth.ts'
import { authRoutes } from './features/auth/auth.routes.ts'
import { findStaff } from './features/auth/auth.store.ts'
import type { StaffMailer } from './features/auth/staff-mail.ts'
import { contactRoutes } from './features/contacts/contacts.routes.ts'
import { conversationRoutes } from './features/conversations/conversations.routes.ts'
import { customerRoutes } from './features/customers/customers.routes.ts'
import { fileRoutes, findStaffFile, uploadDoor } from './features/files/files.routes.ts'
import { followUpRoutes } from './features/followups/followups.routes.ts'
import { slackEventsDoor } from './features/inbound/doors/slack-events.ts'
import { twilioMessagesDoor } from './features/inbound/doors/twilio-messages.ts'
import { twilioStatusDoor } from './features/inbound/doors/twilio-status.ts'
import { twilioVoiceDoors } from './features/inbound/doors/twilio-voice.ts'
import { receiptRoutes } from './features/inbound/receipts.routes.ts'
import { notificationRoutes } from './features/notifications/notifications.routes.ts'
import { providerFiles } from './features/outbound/provider-files.ts'
import type { Board } from './features/reports/board.ts'
import { analysisRoutes } from './features/reports/analysis.routes.ts'
import { findRunFile } from './features/reports/report-runs.usecases.ts'
import { reportRoutes } from './features/reports/reports.routes.ts'
import { routingRoutes } from './features/routing/routing.routes.ts'
import { settingsRoutes } from './features/settings/settings.routes.ts'
import { standingRoutes } from './features/standing/standing.routes.ts'
import { staffRoutes } from './features/staff/staff.routes.ts'
import { slaRoutes } from './features/sla/sla.routes.ts'
import { surveyPages } from './features/surveys/surveys.pages.ts'
import { surveyRoutes } from './features/surveys/surveys.routes.ts'
import { voiceRoutes } from './features/voice/voice.routes.ts'
import { findVisitorFile, visitorUploads } from './features/webchat/webchat.uploads.ts'
import { mountFiles } from './platform/files-serve.ts'
import { lastHandlers, mountRoutes, pageContentSecurityPolicy, refuseOddRequests, securityHeaders, type Route } from './platform/http.ts'
import { postgresIdempotency } from './platform/http-idempotency-store.ts'
import { mountApiDocs } from './platform/openapi.ts'
import { createRateLimiter } from './platform/rate-limit.ts'
import { observe, registry } from './platform/telemetry.ts'

export interface AppParts {
  auth: Auth
  mailer: StaffMailer
  board: Board
  /** What stands before everything else: the pages of a hub that shows itself. */
  before?: express.Router | undefined
  /** Not ready any more: shutting down. */
  isClosing(): boolean
}

const dist = join(import.meta.dirname, '..', 'dist')

/** Every route of the API, as the guard tests and the description see it. */
export function apiRoutes(context: Context, parts: Pick<AppParts, 'auth' | 'mailer' | 'board'>): Route[] {
  const { config } = context
  const limiter = createRateLimiter(() => performance.now())
  const common = { ...context, auth: parts.auth, mailer: parts.mailer, limiter, publicUrl: config.publicUrl, cursorSecret: config.sessionSecret, smtp: { host: config.host, port: config.smtpPort } }
  return [
    ...authRoutes(common), ...staffRoutes(common), ...settingsRoutes(common), ...agentRoutes(context), ...contactRoutes(context), ...routingRoutes(context), ...voiceRoutes(context), ...conversationRoutes(context),
    ...customerRoutes(common), ...fileRoutes(context), ...receiptRoutes(context), ...reportRoutes({ ...context, board: parts.board }), ...analysisRoutes(context), ...standingRoutes(context), ...surveyRoutes(context), ...followUpRoutes(context), ...slaRoutes(context), ...notificationRoutes(context),
  ]
}

export function createApp(context: Context, parts: AppParts): Express {
  const { config, logger, clock } = context
  const app = express()
  app.disable('x-powered-by')
  app.set('query parser', 'simple')
  app.set('trust proxy', config.production ? 'loopback' : false)
  app.use(securityHeaders(new URL(config.publicUrl).origin), refuseOddRequests)
  if (parts.before) app.use(parts.before)

  app.get('/healthz', (_request, response) => void response.type('text').send('alive'))
  app.get('/readyz', (_request, response) => void ready(context, parts).then((problem) => response.status(problem ? 503 : 200).type('text').send(problem ?? 'ready')))
  app.get('/metrics', (_request, response, next) => void registry.metrics().then((text) => response.type(registry.contentType).send(text), next))

  app.use(uploadDoor(context, (request) => parts.auth.authenticate(request)))
  app.use(visitorUploads(context))
  app.use(providerFiles(context))
  app.use(surveyPages(context))
  mountFiles(app, {
    store: context.files, secret: config.sessionSecret, clock,
    find: async (fileId, viewer) => {
      const [kind, id = ''] = viewer.split(':')
      if (kind === 'visitor') return findVisitorFile(context, fileId, id)
      // Signed by us a moment ago: who they are now may be less.
      const staff = await findStaff(context.db, id)
      if (!staff) return undefined
      return kind === 'report' ? findRunFile(context, fileId, { staffId: staff.id, role: staff.role }) : findStaffFile(context, fileId, { staffId: staff.id, role: staff.role })
    },
  })
  const routes = apiRoutes(context, parts)
  mountApiDocs(app, routes)
  const doors = [twilioMessagesDoor(context), twilioStatusDoor(context), ...twilioVoiceDoors(context), slackEventsDoor(context)]
  mountRoutes(app, [...doors, ...routes], {
    authenticate: (request) => parts.auth.authenticate(request), clock, logger, publicOrigin: new URL(config.publicUrl).origin, allowOwnHost: !config.production,
    checkResponses: !config.production, idempotency: postgresIdempotency(context.db),
    onAnswered: ({ route, status, durationMs }) => observe('http', durationMs / 1000, { route, status }),
  })
  mountScreens(app, pageContentSecurityPolicy(hasBrowserLeg(config) ? browserLegSources : undefined))
  app.use(...lastHandlers({ logger }))
  return app
}

/** Ready means: an inbound message would be stored. */
async function ready(context: Context, parts: AppParts): Promise<string | null> {
  if (parts.isClosing()) return 'shutting down'
  try {
    await context.db.query('select 1 from receipt limit 1')
    return null
  } catch {
    return 'the database does not answer'
  }
}

/** Console and widget as Vite built them. The console is one page: its own router knows the rest. */
function mountScreens(app: Express, contentSecurityPolicy: string): void {
  const asset = (folder: string): express.RequestHandler => express.static(join(dist, folder), { index: false, immutable: true, maxAge: '1y', fallthrough: true })
  app.use('/assets', asset('console/assets'))
  for (const file of ['widget.js', 'widget-panel.js']) {
    app.get(`/${file}`, (_request, response, next) => {
      response.set({ 'Cross-Origin-Resource-Policy': 'cross-origin', 'Access-Control-Allow-Origin': '*', 'Cache-Control': 'public, max-age=300' })
      response.sendFile(file, { root: join(dist, 'widget'), cacheControl: false }, (error?: Error) => { if (error && !response.headersSent) next() })
    })
  }
  app.get(/^\/(?!api\/|webhooks\/|files\/|socket\.io\/|assets\/).*/, (request: Request, response: Response, next) => {
    if (!request.accepts('html') || !existsSync(join(dist, 'console/index.html'))) return next()
    response.set({ 'Content-Security-Policy': contentSecurityPolicy, 'Cache-Control': 'no-cache' })
    response.sendFile('index.html', { root: join(dist, 'console'), cacheControl: false })
  })
}
