import express, { type NextFunction, type Request, type Response, Router } from 'express'
import { z } from 'zod'
import type { StoredFile } from '../files.ts'
import type { FaultsPatch } from '../faults.ts'
import type { SimulatorOptions } from '../options.ts'
import { TwilioApiError } from '../twilio/api-error.ts'
import type { Person, Snapshot } from '../views.ts'
import type { World } from '../world.ts'
import { type FileUpload, requests } from './requests.ts'

const keepAliveMs = 15_000
/** The snapshot shows the newest of each list, so that a long demo keeps the page quick. */
const shownMax = 1_000

class NotFound extends Error {}

/** The API behind the page, the command line and the tests. Writes take JSON only, which a foreign website cannot send unasked. */
export function controlApi(world: World, options: SimulatorOptions): Router {
  const api = Router()
  api.use(express.json({ limit: '60mb' }))
  api.use((request, response, next) => {
    const isWrite = request.method !== 'GET'
    if (isWrite && !request.is('application/json')) return void response.status(415).json({ error: 'send JSON' })
    next()
  })
  const store = (files: FileUpload[]): StoredFile[] => files.map((file) => world.files.put({ name: file.name, contentType: file.contentType, bytes: Buffer.from(file.base64, 'base64') }))
  const numberFor = (capability: string) => options.numbers.find((number) => number.capabilities.some((each) => each === capability))?.phoneNumber ?? ''
  const leg = (sid: string | string[] | undefined) => orNotFound(world.voice.legs.get(String(sid)))

  api.get('/state', (_request, response) => {
    response.json(snapshot(world, options))
  })
  api.get('/events', (request, response) => streamEvents(world, request, response))
  api.get('/inbox', (request, response) => {
    const { kind, address } = z.object({ kind: z.enum(['sms', 'whatsapp', 'slack', 'mail']), address: z.string() }).parse(request.query)
    response.json(received(world, kind, address))
  })
  api.get('/files/:id', (request, response) => sendFile(orNotFound(world.files.find(request.params.id)), response))

  api.post('/people', (request, response) => {
    const given = requests.person.parse(request.body)
    const digits = given.phone.replace(/\D/g, '')
    const person: Person = { ...given, id: `p${digits}`, slackUser: given.slackUser ?? `U${digits.padStart(9, '0')}` }
    if (!world.people.some((each) => each.id === person.id)) world.addPerson(person)
    response.status(201).json(person)
  })
  api.post('/texts', async (request, response) => {
    const given = requests.text.parse(request.body)
    const prefix = given.channel === 'whatsapp' ? 'whatsapp:' : ''
    const profileName = given.profileName ?? world.people.find((each) => each.phone === given.from)?.name
    const result = await world.messaging.receive({
      channel: given.channel, from: prefix + given.from, to: prefix + (given.to ?? numberFor(given.channel)), text: given.text, files: store(given.files),
      ...(profileName === undefined ? {} : { profileName }), ...(given.sid === undefined ? {} : { sid: given.sid }),
    })
    response.status(201).json(result)
  })
  api.post('/texts/read', async (request, response) => {
    await world.messaging.markRead(requests.read.parse(request.body).customer)
    response.json({})
  })

  api.post('/calls', (request, response) => {
    const given = requests.call.parse(request.body)
    const call = world.voice.dialIn({ customer: given.from, to: given.to ?? numberFor('voice'), withheld: given.withheld, attestation: given.attestation })
    response.status(201).json(call.view())
  })
  api.get('/calls/:sid', (request, response) => void response.json(leg(request.params.sid).view()))
  api.post('/calls/:sid/say', (request, response) => {
    leg(request.params.sid).say(requests.words.parse(request.body).text)
    response.json({})
  })
  api.post('/calls/:sid/other-says', (request, response) => {
    orNotFound(leg(request.params.sid).others[0] ?? null).say(requests.words.parse(request.body).text)
    response.json({})
  })
  api.post('/calls/:sid/press', (request, response) => {
    leg(request.params.sid).press(requests.keys.parse(request.body).keys)
    response.json({})
  })
  api.post('/calls/:sid/hang-up', (request, response) => {
    leg(request.params.sid).hangUp()
    response.json({})
  })
  api.post('/calls/:sid/other-hangs-up', (request, response) => {
    orNotFound(leg(request.params.sid).others[0] ?? null).hangUp()
    response.json({})
  })
  api.post('/calls/:sid/answer', (request, response) => {
    leg(request.params.sid).answer(true)
    response.json({})
  })
  api.post('/calls/:sid/decline', (request, response) => {
    leg(request.params.sid).answer(false)
    response.json({})
  })

  api.post('/slack', async (request, response) => {
    const given = requests.slack.parse(request.body)
    const { workspace, slackEvents } = world
    workspace.addUser(given.user)
    const files = store(given.files).map((file) => workspace.keepFile(file, file.name))
    const message = workspace.post({ user: given.user, channel: workspace.channelOf(given.user), by: 'customer', text: given.text, threadTs: given.threadTs ?? null, files })
    response.status(201).json({ ts: message.ts, channel: message.channel, ...(await slackEvents.message(message)) })
  })
  const slackMessage = (request: Request) => orNotFound(world.workspace.messages.get(String(request.params['ts'])))
  api.post('/slack/:ts/edit', async (request, response) => {
    const message = slackMessage(request)
    const previous = message.text
    message.text = requests.slackEdit.parse(request.body).text
    message.edited = true
    world.workspace.changed(message)
    response.json(await world.slackEvents.changed(message, previous))
  })
  api.post('/slack/:ts/delete', async (request, response) => {
    const message = slackMessage(request)
    message.deleted = true
    world.workspace.changed(message)
    response.json(await world.slackEvents.deleted(message))
  })
  api.post('/slack/:ts/react', async (request, response) => {
    const message = slackMessage(request)
    const { user, reaction } = requests.slackReaction.parse(request.body)
    message.reactions.push(reaction)
    world.workspace.changed(message)
    response.json(await world.slackEvents.reaction(message, user, reaction))
  })
  api.post('/slack-handshake', async (_request, response) => void response.json({ ok: await world.slackEvents.verifyUrl() }))

  api.post('/mails', async (request, response) => {
    const { files, signed, to, mailbox, fromName, html, inReplyTo, references, headers, envelopeFrom, ...given } = requests.mail.parse(request.body)
    const result = await world.postOffice.send({
      ...given, to: to ?? options.supportAddresses[0] ?? '', isSigned: signed, files: store(files), ...(mailbox === undefined ? {} : { mailbox }), ...(fromName === undefined ? {} : { fromName }),
      ...(html === undefined ? {} : { html }), ...(inReplyTo === undefined ? {} : { inReplyTo }), ...(references === undefined ? {} : { references }), ...(headers === undefined ? {} : { headers }),
      ...(envelopeFrom === undefined ? {} : { envelopeFrom }),
    })
    response.status(201).json(mailResult(result))
  })
  api.post('/mails/:id/reply', async (request, response) => {
    const given = requests.mailReply.parse(request.body)
    response.status(201).json(mailResult(orNotFound(await world.postOffice.reply(request.params.id, given.text, store(given.files), given.fromName))))
  })

  api.get('/faults', (_request, response) => void response.json(world.faults.current))
  api.put('/faults', (request, response) => void response.json(world.faults.set(requests.faults.parse(request.body) as FaultsPatch)))
  api.delete('/faults', (_request, response) => void response.json(world.faults.clear()))
  api.use((request) => {
    throw new NotFound(request.path)
  })
  api.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    if (error instanceof NotFound) return void response.status(404).json({ error: 'not found' })
    if (error instanceof TwilioApiError) return void response.status(error.status).json({ error: error.message, code: error.code })
    response.status(400).json({ error: error instanceof z.ZodError ? z.prettifyError(error) : error instanceof Error ? error.message : 'unknown' })
  })
  return api
}

function orNotFound<T>(thing: T | null | undefined): T {
  if (thing === null || thing === undefined) throw new NotFound()
  return thing
}

function mailResult(result: { mail: { id: string; messageId: string; response: string | null }; isAccepted: boolean }): object {
  return { id: result.mail.id, messageId: result.mail.messageId, response: result.mail.response, isAccepted: result.isAccepted }
}

function snapshot(world: World, options: SimulatorOptions): Snapshot {
  return {
    hubNumbers: options.numbers.map(({ phoneNumber, capabilities }) => ({ phoneNumber, capabilities })),
    supportAddresses: options.supportAddresses,
    slackTeam: world.workspace.teamId,
    people: world.people,
    faults: world.faults.current,
    texts: world.messaging.list().slice(-shownMax),
    calls: world.voice.list().slice(-shownMax),
    slack: world.workspace.list().slice(-shownMax),
    mails: world.postOffice.boxes.list().slice(-shownMax),
    notices: world.feed.notices,
  }
}

function received(world: World, kind: 'sms' | 'whatsapp' | 'slack' | 'mail', address: string): object[] {
  if (kind === 'mail') return world.postOffice.boxes.list().filter((mail) => mail.mailbox === address.toLowerCase() && mail.box === 'inbox')
  if (kind === 'slack') return world.workspace.list().filter((message) => message.user === address && message.by === 'hub' && !message.deleted)
  return world.messaging.list().filter((message) => message.channel === kind && message.customer === address && message.by !== 'customer')
}

function streamEvents(world: World, request: Request, response: Response): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
  response.write('retry: 1000\n\n')
  const unsubscribe = world.feed.subscribe((item) => response.write(`data: ${JSON.stringify(item)}\n\n`))
  const keepAlive = setInterval(() => response.write(':\n\n'), keepAliveMs)
  request.on('close', () => {
    clearInterval(keepAlive)
    unsubscribe()
  })
}

/** Files come from the hub and from people: shown inline only where a browser cannot be made to run them. */
function sendFile(file: StoredFile, response: Response): void {
  const isHarmless = /^(image\/(png|jpeg|gif|webp)|audio\/)/.test(file.contentType)
  response.set({ 'content-security-policy': "sandbox; default-src 'none'", 'x-content-type-options': 'nosniff', 'content-disposition': `${isHarmless ? 'inline' : 'attachment'}; filename*=UTF-8''${encodeURIComponent(file.name)}` })
  response.type(file.contentType).send(file.bytes)
}
