import type { Channel } from '#contract/words.ts'

/**
 * Words by which a customer takes back or gives consent. They count only as the whole text: "stop" is one, "please stop
 * by tomorrow" is not. Carriers act on the English ones themselves, so on SMS and WhatsApp the set is at least theirs.
 */
const plainStops = [
  'stop', 'stopall', 'stop all', 'unsubscribe', 'unsubscribe me', 'optout', 'opt out', 'stop please', 'please stop', 'revoke',
  '退订', '退訂', '取消订阅', '取消訂閱', '停止', '停止发送', '不要再发', '不要再发了', '别再发了', '拒收',
  'alto', 'baja', 'parar', 'detener', 'no mas', 'no más', 'darse de baja',
  'arret', 'arrêt', 'désabonner', 'desabonner', 'stopp', 'abmelden', 'abbestellen', 'pare', 'sair', 'descadastrar',
  'disiscrivi', 'стоп', 'отписаться', '配信停止', '해지', '수신거부',
]

/** Too ordinary for a conversation between people, but a carrier treats them as STOP: phone numbers only. */
const carrierStops = ['cancel', 'end', 'quit', 'cancelar', 'td', 't', 'r', '取消']

const plainStarts = ['start', 'unstop', 'resubscribe', 'subscribe', '恢复订阅', '重新订阅', '恢復訂閱', '重新訂閱', '订阅', '訂閱', 'iniciar', 'comenzar', 'empezar', 'suscribir']

/** Opt-in words only from somebody who opted out; from anybody else they are an answer to a question. */
const startsAfterStop = ['yes', 'si', 'sí', 'oui', 'ja', '开始', '開始', '是', '恢复', '恢復']

const stopsEverywhere = new Set(plainStops)
const stopsOnPhone = new Set([...plainStops, ...carrierStops])
const stopsInMail = new Set(['unsubscribe', 'unsubscribe me', 'optout', 'opt out', '退订', '退訂', '取消订阅', '取消訂閱', 'abbestellen', 'désabonner', 'darse de baja'])
const starts = new Set(plainStarts)
const lateStarts = new Set(startsAfterStop)
const none: ReadonlySet<string> = new Set()

/** In a webchat the visitor is present and simply closes it; nothing is sent to them later that a word could stop. */
const stopsByChannel: Record<Channel, ReadonlySet<string>> = {
  voice: none,
  webchat: none,
  email: stopsInMail,
  sms: stopsOnPhone,
  whatsapp: stopsOnPhone,
  slack: stopsEverywhere,
}

export type ConsentWord = { kind: 'opt-out'; word: string } | { kind: 'opt-in'; word: string }

/** The consent word this text is, or null when it is anything else. `isOptedOut`: of this address at this account. */
export function consentWordOf(text: string, channel: Channel, isOptedOut: boolean): ConsentWord | null {
  if (text.length > 60) return null
  const word = wordOf(text)
  if (stopsByChannel[channel].has(word)) return { kind: 'opt-out', word }
  if (channel === 'voice' || channel === 'webchat') return null
  const isOptIn = isOptedOut ? starts.has(word) || lateStarts.has(word) : channel !== 'email' && starts.has(word)
  return isOptIn ? { kind: 'opt-in', word } : null
}

function wordOf(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\p{Cf}|\ufe0f/gu, '')
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, ' ')
    .trim()
}
