import type { Context } from '../../context.ts'
/** PLACEHOLDER until the surveys feature lands. */
export async function sendDueSurveys(_context: Context): Promise<void> {}
