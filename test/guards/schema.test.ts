import { afterAll, beforeAll, expect, test } from 'vitest'
import * as words from '#contract/words.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

let database: TestDatabase
beforeAll(async () => { database = await createTestDatabase() })
afterAll(() => database.drop())

test('the closed sets of the database are the words of the contract', async () => {
  const rows = await database.db.query<{ name: string; definition: string }>(
    `select conname as name, pg_get_constraintdef(oid) as definition from pg_constraint where contype = 'c' and conname like '%\\_known'`)
  const stored = Object.fromEntries(rows.map(({ name, definition }) => [name, [...definition.matchAll(/'([^']+)'/g)].map((match) => match[1])]))
  const sets: Record<string, readonly string[]> = {
    agent_role: words.roles, channel_account_channel: words.channels, customer_tier: words.customerTiers, identity_kind: words.identityKinds, identity_evidence: words.evidences,
    claim_kind: ['phone', 'email', 'name'], contact_state: words.contactStates, contact_outcome: words.contactOutcomes, contact_channel: words.channels, contact_direction: ['inbound', 'outbound'],
    message_kind: words.messageKinds, message_channel: words.channels, message_direction: words.directions, message_status: words.messageStatuses, message_evidence: words.evidences, turn_end: words.turnEnds,
    session_kind: words.sessionKinds, session_state: words.sessionStates, queue_entry_demand: words.demands, queue_entry_channel: words.channels, queue_entry_result: words.entryResults,
    offer_kind: words.offerKinds, offer_result: words.offerResults, agent_state_presence: words.presences, agent_state_load: words.loads, presence_interval_presence: words.presences, load_interval_load: words.loads,
    sla_clock_kind: words.slaTargetKinds, sla_clock_state: words.slaClockStates, sla_escalation_state: words.slaEscalationStates, notification_kind: words.notificationKinds, survey_kind: words.surveyKinds, survey_invitation_state: words.invitationStates, survey_purpose: words.surveyPurposes, survey_answer_ask: words.surveyAsks,
    follow_up_recheck: words.rechecks, follow_up_step_step: words.followUpSteps, customer_standing_stage: words.customerStages, customer_standing_value_class: words.valueClasses, report_run_state: words.reportRunStates, receipt_state: words.receiptStates,
    outbound_state: words.outboundStates, merge_suggestion_state: words.suggestionStates,
  }
  expect(stored).toEqual(Object.fromEntries(Object.entries(sets).map(([name, set]) => [`${name}_known`, [...set]])))
})

test('a merge knows every table that names a customer, a conversation or a contact', async () => {
  const rows = await database.db.query<{ table: string }>(
    `select distinct table_name as "table" from information_schema.columns where table_schema = 'public' and column_name in ('customer_id', 'conversation_id', 'contact_id')`)
  const moved = ['identity', 'claim', 'one_time_code', 'survey_response', 'conversation', 'conversation_team', 'contact', 'message', 'message_read', 'thread', 'turn', 'session', 'queue_entry', 'offer', 'assignment', 'sla_clock', 'survey_invitation', 'follow_up', 'outbound']
  // What was done and who was told stays with its contact, which moves (watchers are found through the contact that was folded).
  // Events and changes of stage say what was, when it was; a standing is worked out anew from what is the customer's.
  const kept = ['sla_escalation', 'contact_watcher', 'notification', 'event', 'customer_standing', 'stage_change']
  expect(rows.map((row) => row.table).sort()).toEqual([...moved, ...kept].sort())
})
