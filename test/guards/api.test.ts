import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { apiRoutes } from '#server/app.ts'
import { openApiDocument, openObjects } from '#server/platform/openapi.ts'
import { apiPage, configurationPage, nothing } from '../../docs/generate.ts'

const routes = apiRoutes(nothing(), nothing())

test('docs/api.md is what the routes say now (node docs/generate.ts)', () => {
  expect(readFileSync(join(import.meta.dirname, '../../docs/api.md'), 'utf8')).toBe(apiPage())
})

test('docs/configuration.md is what the hub reads now (node docs/generate.ts)', () => {
  expect(readFileSync(join(import.meta.dirname, '../../docs/configuration.md'), 'utf8')).toBe(configurationPage())
})

test('no schema of any route takes or gives keys nobody named', () => {
  expect(routes.flatMap(openObjects)).toEqual([])
})

test('every route is described, once', () => {
  const keys = routes.map((route) => `${route.method} ${route.path}`)
  expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([])
  const described = Object.values(openApiDocument(routes).paths ?? {}).flatMap((path) => Object.keys(path ?? {}))
  expect(described.length).toBe(keys.length)
})
