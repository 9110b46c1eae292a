import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import { z } from 'zod'
import type { FaultBoard } from '../faults.ts'
import type { FileStore } from '../files.ts'
import type { SlackEvents } from './events.ts'
import { bot, type SlackFile, type SlackMessage, type Workspace } from './workspace.ts'

type Parts = { workspace: Workspace; events: SlackEvents; files: FileStore; faults: FaultBoard; botToken: string; apiUrl: () => string }
type Upload = { filename: string; bytes: Buffer | null }
type Method = (args: Record<string, unknown>) => object

/** A refusal of Slack's Web API: HTTP 200 with `{ok: false, error}`. */
class SlackError extends Error {}

const uploadBytesMax = 25 * 1024 * 1024
const textCharsMax = 40_000
const post = z.object({ channel: z.string(), text: z.string().default(''), thread_ts: z.string().optional() })
const update = z.object({ channel: z.string(), ts: z.string(), text: z.string().default('') })
const history = z.object({ channel: z.string(), limit: z.coerce.number().int().min(1).max(999).default(100), cursor: z.string().default(''), oldest: z.coerce.number().default(0), latest: z.coerce.number().optional() })
const finished = z.object({ files: z.array(z.object({ id: z.string(), title: z.string().optional() })), channel_id: z.string().optional(), initial_comment: z.string().default(''), thread_ts: z.string().optional() })

/** Slack's Web API and file host, as far as a support app uses them. */
export function slackApi(parts: Parts): Express {
  const { workspace, files } = parts
  const uploads = new Map<string, Upload>()
  const methods = webMethods(parts, uploads)
  const app = express()
  app.disable('x-powered-by')
  app.post('/upload/:id', express.raw({ type: () => true, limit: uploadBytesMax }), (request, response) => {
    const upload = uploads.get(request.params.id)
    if (!upload || !Buffer.isBuffer(request.body)) return void response.status(404).send('no such upload')
    upload.bytes = readUpload(request.body, request.headers['content-type'] ?? '')
    response.type('text').send(`OK - ${upload.bytes.length}`)
  })
  app.get('/files-pri/:id/:name', (request, response) => {
    const file = workspace.files.get(request.params.id.replace(`${workspace.teamId}-`, ''))
    // Slack answers an unauthorised download with its sign-in page and 200, not with a refusal.
    if (!isAuthorised(request, parts.botToken)) return void response.type('html').send('<!doctype html><title>Sign in | Slack</title>')
    if (!file) return void response.status(404).send('file_not_found')
    response.type(file.stored.contentType).send(files.find(file.stored.id)?.bytes ?? file.stored.bytes)
  })
  app.use(express.json({ limit: '1mb' }), express.urlencoded({ extended: false, limit: '1mb' }))
  app.all('/api/:method', (request: Request, response: Response) => {
    const { api } = parts.faults.current.slack
    if (api === '503') return void response.status(503).send('service unavailable')
    if (api === '429') return void response.status(429).set('Retry-After', '1').json({ ok: false, error: 'ratelimited' })
    const run = methods[String(request.params['method'])]
    if (!run) return void response.json({ ok: false, error: 'unknown_method' })
    if (!isAuthorised(request, parts.botToken)) return void response.json({ ok: false, error: tokenOf(request) === '' ? 'not_authed' : 'invalid_auth' })
    response.json({ ok: true, ...run({ ...request.query, ...readBody(request) }) })
  })
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    response.status(200).json({ ok: false, error: error instanceof SlackError ? error.message : 'invalid_arguments' })
  })
  return app
}

function webMethods({ workspace, events, files, apiUrl }: Parts, uploads: Map<string, Upload>): Readonly<Record<string, Method>> {
  const speak = (channel: string, text: string, threadTs: string | null, attached: SlackFile[]): SlackMessage => {
    if (workspace.userOf(channel) === undefined) throw new SlackError('channel_not_found')
    const message = workspace.post({ user: bot.userId, channel, by: 'hub', text, threadTs, files: attached })
    // The app hears its own messages too, as any member of the channel.
    void events.message(message)
    return message
  }
  return {
    'auth.test': () => ({ url: 'https://simulated.slack.com/', team: 'Simulated', user: bot.name.toLowerCase(), team_id: workspace.teamId, user_id: bot.userId, bot_id: bot.botId, is_enterprise_install: false }),
    'chat.postMessage': (args) => {
      const given = post.parse(args)
      if (given.text === '') throw new SlackError('no_text')
      if (given.text.length > textCharsMax) throw new SlackError('msg_too_long')
      const channel = given.channel.startsWith('U') && workspace.hasUser(given.channel) ? workspace.channelOf(given.channel) : given.channel
      const message = speak(channel, given.text, given.thread_ts ?? null, [])
      return { channel: message.channel, ts: message.ts, message: messageJson(message, events) }
    },
    'chat.update': (args) => {
      const given = update.parse(args)
      const message = workspace.find(given.channel, given.ts)
      if (!message) throw new SlackError('message_not_found')
      if (message.by !== 'hub') throw new SlackError('cant_update_message')
      message.text = given.text
      message.edited = true
      workspace.changed(message)
      return { channel: message.channel, ts: message.ts, text: message.text, message: messageJson(message, events) }
    },
    'chat.delete': (args) => {
      const given = update.parse(args)
      const message = workspace.find(given.channel, given.ts)
      if (!message) throw new SlackError('message_not_found')
      message.deleted = true
      workspace.changed(message)
      return { channel: message.channel, ts: message.ts }
    },
    'users.info': (args) => {
      const { user } = z.object({ user: z.string() }).parse(args)
      if (!workspace.hasUser(user)) throw new SlackError('user_not_found')
      return { user: userJson(workspace, user) }
    },
    'conversations.open': (args) => {
      const { users } = z.object({ users: z.string() }).parse(args)
      if (!workspace.hasUser(users)) throw new SlackError('user_not_found')
      return { no_op: false, already_open: true, channel: { id: workspace.channelOf(users), user: users, is_im: true } }
    },
    'conversations.list': () => ({ channels: [], response_metadata: { next_cursor: '' } }),
    'conversations.history': (args) => {
      const given = history.parse(args)
      const start = given.cursor === '' ? 0 : Number(Buffer.from(given.cursor, 'base64').toString('utf8'))
      const all = workspace.history(given.channel).filter((message) => Number(message.ts) > given.oldest && (given.latest === undefined || Number(message.ts) < given.latest))
      const page = all.slice(start, start + given.limit)
      const hasMore = start + given.limit < all.length
      return { messages: page.map((message) => messageJson(message, events)), has_more: hasMore, response_metadata: { next_cursor: hasMore ? Buffer.from(String(start + given.limit)).toString('base64') : '' } }
    },
    'files.getUploadURLExternal': (args) => {
      const given = z.object({ filename: z.string(), length: z.coerce.number().int().min(1).max(uploadBytesMax) }).parse(args)
      const file = workspace.keepFile(files.put({ name: given.filename, contentType: 'application/octet-stream', bytes: Buffer.alloc(0) }), given.filename)
      uploads.set(file.id, { filename: given.filename, bytes: null })
      return { upload_url: `${apiUrl()}/upload/${file.id}`, file_id: file.id }
    },
    'files.completeUploadExternal': (args) => {
      const given = finished.parse(args)
      const done = given.files.map((each) => {
        const [file, upload] = [workspace.files.get(each.id), uploads.get(each.id)]
        if (!file || !upload?.bytes) throw new SlackError('file_not_found')
        file.stored = files.put({ name: upload.filename, contentType: contentTypeOf(upload.filename), bytes: upload.bytes })
        file.title = each.title ?? upload.filename
        uploads.delete(each.id)
        return file
      })
      if (given.channel_id !== undefined) speak(given.channel_id, given.initial_comment, given.thread_ts ?? null, done)
      return { files: done.map((file) => events.fileJson(file, bot.userId)) }
    },
  }
}

function messageJson(message: SlackMessage, events: SlackEvents): object {
  return {
    type: 'message', user: message.user, text: message.text, ts: message.ts, ...(message.by === 'hub' ? { bot_id: bot.botId, app_id: bot.appId } : {}),
    ...(message.threadTs === null ? {} : { thread_ts: message.threadTs }), ...(message.files.length === 0 ? {} : { files: message.files.map((file) => events.fileJson(file, message.user)) }),
  }
}

function userJson(workspace: Workspace, user: string): object {
  const person = workspace.personOf(user)
  const name = person?.name ?? user
  return {
    id: user, team_id: workspace.teamId, name: person?.id ?? user.toLowerCase(), deleted: false, real_name: name, tz: 'America/Los_Angeles', locale: person?.locale === 'zh' ? 'zh-CN' : 'en-US', is_bot: false, is_app_user: false,
    profile: { real_name: name, display_name: name, ...(person ? { email: person.email } : {}), team: workspace.teamId },
  }
}

function tokenOf(request: Request): string {
  const fromBody = readBody(request)['token']
  return request.headers.authorization?.replace(/^Bearer /i, '') ?? (typeof fromBody === 'string' ? fromBody : '')
}

function isAuthorised(request: Request, botToken: string): boolean {
  return tokenOf(request) === botToken
}

/** Form fields carry structures as JSON text. */
function readBody(request: Request): Record<string, unknown> {
  const body = z.record(z.string(), z.unknown()).catch({}).parse(request.body)
  const files = body['files']
  return typeof files === 'string' ? { ...body, files: JSON.parse(files) as unknown } : body
}

/** Uploads come as raw bytes or as one part of a form. */
function readUpload(body: Buffer, contentType: string): Buffer {
  const boundary = /^multipart\/form-data;.*boundary="?([^";]+)"?/i.exec(contentType)?.[1]
  if (boundary === undefined) return body
  const start = body.indexOf('\r\n\r\n') + 4
  const end = body.lastIndexOf(`\r\n--${boundary}`)
  return body.subarray(start, end)
}

const contentTypes: Readonly<Record<string, string>> = { png: 'image/png', jpg: 'image/jpeg', jpeg: 'image/jpeg', gif: 'image/gif', webp: 'image/webp', pdf: 'application/pdf', txt: 'text/plain', csv: 'text/csv' }

function contentTypeOf(name: string): string {
  return contentTypes[name.split('.').at(-1)?.toLowerCase() ?? ''] ?? 'application/octet-stream'
}
