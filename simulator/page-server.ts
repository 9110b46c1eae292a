import express, { type Express } from 'express'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { controlApi } from './control/api.ts'
import type { SimulatorOptions } from './options.ts'
import type { World } from './world.ts'

const builtPage = join(import.meta.dirname, '..', 'dist', 'simulator')

/** The page and its API, at `/` and, for a proxy that keeps its prefix, at `/simulator/`. */
export function pageServer(world: World, options: SimulatorOptions): Express {
  const app = express()
  app.disable('x-powered-by')
  const control = controlApi(world, options)
  for (const prefix of ['', '/simulator']) {
    app.use(`${prefix}/control`, control)
    app.use(prefix === '' ? '/' : prefix, express.static(builtPage, { redirect: prefix !== '' }))
  }
  app.get('/', (_request, response) => {
    if (existsSync(join(builtPage, 'index.html'))) return void response.redirect('index.html')
    response.status(503).type('text').send('The page is not built yet: npm run build')
  })
  return app
}
