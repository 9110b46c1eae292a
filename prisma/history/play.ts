/** Plays one story on its stage: every act is the use case that a door, a screen or a worker would call. */
import { createHash } from 'node:crypto'
import { SignJWT } from 'jose'
import type { Channel } from '#contract/words.ts'
import { changePresence } from '#server/features/agents/agents.usecases.ts'
import * as contacts from '#server/features/contacts/contacts.usecases.ts'
import { transfer } from '#server/features/contacts/moving.usecases.ts'
import { reply, startContact, writeNote } from '#server/features/conversations/conversations.usecases.ts'
import { acceptSuggestion, dismissSuggestion, undoMerge, updateCustomer } from '#server/features/customers/customers.usecases.ts'
import { change as changeFollowUp } from '#server/features/followups/followups.usecases.ts'
import { acceptOffer, takeContact } from '#server/features/routing/routing.usecases.ts'
import { leaveChat } from '#server/features/webchat/webchat.presence.ts'
import { answerSurvey } from '#server/features/webchat/webchat.survey.ts'
import { insertUpload } from '#server/features/webchat/webchat.store.ts'
import { introduce, requireSight, sendFromVisitor } from '#server/features/webchat/webchat.usecases.ts'
import { admitVisitor, storeVisitor, type Visitor } from '#server/features/webchat/webchat.visitors.ts'
import { newId } from '#server/platform/ids.ts'
import { calls } from './calls.ts'
import type { Company } from './company.ts'
import type { Person } from './people.ts'
import { lampPicture } from './picture.ts'
import { idOf, receive, type Scene } from './scene.ts'
import type { Stage } from './stage.ts'
import type { Act, Mailbox, Step, Story } from './story.ts'
import { bounceMail, rawMail, slackEvent, twilioMessage } from './wire.ts'

const mailboxes: Record<Mailbox, string> = { support: 'support@hillside.example', repairs: 'repairs@hillside.example', accounts: 'accounts@hillside.example' }
const accountSid = `AC${'0'.repeat(31)}1`

export async function play(stage: Stage, company: Company, story: Story, key: string): Promise<void> {
  const scene: Scene = { stage, company, person: story.person, key, step: 0, visitor: null, address: null, callId: null }
  for (const step of story.steps) {
    await stage.advance(step.at)
    scene.step += 1
    await perform(scene, step)
    await stage.settle()
  }
}

async function perform(scene: Scene, step: Step): Promise<void> {
  const { stage, company } = scene
  const { context } = stage
  switch (step.do) {
    case 'text': return receive(scene, { kind: 'phone', value: scene.person.phone }, step.channel, undefined, 'message', twilioMessage({
      id: idOf(scene), accountSid, channel: step.channel, from: scene.person.phone, to: company.account(step.channel).address, name: scene.person.name, text: step.text, picture: step.picture,
    }))
    case 'mail': return mail(scene, step)
    case 'slack': return receive(scene, { kind: 'slack-user', value: scene.person.slackUser }, 'slack', undefined, 'event', slackEvent({
      id: idOf(scene), team: company.account('slack').address, user: scene.person.slackUser, name: scene.person.name, text: step.text, at: step.at,
    }))
    case 'chat': return chat(scene, step)
    case 'introduce': {
      if (scene.visitor) await introduce(context, scene.visitor, { name: step.name, email: step.email })
      return
    }
    case 'leave': {
      if (scene.visitor) await leaveChat(context, scene.visitor.id)
      return
    }
    case 'call': return calls.ring(scene)
    case 'hang-up': return calls.hangUp(scene)
    case 'answer-survey': return survey(scene, step)
    case 'bounce': return bounce(scene, step.at)
    case 'decide': return decide(scene, step)
    case 'make-good': return makeGood(scene, step)
    case 'presence': return changePresence(context, company.staff(step.agent).staffId, { presence: step.presence, reason: step.presence === 'break' ? 'personal' : null })
    case 'pass': return
    default: return work(scene, step)
  }
}

async function mail(scene: Scene, act: Extract<Act, { do: 'mail' }> & { at: Date }): Promise<void> {
  const { person, stage } = scene
  const last = act.isAnswer ? stage.lastMailTo(person.email) : undefined
  const mailbox = mailboxes[act.mailbox]
  const raw = rawMail({
    id: idOf(scene), from: { name: person.name, address: person.email }, to: last?.replyTo ?? mailbox, at: act.at, subject: last ? `Re: ${act.subject}` : act.subject, text: act.text, inReplyTo: last?.messageId ?? null,
    picture: act.picture, isAutomatic: act.isAutomatic, language: person.language,
  })
  await receive(scene, { kind: 'email', value: person.email }, 'email', mailbox, 'mail', raw, mailFacts(person.email, last?.replyTo ?? null, act.isProved))
}

function mailFacts(from: string, replyTo: string | null, isProved: boolean): Record<string, unknown> {
  return { mailFrom: from, peerAddress: '127.0.0.1', helo: from.slice(from.indexOf('@') + 1), replyToken: replyTo ? replyTo.slice('reply+'.length, replyTo.indexOf('@')) : null, isProved }
}

async function bounce(scene: Scene, at: Date): Promise<void> {
  const { person, stage } = scene
  const last = stage.lastMailTo(person.email)
  if (!last) throw new Error('no mail that could come back')
  const raw = bounceMail({ id: idOf(scene), at, recipient: person.email, originalMessageId: last.messageId, to: mailboxes.support })
  await receive(scene, { kind: 'email', value: person.email }, 'email', mailboxes.support, 'mail', raw, { ...mailFacts('', null, false), mailFrom: '' })
}

async function chat(scene: Scene, act: Extract<Act, { do: 'chat' }> & { at: Date }): Promise<void> {
  const { person, company, stage } = scene
  const { context } = stage
  const site = company.account('webchat')
  scene.visitor ??= await admitVisitor(context, {
    accountId: site.id, locale: person.language, pageUrl: 'https://hillside.example/lamps', ...(act.as === 'signed-in' ? { siteToken: await siteToken(company, site.id, person, act.at) } : {}),
  }, () => true)
  const attachmentIds = act.picture === null ? [] : [await upload(scene, scene.visitor, act.picture)]
  scene.address = act.as === 'signed-in' ? { kind: 'site-user', value: person.siteUser } : { kind: 'visitor', value: scene.visitor.id }
  await sendFromVisitor(context, scene.visitor, { clientId: idOf(scene), text: act.text, attachmentIds })
}

/** The shop's word for its signed-in customer, who has confirmed mailbox and number there. */
async function siteToken(company: Company, siteId: string, person: Person, at: Date): Promise<string> {
  const seconds = Math.floor(at.getTime() / 1000)
  return new SignJWT({ name: person.name, email: person.email, email_verified: true, phone_number: person.phone, phone_number_verified: true })
    .setProtectedHeader({ alg: 'HS256' }).setSubject(person.siteUser).setAudience(siteId).setIssuedAt(seconds).setExpirationTime(seconds + 600).sign(new TextEncoder().encode(company.siteSecret))
}

async function upload(scene: Scene, visitor: Visitor, hue: number): Promise<string> {
  const { context } = scene.stage
  const now = context.clock.now()
  await storeVisitor(context, visitor)
  const stored = await context.files.put(lampPicture(hue, true), { sizeBytesMax: 1_000_000 })
  const id = newId(now)
  await context.db.tx((tx) => insertUpload(tx, { id, visitorId: visitor.id, name: 'lamp.png', contentType: stored.contentType, sizeBytes: stored.sizeBytes, sha256: stored.sha256, storageKey: stored.key, now }))
  return id
}

interface Whereabouts {
  conversationId: string
  customerId: string
  version: number
  contactId: string | null
}

/** Where the customer's conversation is now, after any merge. */
async function whereabouts(scene: Scene): Promise<Whereabouts> {
  if (!scene.address) throw new Error('the customer has not shown up')
  return scene.stage.context.db.one<Whereabouts>(
    `select co.id as "conversationId", cu.id as "customerId", cu.version, (select c.id from contact c where c.conversation_id = co.id and c.state <> 'closed') as "contactId"
     from identity i join customer cu on cu.id = i.customer_id join conversation co on co.customer_id = cu.id where i.kind = $1 and i.value = $2 order by i.created_at desc limit 1`, [scene.address.kind, scene.address.value])
}

type Work = Extract<Step, { agent: string }>

async function work(scene: Scene, act: Exclude<Work, { do: 'decide' | 'presence' | 'make-good' }>): Promise<void> {
  const { context } = scene.stage
  const actor = scene.company.staff(act.agent)
  const { conversationId, contactId, customerId, version } = await whereabouts(scene)
  const written = (text: string) => ({ clientId: idOf(scene), text, attachmentIds: [] as string[] })
  if (act.do === 'note') return void (await writeNote(context, conversationId, actor, written(act.text)))
  if (act.do === 'know') {
    const { language, name } = scene.person
    return updateCustomer(context, actor, { customerId, version, change: { name, tier: act.tier, locale: language === 'zh' ? 'zh' : 'en' } })
  }
  if (act.do === 'begin') {
    return void (await startContact(context, conversationId, actor, scene.company.queueId(act.queue), { ...written(act.text), ...(await lastWay(scene, conversationId)), subject: null }))
  }
  if (!contactId) {
    if ('ifOpen' in act && act.ifOpen) return
    throw new Error(`nothing is open to ${act.do}`)
  }
  switch (act.do) {
    case 'take':
      await takeContact(context, contactId, actor.staffId)
      return calls.connect(scene, contactId)
    case 'reply': {
      if (act.fails) scene.stage.refuseNext()
      const attachmentIds = act.picture === null ? [] : [await staffUpload(scene, actor.staffId, act.picture)]
      return void (await reply(context, conversationId, actor, { ...written(act.text), attachmentIds, ...(await lastWay(scene, conversationId)), subject: null }))
    }
    case 'pend': return contacts.pend(context, contactId, actor)
    case 'spam': return contacts.markSpam(context, contactId, actor)
    case 'move': return transfer(context, contactId, actor, { agentId: null, queueId: scene.company.queueId(act.queue), note: act.note })
    case 'hand-over': {
      const to = scene.company.staff(act.to).staffId
      await transfer(context, contactId, actor, { agentId: to, queueId: null, note: act.note })
      const offer = await context.db.one<{ id: string }>('select id from offer where contact_id = $1 and ended_at is null', [contactId])
      return void (await acceptOffer(context, offer.id, to))
    }
    case 'close': return contacts.close(context, contactId, actor, { dispositionId: scene.company.dispositionId(act.disposition), complaint: act.isComplaint, settle: true })
  }
}

/** Where the customer last wrote. */
async function lastWay(scene: Scene, conversationId: string): Promise<{ channel: Channel; identityId: string; accountId: string }> {
  return scene.stage.context.db.one(
    `select channel, identity_id as "identityId", account_id as "accountId" from message
     where conversation_id = $1 and direction = 'inbound' and kind in ('text', 'file') and account_id is not null order by at desc limit 1`, [conversationId])
}

async function staffUpload(scene: Scene, staffId: string, hue: number): Promise<string> {
  const { context } = scene.stage
  const now = context.clock.now()
  const id = newId(now)
  const stored = await context.files.put(lampPicture(hue), { sizeBytesMax: 1_000_000 })
  await context.db.execute(
    `insert into attachment (id, uploaded_by, name, content_type, size_bytes, sha256, storage_key, state, created_at) values ($1, $2, 'lamp.png', $3, $4, $5, $6, 'stored', $7)`,
    [id, `staff:${staffId}`, stored.contentType, stored.sizeBytes, stored.sha256, stored.key, now])
  return id
}

/** Answers the way the question came; nobody who was not asked answers. */
async function survey(scene: Scene, act: Extract<Act, { do: 'answer-survey' }> & { at: Date }): Promise<void> {
  const { conversationId } = await whereabouts(scene)
  const { context } = scene.stage
  const asked = await context.db.maybe<{ id: string; channel: Channel }>(
    `select si.id, si.channel from survey_invitation si where si.conversation_id = $1 and si.state in ('sent', 'delivered') and si.answered_at is null
       and si.message_id = (select m.id from message m where m.conversation_id = $1 and m.identity_id = si.identity_id and m.direction = 'outbound' order by m.seq desc limit 1)
     order by si.send_at desc limit 1`, [conversationId])
  if (!asked) return
  const words = act.comment === null ? String(act.score) : `${act.score} - ${act.comment}`
  const said = { picture: null, text: words }
  if (asked.channel === 'sms' || asked.channel === 'whatsapp') return perform(scene, { ...said, do: 'text', channel: asked.channel, at: act.at })
  if (asked.channel === 'slack') return perform(scene, { do: 'slack', text: words, at: act.at })
  if (asked.channel === 'email') return perform(scene, { ...said, do: 'mail', mailbox: 'support', subject: 'Hillside Lamps', isProved: true, isAnswer: true, isAutomatic: false, at: act.at })
  if (asked.channel === 'webchat' && scene.visitor) await answerSurvey(context, scene.visitor, await requireSight(context, scene.visitor), { invitationId: asked.id, score: act.score, ...(act.comment ? { comment: act.comment } : {}) })
}

/** What a supervisor makes of a proposed merge; `undo` takes back the one made before. */
async function decide(scene: Scene, act: Extract<Act, { do: 'decide' }>): Promise<void> {
  const { context } = scene.stage
  const viewer = scene.company.staff(act.agent)
  const { customerId } = await whereabouts(scene)
  if (act.verdict === 'undo') {
    const merge = await context.db.one<{ id: string }>('select id from merge where survivor_id = $1 and undone_at is null order by at desc limit 1', [customerId])
    return void (await undoMerge(context, viewer, { mergeId: merge.id, reason: null }))
  }
  const suggestion = await context.db.one<{ id: string }>(`select id from merge_suggestion where state = 'open' and (customer_a_id = $1 or customer_b_id = $1) order by at desc limit 1`, [customerId])
  if (act.verdict === 'accept') await acceptSuggestion(context, viewer, { suggestionId: suggestion.id })
  else await dismissSuggestion(context, viewer, suggestion.id)
}

async function makeGood(scene: Scene, act: Extract<Act, { do: 'make-good' }>): Promise<void> {
  const { context } = scene.stage
  const { customerId } = await whereabouts(scene)
  const causeId = scene.company.causeId(act.cause)
  const open = await context.db.query<{ id: string }>(`select id from follow_up where customer_id = $1 and state = 'open' order by created_at`, [customerId])
  for (const { id } of open) await changeFollowUp(context, scene.company.staff(act.agent), id, { state: 'closed', ...(causeId ? { causeId } : {}), remedy: act.remedy, isRechecked: true })
}

/** A digest of the plan, to tell whether a history that was begun is the one that would go on. */
export function digestOf(stories: readonly Story[]): string {
  return createHash('sha256').update(JSON.stringify(stories)).digest('hex').slice(0, 16)
}
