import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { apiRows } from './api.rows.ts'
import { elsewhere, ids, later } from './coverage.ts'
import { idsCovered, startRows, stopRows } from './harness.ts'
import { mailRows } from './mail.rows.ts'
import { slackRows } from './slack.rows.ts'
import { staffSocketRows } from './staff-socket.rows.ts'
import { twilioRows } from './twilio.rows.ts'

describe('row by row against a running hub', () => {
  beforeAll(startRows, 60_000)
  afterAll(stopRows)

  twilioRows()
  slackRows()
  mailRows()
  staffSocketRows()
  apiRows()
})

describe('the list', () => {
  test('has a test for every row, or the reason why not, and not both', () => {
    expect(ids.filter((id) => !idsCovered.has(id) && !elsewhere[id] && later[id] === undefined), 'forgotten').toEqual([])
    expect(Object.keys(later).filter((id) => idsCovered.has(id) || elsewhere[id]), 'tested, yet said to come later').toEqual([])
    expect([...idsCovered, ...Object.keys(elsewhere), ...Object.keys(later)].filter((id) => !ids.includes(id)), 'not in the list').toEqual([])
  })

  test('names tests that exist', () => {
    const missing = Object.entries(elsewhere).filter(([, { file, test: title }]) => !readFileSync(file, 'utf8').includes(title))
    expect(missing.map(([id, { file, test: title }]) => `${id}: “${title}” in ${file}`)).toEqual([])
  })
})
