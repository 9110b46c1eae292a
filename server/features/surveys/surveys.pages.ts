/** The page a survey's link opens: plain HTML that works without scripts. Opening it never answers. */
import { createHash } from 'node:crypto'
import { Router, urlencoded, type Response } from 'express'
import * as z from 'zod'
import { customerTexts } from '#contract/i18n/customer.ts'
import { localeFrom } from '#contract/i18n/i18n.ts'
import type { Locale, SurveyKind } from '#contract/words.ts'
import type { Context } from '../../context.ts'
import { scaleOfAsk } from '../../domain/survey-questions.ts'
import { mayAnswer } from '../../domain/surveys.ts'
import { invitationOfLink } from './surveys.links.ts'
import { questionsAsked } from './surveys.questions.ts'
import { loadInvitation, markOpened, type InvitationRow } from './surveys.store.ts'
import { answerByLink } from './surveys.usecases.ts'

type PagesContext = Pick<Context, 'db' | 'clock' | 'jobs' | 'relay' | 'secrets'>

const commentMax = 2_000
/** `score` is the answer to the first question, `q1` to the second and so on. */
const answerSchema = z.object({ comment: z.string().max(commentMax * 2).optional().catch(undefined) }).catchall(z.unknown())
const nameOf = (position: number): string => (position === 0 ? 'score' : `q${position}`)

const style = `
:root{color-scheme:light dark;--ink:#1c2430;--dim:#5b6673;--paper:#fff;--line:#8a94a0;--mark:#0b6bcb;--on-mark:#fff}
@media (prefers-color-scheme:dark){:root{--ink:#e8ecf1;--dim:#a6b0bb;--paper:#161b22;--line:#6d7783;--mark:#6cb2f5;--on-mark:#0c1116}}
*{box-sizing:border-box}
body{margin:0;padding:2rem 1rem;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}
main{max-width:36rem;margin:0 auto}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 1rem}
fieldset{border:0;padding:0;margin:0 0 1.5rem}
legend{padding:0;margin:0 0 .75rem}
.scale{display:flex;flex-wrap:wrap;gap:.5rem}
.scale label{display:flex;min-width:2.75rem;min-height:2.75rem;align-items:center;justify-content:center;gap:.375rem;padding:0 .75rem;border:1px solid var(--line);border-radius:.5rem;cursor:pointer}
.scale label:has(:checked){border-color:var(--mark);box-shadow:inset 0 0 0 1px var(--mark)}
.scale input{accent-color:var(--mark)}
:focus-visible{outline:3px solid var(--mark);outline-offset:2px}
.ends{display:flex;justify-content:space-between;gap:1rem;color:var(--dim);margin:.5rem 0 0}
textarea{display:block;width:100%;margin:.5rem 0 1.5rem;padding:.5rem;border:1px solid var(--line);border-radius:.5rem;background:var(--paper);color:inherit;font:inherit}
button{min-height:2.75rem;padding:0 1.25rem;border:0;border-radius:.5rem;background:var(--mark);color:var(--on-mark);font:inherit;font-weight:600;cursor:pointer}
.problem{border-left:4px solid #c92a2a;padding-left:.75rem}
p{margin:0 0 1rem}
`
const contentSecurityPolicy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`

export function surveyPages(context: PagesContext): Router {
  const router = Router()
  const open = async (token: string): Promise<InvitationRow | undefined> => {
    const id = invitationOfLink(context, token)
    return id === undefined ? undefined : loadInvitation(context.db, id)
  }
  router.get('/s/:token', async (request, response) => {
    const invitation = await open(request.params.token)
    const now = context.clock.now()
    // Counted apart and nothing more: a mail scanner opens every link.
    if (invitation && request.method === 'GET' && mayAnswer(invitation, now).ok) await markOpened(context.db, invitation.id, now)
    show(response, invitation, localeFrom(request.headers['accept-language']), now)
  })
  router.post('/s/:token', urlencoded({ extended: false, limit: '20kb' }), async (request, response) => {
    const invitation = await open(request.params.token)
    const locale = localeFrom(request.headers['accept-language'])
    if (!invitation) return show(response, undefined, locale, context.clock.now())
    const { comment, ...fields } = answerSchema.parse(request.body ?? {})
    const scores = questionsAsked(invitation).flatMap((_, position) => {
      const value = fields[nameOf(position)]
      return typeof value === 'string' && value !== '' ? [{ position, score: Number(value) }] : []
    })
    const given = comment?.replaceAll('\0', '').toWellFormed().trim().slice(0, commentMax) || null
    const result = await answerByLink(context, invitation.id, { scores, comment: given })
    if (result === 'bad-score') return show(response, invitation, locale, context.clock.now(), { scores, comment: given ?? '' })
    response.redirect(303, `/s/${request.params.token}`)
  })
  return router
}

/** What was sent and could not be taken: it is shown again, with what is missing. */
interface Given { scores: readonly { position: number; score: number }[]; comment: string }

function show(response: Response, invitation: InvitationRow | undefined, asked: Locale, now: Date, given: Given | null = null): void {
  const locale = invitation?.locale ?? asked
  const may = invitation ? mayAnswer(invitation, now) : { ok: false as const, reason: 'not-sent' as const }
  const isForm = invitation !== undefined && may.ok
  const body = isForm ? formOf(invitation, given) : messageOf(locale, !may.ok && may.reason === 'answered')
  response.status(isForm && given ? 400 : 200)
  response.set({ 'Content-Security-Policy': contentSecurityPolicy, 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer', 'X-Robots-Tag': 'noindex', 'Content-Type': 'text/html; charset=utf-8', 'Content-Language': locale })
  response.send(`<!doctype html>
<html lang="${locale === 'zh' ? 'zh-CN' : 'en'}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escape(customerTexts(locale)('surveyPage.title'))}</title><style>${style}</style></head>
<body><main>${body}</main></body></html>`)
}

function formOf(invitation: InvitationRow, given: Given | null): string {
  const t = customerTexts(invitation.locale)
  const questions = questionsAsked(invitation).slice(invitation.asked)
  return `<h1>${escape(t('surveyPage.title'))}</h1>
${given ? `<p class="problem" role="alert" id="problem">${escape(t('surveyPage.choose'))}</p>` : ''}
<form method="post">
${questions.map((question, index) => {
    const { min, max } = scaleOfAsk(invitation.kind, question.ask)
    const scores = Array.from({ length: max - min + 1 }, (_, step) => min + step)
    const [low, high] = endsOf[question.ask === 'score' ? invitation.kind : 'csi']
    const isRequired = question.ask === 'score'
    const position = invitation.asked + index
    const chosen = given?.scores.find((one) => one.position === position)?.score
    return `<fieldset${given && isRequired ? ' aria-describedby="problem"' : ''}><legend dir="auto">${escape(question.text[invitation.locale])}</legend>
<div class="scale">${scores.map((score) => `<label><input type="radio" name="${nameOf(position)}" value="${score}"${score === chosen ? ' checked' : ''}${isRequired ? ' required' : ''}>${score}</label>`).join('')}</div>
<p class="ends"><span>${min}: ${escape(t(`surveyPage.${low}`))}</span><span>${max}: ${escape(t(`surveyPage.${high}`))}</span></p></fieldset>`
  }).join('\n')}
<label>${escape(t('surveyPage.comment'))}<textarea name="comment" rows="4" maxlength="${commentMax}">${escape(given?.comment ?? '')}</textarea></label>
<button type="submit">${escape(t('surveyPage.send'))}</button>
</form>`
}

const endsOf = { csat: ['csatLow', 'csatHigh'], nps: ['npsLow', 'npsHigh'], ces: ['cesLow', 'cesHigh'], csi: ['csiLow', 'csiHigh'] } as const satisfies Record<SurveyKind, readonly [string, string]>

function messageOf(locale: Locale, isAnswered: boolean): string {
  const t = customerTexts(locale)
  const [title, text] = isAnswered ? (['surveyPage.thanks', 'surveyPage.thanksText'] as const) : (['surveyPage.over', 'surveyPage.overText'] as const)
  return `<h1>${escape(t(title))}</h1><p>${escape(t(text))}</p>`
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
