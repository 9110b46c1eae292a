import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Arrival } from '#server/channels/channel.ts'
import { createSlackAdapter, parseReceipt } from '#server/channels/slack/adapter.ts'
import { plainTextOf, textOfBlocks } from '#server/channels/slack/text.ts'
import { verifySlackRequest } from '#server/channels/slack/verify.ts'
import { describeAdapter, idNow, messageOf } from './adapter-suite.ts'
import { signedSlackHeaders, slackAccount, slackEnvelope, slackMessage, slackReceipt, slackVerdicts, startSlackProvider } from './slack-provider.ts'
import { slackSigningSecret } from './tools.ts'

describeAdapter('Slack', {
  adapter: createSlackAdapter,
  parse: parseReceipt,
  account: slackAccount,
  customer: 'U1',
  receiptOf: async (text) => slackReceipt(slackEnvelope(slackMessage(text))),
  expected: {
    from: { kind: 'slack-user', realm: 'T1', value: 'U1', displayName: 'Mei' }, evidence: 'proved', externalId: 'D1:1790000000.000100', locale: 'zh-CN',
    thread: { externalKey: 'D1', references: [], replyToken: null },
  },
  verdicts: async (receipt) => slackVerdicts(receipt),
  provider: startSlackProvider,
  refusedAs: 'not-in-conversation',
  canSettle: true,
})

describe('Slack events', () => {
  let provider: Awaited<ReturnType<typeof startSlackProvider>>
  beforeAll(async () => { provider = await startSlackProvider() })
  afterAll(async () => { await provider.close() })
  const arrivalsOf = (event: unknown): Promise<Arrival[]> => parseReceipt(slackReceipt(slackEnvelope(event)), slackAccount, provider.tools)
  const only = async (event: unknown): Promise<Arrival | undefined> => (await arrivalsOf(event))[0]

  it.each([
    ['our own bot', slackMessage('hi', { bot_id: 'BBOT' })],
    ['our own bot by its user', slackMessage('hi', { user: 'UBOT' })],
    ['another bot', slackMessage('hi', { subtype: 'bot_message', bot_id: 'B2', user: undefined })],
    ['somebody joining', slackMessage('<@U1> has joined', { subtype: 'channel_join' })],
    ['a message without a usable ts', slackMessage('hi', { ts: '1.0' })],
    ['a ts of thirty digits', slackMessage('hi', { ts: '1'.repeat(30) })],
    ['a negative ts', slackMessage('hi', { ts: '-1790000000.000100' })],
    ['an event nobody listens to', { type: 'team_join', user: { id: 'U9' } }],
    ['an unfurled link', { type: 'message', subtype: 'message_changed', channel: 'D1', ts: '1790000001.000100', message: { user: 'U1', text: 'same', ts: '1790000000.000100' }, previous_message: { user: 'U1', text: 'same', ts: '1790000000.000100' } }],
    ['a deletion of nobody knows what', { type: 'message', subtype: 'message_deleted', channel: 'D1', ts: '1790000001.000100' }],
  ])('lets %s pass without an arrival', async (_name, event) => {
    expect(await arrivalsOf(event)).toEqual([])
  })

  it('keeps two messages of one second apart', async () => {
    const [first, second] = [await only(slackMessage('a', { ts: '1790000000.000100' })), await only(slackMessage('b', { ts: '1790000000.000101' }))]
    expect([first, second]).toMatchObject([{ externalId: 'D1:1790000000.000100' }, { externalId: 'D1:1790000000.000101' }])
  })

  it('brings an edit, a deletion and a reaction as changes of the earlier item', async () => {
    const message = { user: 'U1', text: 'better &amp; longer', ts: '1790000000.000100' }
    expect(await only({ type: 'message', subtype: 'message_changed', channel: 'D1', ts: '1790000002.000100', message, previous_message: { ...message, text: 'good' } })).toMatchObject({
      kind: 'item-change', change: 'edited', targetExternalId: 'D1:1790000000.000100', text: 'better & longer',
    })
    expect(await only({ type: 'message', subtype: 'message_deleted', channel: 'D1', ts: '1790000003.000100', deleted_ts: '1790000000.000100', previous_message: message })).toMatchObject({ change: 'deleted', targetExternalId: 'D1:1790000000.000100' })
    expect(await only({ type: 'reaction_added', user: 'U1', reaction: 'thumbsup', item: { type: 'message', channel: 'D1', ts: '1790000000.000100' } })).toMatchObject({ change: 'reaction', targetExternalId: 'D1:1790000000.000100', text: ':thumbsup:' })
  })

  it('takes a guest of another organisation for somebody of that organisation', async () => {
    expect(await only(slackMessage('hi', { team: 'T1', user_team: 'T2' }))).toMatchObject({ from: { realm: 'T2', value: 'U1' } })
  })

  it('threads a channel message by its root and a direct message by its channel', async () => {
    expect(await only(slackMessage('hi', { channel: 'C1', channel_type: 'channel' }))).toMatchObject({ thread: { externalKey: 'C1:1790000000.000100' } })
    expect(await only(slackMessage('hi', { channel: 'C1', channel_type: 'channel', thread_ts: '1780000000.000100' }))).toMatchObject({ thread: { externalKey: 'C1:1780000000.000100' } })
  })

  it('keeps a hosted file and names one that lies elsewhere', async () => {
    const hosted = { id: 'F1', name: 'photo.png', mimetype: 'image/png', size: 12, mode: 'hosted', url_private: 'https://files.slack.com/x' }
    const arrival = await only(slackMessage('', { subtype: 'file_share', files: [hosted, { id: 'F2', name: 'plan.gdoc', mode: 'external', url_private: 'http://169.254.169.254/' }, { id: 'F3', mode: 'tombstone' }] }))
    expect(arrival).toMatchObject({ text: '📎 plan.gdoc\n📎 F3', files: [{ name: 'photo.png', sourceUrl: 'https://files.slack.com/x' }] })
  })

  it('fetches files from Slack’s own host only, never with the token elsewhere', async () => {
    const adapter = createSlackAdapter(provider.tools)
    for (const url of ['http://169.254.169.254/', 'https://files.slack.com.evil.example/x', 'http://127.1/', 'file:///etc/passwd']) {
      await expect(adapter.fetchFile?.(url, slackAccount, 1000)).rejects.toMatchObject({ code: 'blocked' })
    }
  })

  it('sends files with their words in one message, and answers in the thread', async () => {
    const adapter = createSlackAdapter(provider.tools)
    const file = { name: 'bill.txt', contentType: 'text/plain', sizeBytes: 5, read: async () => Buffer.from('total'), url: 'https://hub.test/x' }
    expect(await adapter.send({ id: idNow(), to: 'U1', attempts: 1, payload: messageOf('your bill', { files: [file] }) }, slackAccount)).toMatchObject({ ok: true })
    expect(provider.posted.at(-1)).toMatchObject({ channel: 'D1', text: 'your bill', files: [{ name: 'bill.txt', content: 'total' }] })
    const thread = { externalKey: 'C1:1780000000.000100', messageId: 'm', inReplyTo: null, references: [], replyTo: null, quoted: null }
    await adapter.send({ id: idNow(), to: 'U1', attempts: 1, payload: messageOf('hello <!here> & <https://evil|bank.com>', { thread }) }, slackAccount)
    expect(provider.posted.at(-1)).toMatchObject({ channel: 'C1', thread_ts: '1780000000.000100', text: 'hello &lt;!here&gt; &amp; &lt;https://evil|bank.com&gt;' })
  })

  it('waits as long as Slack asks', async () => {
    await provider.mood('busy')
    expect(await createSlackAdapter(provider.tools).send({ id: idNow(), to: 'U1', attempts: 1, payload: messageOf('x') }, slackAccount)).toMatchObject({ kind: 'later', retryAfterMs: 30_000 })
  })
})

describe('Slack signatures', () => {
  const body = Buffer.from('{"type":"event_callback"}')
  const now = new Date('2026-11-22T12:00:00Z')
  const verdictOf = (ageSeconds: number, given = body) => {
    const headers = signedSlackHeaders(body, slackSigningSecret, new Date(now.getTime() - ageSeconds * 1000))
    return verifySlackRequest({ rawBody: given, signature: headers['x-slack-signature'], timestamp: headers['x-slack-request-timestamp'] }, [slackSigningSecret], now)
  }

  it.each([[0, true], [300, true], [301, false], [-60, true], [-61, false], [-600, false]])('takes a request %i seconds old: %s', (age, isTaken) => {
    expect(verdictOf(age).ok).toBe(isTaken)
  })

  it('refuses the same meaning in other bytes', () => {
    expect(verdictOf(0, Buffer.from('{ "type": "event_callback" }'))).toEqual({ ok: false, reason: 'signature-wrong' })
  })

  it('refuses a request without signature or time', () => {
    expect(verifySlackRequest({ rawBody: body, signature: undefined, timestamp: '1' }, [slackSigningSecret], now)).toMatchObject({ ok: false })
    expect(verifySlackRequest({ rawBody: body, signature: 'v0=00', timestamp: undefined }, [slackSigningSecret], now)).toMatchObject({ ok: false })
  })
})

describe('Slack text', () => {
  it.each([
    ['hi <@U123> and <@U1|mei>', 'hi @U123 and @mei'],
    ['<!channel> <!here> <!subteam^S1|@support>', '@channel @here @support'],
    ['<#C1|general> <#C2>', '#general #C2'],
    ['<https://example.com|bank.com> <https://a.example>', 'bank.com (https://example.com) https://a.example'],
    ['<mailto:a@b.example|a@b.example>', 'a@b.example'],
    ['&lt;!channel&gt; 1 &lt; 2 &amp;amp;', '<!channel> 1 < 2 &amp;'],
    ['<javascript:alert(1)|click>', 'click (javascript:alert(1))'],
    ['a < b', 'a < b'],
  ])('reads %s as %s', (mrkdwn, plain) => {
    expect(plainTextOf(mrkdwn)).toBe(plain)
  })

  it('takes the words of blocks, however deep they lie, and stops in time', () => {
    expect(textOfBlocks([{ type: 'section', text: { type: 'mrkdwn', text: 'from a block' } }])).toBe('from a block')
    let deep: unknown = { type: 'section', text: 'deep' }
    for (let level = 0; level < 100; level += 1) deep = { type: 'unknown', elements: [deep] }
    expect(textOfBlocks([{ text: 'top' }, deep])).toBe('top')
    expect(textOfBlocks(Array.from({ length: 1000 }, () => ({ text: 'x' }))).split(' ').length).toBeLessThanOrEqual(400)
  })
})
