/** The widget's two files, as websites embed them: `/widget.js` and what it fetches. */
import { Router } from 'express'
import { join } from 'node:path'
import { notFound } from '#server/platform/errors.ts'

const folder = join(import.meta.dirname, '..', '..', '..', 'dist', 'widget')
/** Short, so that a new version of the hub reaches every site soon; the panel must not be newer than its loader for long. */
const cacheSeconds = 300

export function widgetScripts(): Router {
  const router = Router()
  for (const name of ['widget.js', 'widget-panel.js']) {
    router.get(`/${name}`, (_request, response, next) => {
      // A module is fetched with CORS, also from a page of another site.
      response.set({ 'Access-Control-Allow-Origin': '*', 'Cross-Origin-Resource-Policy': 'cross-origin', 'Cache-Control': `public, max-age=${cacheSeconds}` })
      response.sendFile(name, { root: folder, cacheControl: false }, (error?: Error) => {
        if (error && !response.headersSent) next(notFound())
      })
    })
  }
  return router
}
