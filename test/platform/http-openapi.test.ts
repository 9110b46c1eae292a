import express from 'express'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as z from 'zod'
import { idParams, listQuery, pageOf } from '#contract/api/common.ts'
import { defineRoute } from '#server/platform/http.ts'
import { apiTable, mountApiDocs, openApiDocument, openObjects } from '#server/platform/openapi.ts'

const Pen = z.strictObject({ id: z.uuidv7(), colour: z.enum(['red', 'blue']).optional() }).meta({ id: 'Pen' })
const list = defineRoute({ method: 'GET', path: '/api/v1/pens', summary: 'List pens', tag: 'pens', roles: 'signed-in', query: listQuery, response: pageOf(Pen) }, async () => ({ items: [], nextCursor: null }))
const change = defineRoute({ method: 'PATCH', path: '/api/v1/pens/:id', summary: 'Change a pen', tag: 'pens', roles: ['admin'], params: idParams, body: z.object({ size: z.looseObject({}) }) }, async () => {})

const app = express()
const server = app.listen(0, '127.0.0.1')
let origin = ''
beforeAll(() => {
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  mountApiDocs(app, [list, change])
})
afterAll(() => void server.close())

test('the description names paths, parameters, bodies, answers and refusals', () => {
  const document = openApiDocument([list, change])
  expect(document.paths?.['/api/v1/pens']?.get).toMatchObject({
    summary: 'List pens',
    parameters: [{ in: 'query', name: 'limit', schema: { type: 'integer', minimum: 1, maximum: 100, default: 50 } }, { in: 'query', name: 'cursor' }],
    responses: { 200: { content: { 'application/json': {} } }, 401: { content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } } },
  })
  expect(document.paths?.['/api/v1/pens/{id}']?.patch).toMatchObject({ parameters: [{ in: 'path', name: 'id', required: true }], requestBody: { required: true }, responses: { 204: {}, 403: {} } })
  expect(document.components?.schemas).toHaveProperty('Pen')
})

test('objects that would take unknown keys are found', () => {
  expect(openObjects(list)).toEqual([])
  expect(openObjects(change)).toEqual(['PATCH /api/v1/pens/:id body', 'PATCH /api/v1/pens/:id body.properties.size'])
})

test('the table has one line per route', () => {
  expect(apiTable([change, list])).toContain('| pens | GET | `/api/v1/pens` | signed-in | List pens |\n| pens | PATCH | `/api/v1/pens/:id` | admin | Change a pen |')
})

test('the page and all it loads come from us', async () => {
  const page = await fetch(`${origin}/api/docs`)
  const html = await page.text()
  expect(page.headers.get('content-security-policy')).toContain("script-src 'self'")
  expect(html).not.toContain('//')
  for (const [, path] of html.matchAll(/(?:src|href)="([^"]+)"/g)) expect((await fetch(origin + path)).status).toBe(200)
  expect((await fetch(`${origin}/api/v1/openapi.json`)).headers.get('content-type')).toContain('application/json')
})
