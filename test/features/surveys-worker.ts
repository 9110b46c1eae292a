/** A surveys worker in a process of its own, killed where `TRIBUTARY_FAULT` says: `node surveys-worker.ts URL TIME`. */
import { sendDueSurveys } from '#server/features/surveys/surveys.usecases.ts'
import { createDb } from '#server/platform/db.ts'
import { quietContext } from './support/customer-world.ts'

const [url = '', at = ''] = process.argv.slice(2)
const db = createDb(url, { max: 2, applicationName: 'surveys worker' })
await sendDueSurveys(quietContext(db, new Date(at)))
await db.close()
