import { expect, test } from 'vitest'
import { rememberSessions } from '#server/features/auth/session-memory.ts'
import type { StaffSession } from '#server/platform/http.ts'

const lena: StaffSession = { staffId: 'a1', sessionId: 's1', name: 'Lena', email: 'lena@example.com', role: 'agent', locale: 'en' }
const noon = new Date('2026-03-01T12:00:00Z')

function memoryAt() {
  const time = { ms: 0 }
  const memory = rememberSessions(() => time.ms)
  let asked = 0
  const ask = (cookie = 'c', now = noon, answer: StaffSession | undefined = lena): Promise<StaffSession | undefined> => memory.get(cookie, now, async () => {
    asked += 1
    return answer
  })
  return { time, memory, ask, asked: () => asked }
}

test('who sent a cookie is looked up once in half a second, and each cookie for itself', async () => {
  const { time, ask, asked } = memoryAt()
  expect(await ask()).toBe(lena)
  time.ms = 499
  expect(await ask()).toBe(lena)
  expect(asked()).toBe(1)
  await ask('another')
  expect(asked()).toBe(2)
  time.ms = 500
  await ask()
  expect(asked()).toBe(3)
})

test('a clock that moved, either way, is a reason to look again', async () => {
  const { ask, asked } = memoryAt()
  await ask()
  await ask('c', new Date(noon.getTime() + 500))
  await ask('c', new Date(noon.getTime() - 500))
  expect(asked()).toBe(3)
})

test('nobody is not remembered', async () => {
  const { memory, ask, asked } = memoryAt()
  const nobody = (): Promise<StaffSession | undefined> => memory.get('c', noon, async () => undefined)
  expect(await nobody()).toBeUndefined()
  expect(await ask()).toBe(lena)
  expect(asked()).toBe(1)
})

test('after sessions ended each is looked up again, also what was being looked up meanwhile', async () => {
  const { memory, ask, asked } = memoryAt()
  await ask()
  memory.forget()
  expect(await memory.get('c', noon, async () => undefined)).toBeUndefined()
  const { promise, resolve } = Promise.withResolvers<StaffSession>()
  const slow = memory.get('c', noon, () => promise)
  memory.forget()
  resolve(lena)
  await slow
  expect(await memory.get('c', noon, async () => undefined)).toBeUndefined()
  expect(asked()).toBe(1)
})
