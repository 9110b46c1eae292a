import { gzipSync } from 'node:zlib'
import { describe, expect } from 'vitest'
import { slackMessage } from '../channels/slack-provider.ts'
import { canary, eventOf, http, hub, messageOf, messageTables, newTs, row, slack } from './harness.ts'

const user = 'UCANARY'
const channel = 'DCANARY'

/** A direct message of the one whose words no log may show. */
function said(text: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  const ts = newTs()
  return slackMessage(text, { user, channel, ts, event_ts: ts, ...more })
}

const idOf = (event: Record<string, unknown>): string => `${String(event['channel'])}:${String(event['ts'])}`
const silent = { status: 200, body: '' }

async function takes(event: Record<string, unknown>) {
  expect(await slack(eventOf(event))).toMatchObject(silent)
  return messageOf(idOf(event))
}

async function refuses(status: number, ...tries: (() => ReturnType<typeof slack>)[]): Promise<void> {
  for (const attempt of tries) expect((await attempt()).status).toBe(status)
}

export function slackRows(): void {
  describe('Slack: signature and time', () => {
    const hello = () => eventOf(said(`hello ${canary.word}`))
    row('slack', 'SL-01', 'no signature, no time', () => refuses(401, () => http('POST', '/webhooks/slack/events', { headers: { 'content-type': 'application/json' }, body: JSON.stringify(hello()) }), () => slack(hello(), { headers: { 'x-slack-signature': 'v0=' } }), () => slack(hello(), { headers: { 'x-slack-request-timestamp': 'now' } })))
    row('slack', 'SL-03, SL-04', 'of five minutes ago, of ten minutes ahead', () => refuses(401, () => slack(hello(), { at: new Date(Date.now() - 302_000) }), () => slack(hello(), { at: new Date(Date.now() + 600_000) }), () => slack(hello(), { at: new Date(0) })))
    row('slack', 'SL-06, SL-26, SL-28', 'the same again, with and without the headers of a retry', async () => {
      const event = said('only once')
      const body = eventOf(event)
      for (const headers of [{ 'x-slack-retry-num': '1', 'x-slack-retry-reason': 'http_timeout' }, {}, { 'x-slack-retry-num': '3' }]) expect(await slack(body, { headers })).toMatchObject(silent)
      expect(await hub().db.query('select 1 from message where external_id = $1', [idOf(event)])).toHaveLength(1)
    }, { changes: messageTables })
    row('slack', 'SL-07', 'the same meaning in other bytes', () => {
      const body = hello()
      return refuses(401, () => slack(body, { raw: JSON.stringify(body, null, 1), signed: JSON.stringify(body) }))
    })
    row('slack', 'SL-09', 'a compressed body', () => refuses(415, () => http('POST', '/webhooks/slack/events', { headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' }, body: gzipSync(JSON.stringify(hello())) }), () => slack(hello(), { headers: { 'content-encoding': 'gzip' } })))
    row('slack', 'SL-10, SL-12', 'the secret of another app, with the right token inside', () => refuses(401, () => slack(hello(), { secret: 'the-secret-of-another-app-000000' }), () => slack({ ...hello(), token: 'legacy' }, { secret: '' })))
  })

  describe('Slack: envelope', () => {
    row('slack', 'SL-14', 'the handshake', async () => {
      const challenge = '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P'
      expect(await slack({ type: 'url_verification', token: 'x', challenge })).toMatchObject({ status: 200, body: challenge, type: 'text/plain; charset=utf-8' })
      await refuses(401, () => slack({ type: 'url_verification', challenge }, { secret: 'the-secret-of-another-app-000000' }))
    })
    row('slack', 'SL-16', 'a challenge of a megabyte, and one of markup', async () => {
      await refuses(400, () => slack({ type: 'url_verification', challenge: 'x'.repeat(900_000) }))
      await refuses(413, () => slack({ type: 'url_verification', challenge: 'x'.repeat(1_100_000) }))
      expect(await slack({ type: 'url_verification', challenge: '<b>abc</b>' })).toMatchObject({ status: 200, type: 'text/plain; charset=utf-8', headers: { 'x-content-type-options': 'nosniff' } })
    })
    for (const [ids, title, body] of [
      ['SL-17', 'a type nobody knows', () => ({ type: 'something_new', team_id: 'T1' })],
      ['SL-17', 'an event nobody listens for', () => eventOf({ type: 'channel_rename', channel: { id: 'C1', name: canary.word } })],
      ['SL-20', 'no event', () => eventOf(undefined)],
      ['SL-20', 'a list for an event', () => eventOf([])],
      ['SL-20', 'a word for an event', () => eventOf(canary.word)],
      ['SL-20', 'null, a number, a list', () => null],
      ['SL-22', 'a workspace without our app', () => eventOf(said('x'), { team_id: 'T999', authorizations: [{ team_id: 'T999' }] })],
      ['SL-23', 'an organisation instead of a workspace', () => eventOf(said('x'), { team_id: null, enterprise_id: 'E1', authorizations: [{ team_id: null, enterprise_id: 'E1' }] })],
      ['SL-25', 'no id', () => eventOf(said('x'), { event_id: undefined })],
      ['SL-25', 'an id that is none', () => eventOf(said('x'), { event_id: "Ev' or 1=1" })],
    ] as const) row('slack', ids, title, async () => expect(await slack(body())).toMatchObject(silent))
    row('slack', 'SL-19', 'keys that reach for the prototype', async () => {
      const event = said('plain words')
      const raw = JSON.stringify(eventOf(event)).replace('"type":"message"', '"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"type":"message"')
      expect(await slack(null, { raw })).toMatchObject(silent)
      expect((await messageOf(idOf(event))).text).toBe('plain words')
      expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
    }, { changes: messageTables })
    row('slack', 'SL-20', 'what is no JSON', () => refuses(200, () => slack(null, { raw: '{' }), () => slack(null, { raw: '' }), () => slack(null, { raw: '1e999' }), () => slack(null, { raw: `${'['.repeat(50_000)}` })))
  })

  describe('Slack: retries and bursts', () => {
    row('slack', 'SL-31', 'sixty events at once', async () => {
      const events = Array.from({ length: 60 }, (_, index) => said(`burst ${index}`))
      const answers = await Promise.all(events.map((event) => slack(eventOf(event))))
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
      expect(await hub().db.query('select 1 from receipt where channel = $1 and body like $2', ['slack', Buffer.from('%burst %')])).toHaveLength(60)
    }, { changes: messageTables, isSlow: true })
    row('slack', 'SL-32', 'the same event twenty times at once', async () => {
      const event = said('at once')
      const body = eventOf(event)
      for (const answer of await Promise.all(Array.from({ length: 20 }, () => slack(body)))) expect(answer).toMatchObject(silent)
      expect(await hub().db.query('select 1 from message where external_id = $1', [idOf(event)])).toHaveLength(1)
    }, { changes: messageTables })
  })

  describe('Slack: messages', () => {
    row('slack', 'SL-33', 'our own bot, and other bots', async () => {
      for (const bot of ['BBOT', 'B1', 'BOTHER']) expect(await slack(eventOf(said('echo', { bot_id: bot })))).toMatchObject(silent)
    })
    row('slack', 'SL-35', 'an edit that overtakes what it edits', async () => {
      const original = said('first words')
      const ts = newTs()
      const edit = { type: 'message', subtype: 'message_changed', channel, channel_type: 'im', ts, event_ts: ts, hidden: true, message: { type: 'message', user, text: 'second words', ts: original['ts'], edited: { user, ts } }, previous_message: { type: 'message', user, text: 'first words', ts: original['ts'] } }
      const body = eventOf(edit)
      expect(await slack(body)).toMatchObject(silent)
      expect(await takes(original)).toMatchObject({ text: 'first words' })
      await hub().db.execute(`update receipt set next_attempt_at = clock_timestamp() where external_id = $1`, [body['event_id']])
      await hub().sweep()
      expect(await messageOf(idOf(original))).toMatchObject({ text: 'second words' })
    }, { changes: messageTables })
    row('slack', 'SL-36', 'a deletion of what we never had', async () => {
      const ts = newTs()
      expect(await slack(eventOf({ type: 'message', subtype: 'message_deleted', channel, channel_type: 'im', ts, event_ts: ts, deleted_ts: '1700000000.000001', previous_message: { user, text: canary.word, ts: '1700000000.000001' } }))).toMatchObject(silent)
    }, { changes: ['receipt'] })
    row('slack', 'SL-38', 'times that are none', async () => {
      for (const ts of ['1.0', 'abc', '1'.repeat(30), '-1790000000.000100', 1_790_000_000.0001, null, {}]) expect(await slack(eventOf(slackMessage(canary.word, { user, channel, ts })))).toMatchObject(silent)
    }, { changes: ['receipt'] })
    row('slack', 'SL-39', 'two messages of one second', async () => {
      const [first, second] = [said('one', { ts: '1791000000.000001' }), said('two', { ts: '1791000000.000002' })]
      await takes(first)
      await takes(second)
      expect((await hub().db.query<{ text: string }>(`select text from message where external_id in ($1, $2) order by seq`, [idOf(first), idOf(second)])).map(({ text }) => text)).toEqual(['one', 'two'])
    }, { changes: messageTables })
    row('slack', 'SL-41', 'mentions and links with another face are harmless words', async () => {
      const event = said('')
      event['text'] = '<!channel> <@U1|boss> <!subteam^S1> <http://evil.example|bank.com> &lt;!here&gt;'
      expect((await takes(event)).text).toBe('@channel @boss @S1 bank.com (http://evil.example) <!here>')
    }, { changes: messageTables })
    row('slack', 'SL-44', 'nothing but emoji, invisible characters, or blocks', async () => {
      expect((await takes(said('👍'))).text).toBe('👍')
      expect((await takes(said('\u200B\u200D'))).text).toBe('\u200B\u200D')
      expect((await takes(said('', { blocks: [{ type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: 'from blocks' }] }] }] }))).text).toBe('from blocks')
    }, { changes: messageTables })
    row('slack', 'SL-45', 'blocks a hundred levels deep, a thousand elements, kinds nobody knows', async () => {
      let deep: unknown = { type: 'text', text: canary.word }
      for (let level = 0; level < 100; level++) deep = { type: 'hologram', elements: [deep] }
      await takes(said('', { blocks: [deep, ...Array.from({ length: 1_000 }, () => ({ type: 'section', text: { type: 'mrkdwn', text: 'word' } }))] }))
    }, { changes: messageTables })
  })

  describe('Slack: files', () => {
    const fileTables = [...messageTables, 'attachment']
    const withFile = (file: Record<string, unknown>) => said('see', { subtype: 'file_share', files: [{ id: 'FCANARY1', name: `${canary.word}.png`, mimetype: 'image/png', size: 10, ...file }] })
    const filesOf = (messageId: string) => hub().db.query<{ state: string; reason: string | null }>('select state, state_reason as reason from attachment where message_id = $1', [messageId])
    row('slack', 'SL-49', 'a file at an address that is not Slack’s', async () => {
      for (const url of ['http://169.254.169.254/', 'https://files.slack.com.evil.example/F1', 'http://files.slack.com/F1']) {
        const { id } = await takes(withFile({ url_private: url }))
        await hub().quiet()
        expect(await filesOf(id)).toEqual([{ state: 'refused', reason: 'foreign-address' }])
      }
    }, { changes: fileTables })
    row('slack', 'SL-51', 'a file that is deleted later', async () => {
      const { id } = await takes(withFile({ id: 'FDELETED1', url_private_download: `${hub().simulator?.slackUrl}/files-pri/T1-FDELETED1/download/a.png` }))
      await hub().quiet()
      const bodies = [eventOf({ type: 'file_deleted', file_id: 'FDELETED1', event_ts: newTs() }), eventOf({ type: 'file_deleted', file_id: `F' or 1=1`, event_ts: newTs() }), eventOf({ type: 'file_deleted', file_id: 'FUNKNOWN', event_ts: newTs() })]
      for (const body of bodies) expect(await slack(body)).toMatchObject(silent)
      expect(await filesOf(id)).toEqual([{ state: 'deleted', reason: 'deleted-by-sender' }])
    }, { changes: fileTables })
    row('slack', 'SL-52', 'files kept elsewhere, deleted, hidden', async () => {
      for (const mode of ['external', 'tombstone', 'hidden_by_limit']) expect((await takes(withFile({ mode, url_private: 'https://elsewhere.example/x' }))).text).toBe(`see\n📎 ${canary.word}.png`)
    }, { changes: messageTables })
    row('slack', 'SL-54', 'sizes that cannot be', async () => {
      const five = 5 * 1024 ** 3
      for (const [size, state] of [[five, 'refused'], [-1, 'failed'], ['many', 'failed'], [0, 'failed']] as const) {
        const { id } = await takes(withFile({ size, url_private: `${hub().simulator?.slackUrl}/files-pri/T1-FNONE/nothing.png` }))
        await hub().quiet()
        expect(await filesOf(id), String(size)).toMatchObject([{ state }])
      }
    }, { changes: fileTables })
  })
}
