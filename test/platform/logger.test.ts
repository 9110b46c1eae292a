import { expect, test } from 'vitest'
import { addLogContext, createLogger, withLogContext } from '#server/platform/logger.ts'

function capture() {
  const lines: Record<string, unknown>[] = []
  return { logger: createLogger('info', { write: (line) => { lines.push(JSON.parse(line) as Record<string, unknown>) } }), lines }
}

test('what a customer wrote, where they live and what opens doors stays out', () => {
  const { logger, lines } = capture()
  logger.info({ text: 'my secret', token: 'abc', password: 'p', body: { html: '<b>' }, address: 'mei@chen.cn', count: 3, channel: 'sms', conversationId: 'c1', nested: { subject: 'hi', code: 'x' } }, 'message stored')
  expect(lines[0]).toMatchObject({ msg: 'message stored', text: '[redacted]', token: '[redacted]', password: '[redacted]', body: { html: '[redacted]' }, address: '[redacted]', count: 3, channel: 'sms', conversationId: 'c1', nested: { subject: '[redacted]', code: 'x' } })
})

class Refused extends Error {
  readonly code = '42P01'
  readonly detail = 'Key (email)=(mei@chen.cn)'
}

test('errors keep their place and code, and lose addresses and passwords', () => {
  const { logger, lines } = capture()
  logger.error({ err: new Refused('no mailbox mei.chen@mail.cn or +8613800138000 at postgres://u:pw@h/db') }, 'failed')
  const text = JSON.stringify(lines[0])
  expect(text).not.toMatch(/mei|138001|:pw@/)
  expect(lines[0]).toMatchObject({ err: { code: '42P01', message: expect.stringContaining('[address] or [number]') as string } })
  expect(text).toContain('logger.test.ts')
})

test('lines carry the ids of the context they are written in', async () => {
  const { logger, lines } = capture()
  await withLogContext({ requestId: 'r1' }, async () => {
    await Promise.resolve()
    addLogContext({ conversationId: 'c1' })
    withLogContext({ jobId: 'j1' }, () => logger.info('inner'))
    logger.info('outer')
  })
  logger.info('outside')
  expect(lines).toMatchObject([{ msg: 'inner', requestId: 'r1', conversationId: 'c1', jobId: 'j1' }, { msg: 'outer', requestId: 'r1' }, { msg: 'outside' }])
  expect(lines[1]).not.toHaveProperty('jobId')
  expect(lines[2]).not.toHaveProperty('requestId')
})
