import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { featureCycles, importsOf, namesTheDemo, violations } from './import-rules.ts'

const root = path.join(import.meta.dirname, '../..')
const files = new Map(
  globSync(['contract/**/*.ts', 'server/**/*.ts', 'workers/**/*.ts', 'simulator/**/*.{ts,tsx}', 'console/**/*.{ts,tsx}', 'widget/**/*.{ts,tsx}'], { cwd: root })
    .map((file) => [file.split(path.sep).join('/'), readFileSync(path.join(root, file), 'utf8')] as const)
    .filter(([file]) => !file.includes('vite.')))

describe('the import table', () => {
  test('holds for every file', () => {
    expect(violations(files)).toEqual([])
  })

  test('reads every form of import', () => {
    expect(importsOf(`import a from 'a'; import 'b'\nimport type { C } from "c"\nexport * from './d.ts'\nexport { e } from './e.ts'\nconst f = await import('f')\nlet g: import('g').G`)).toEqual(['a', 'b', 'c', './d.ts', './e.ts', 'f', 'g'])
  })

  const planted: [string, string][] = [
    ['contract/views.ts', `import * as z from 'zod'`],
    ['contract/api/x.ts', `import '#server/platform/db.ts'`],
    ['server/domain/x.ts', `import fs from 'pg'`],
    ['server/domain/x.ts', `type A = import('../platform/db.ts').Db`],
    ['server/platform/x.ts', `export * from '../domain/sla.ts'`],
    ['server/channels/sms/x.ts', `import { a } from '#server/features/contacts/contacts.steps.ts'`],
    ['server/features/x/x.usecases.ts', `const a = await import('../../../simulator/start.ts')`],
    ['workers/x.ts', `import { a } from '../server/features/contacts/contacts.store.ts'`],
    ['console/x.tsx', `import type { A } from '#server/context.ts'`],
    ['widget/x.tsx', `import * as z from 'zod'`],
    ['simulator/x.ts', `import type { Context } from '#server/context.ts'`],
  ]
  test.each(planted)('finds a planted violation in %s: %s', (file, source) => {
    expect(violations(new Map([[file, source]]))).toHaveLength(1)
  })
})

describe('features', () => {
  test('form no circle by anything but what they offer each other', () => {
    expect(featureCycles(files)).toEqual([])
  })

  test('a planted circle is found', () => {
    const planted = new Map([['server/features/a/a.usecases.ts', `import '../b/b.usecases.ts'`], ['server/features/b/b.usecases.ts', `import '../a/a.store.ts'`]])
    expect(featureCycles(planted)).toEqual(['a ↔ b'])
  })
})

test('only config, main and context know that there is a demo', () => {
  expect(namesTheDemo(files)).toEqual([])
})
