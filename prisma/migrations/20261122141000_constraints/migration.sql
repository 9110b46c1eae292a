-- What Prisma's language has no word for: closed sets, foreign keys, constraints that wait for the statement's end, search.

-- Checked at the end of a statement and not row by row, so that a merge can renumber a conversation in one.
DROP INDEX "message_conversation_id_seq_key";
ALTER TABLE "message" ADD CONSTRAINT "message_conversation_id_seq_key" UNIQUE ("conversation_id", "seq") DEFERRABLE INITIALLY IMMEDIATE;

-- Closed sets: the words of contract/words.ts, held equal by a test.
ALTER TABLE "agent" ADD CONSTRAINT "agent_role_known" CHECK ("role" IN ('agent', 'supervisor', 'admin'));
ALTER TABLE "channel_account" ADD CONSTRAINT "channel_account_channel_known" CHECK ("channel" IN ('voice', 'webchat', 'email', 'sms', 'whatsapp', 'slack'));
ALTER TABLE "customer" ADD CONSTRAINT "customer_tier_known" CHECK ("tier" IN ('standard', 'silver', 'gold'));
ALTER TABLE "identity" ADD CONSTRAINT "identity_kind_known" CHECK ("kind" IN ('phone', 'email', 'visitor', 'site-user', 'slack-user', 'whatsapp-id', 'call'));
ALTER TABLE "identity" ADD CONSTRAINT "identity_evidence_known" CHECK ("evidence" IN ('proved', 'claimed'));
ALTER TABLE "claim" ADD CONSTRAINT "claim_kind_known" CHECK ("kind" IN ('phone', 'email', 'name'));
ALTER TABLE "contact" ADD CONSTRAINT "contact_state_known" CHECK ("state" IN ('arriving', 'waiting', 'offered', 'active', 'pending', 'snoozed', 'wrap-up', 'closed'));
ALTER TABLE "contact" ADD CONSTRAINT "contact_outcome_known" CHECK ("outcome" IN ('handled', 'self-served', 'abandoned', 'left-in-menu', 'expired', 'no-reply', 'parked', 'merged', 'spam'));
ALTER TABLE "contact" ADD CONSTRAINT "contact_channel_known" CHECK ("channel" IN ('voice', 'webchat', 'email', 'sms', 'whatsapp', 'slack'));
ALTER TABLE "contact" ADD CONSTRAINT "contact_direction_known" CHECK ("direction" IN ('inbound', 'outbound'));
ALTER TABLE "message" ADD CONSTRAINT "message_kind_known" CHECK ("kind" IN ('text', 'file', 'call', 'note', 'system'));
ALTER TABLE "message" ADD CONSTRAINT "message_channel_known" CHECK ("channel" IN ('voice', 'webchat', 'email', 'sms', 'whatsapp', 'slack'));
ALTER TABLE "message" ADD CONSTRAINT "message_direction_known" CHECK ("direction" IN ('inbound', 'outbound', 'internal'));
ALTER TABLE "message" ADD CONSTRAINT "message_status_known" CHECK ("status" IN ('received', 'pending', 'sending', 'sent', 'delivered', 'read', 'failed', 'unknown'));
ALTER TABLE "message" ADD CONSTRAINT "message_evidence_known" CHECK ("evidence" IN ('proved', 'claimed'));
ALTER TABLE "turn" ADD CONSTRAINT "turn_end_known" CHECK ("end" IN ('answered', 'settled'));
ALTER TABLE "session" ADD CONSTRAINT "session_kind_known" CHECK ("kind" IN ('call', 'chat'));
ALTER TABLE "session" ADD CONSTRAINT "session_state_known" CHECK ("state" IN ('greeting', 'queued', 'connecting', 'bridged', 'live', 'voicemail', 'ended'));
ALTER TABLE "queue_entry" ADD CONSTRAINT "queue_entry_demand_known" CHECK ("demand" IN ('call', 'chat', 'messages'));
ALTER TABLE "queue_entry" ADD CONSTRAINT "queue_entry_channel_known" CHECK ("channel" IN ('voice', 'webchat', 'email', 'sms', 'whatsapp', 'slack'));
ALTER TABLE "queue_entry" ADD CONSTRAINT "queue_entry_result_known" CHECK ("result" IN ('answered', 'abandoned', 'expired', 'overflowed', 'moved', 'voicemail', 'callback', 'merged', 'spam'));
ALTER TABLE "offer" ADD CONSTRAINT "offer_kind_known" CHECK ("kind" IN ('contact', 'transfer', 'consult', 'session'));
ALTER TABLE "offer" ADD CONSTRAINT "offer_result_known" CHECK ("result" IN ('accepted', 'declined', 'timed-out', 'withdrawn'));
ALTER TABLE "agent_state" ADD CONSTRAINT "agent_state_presence_known" CHECK ("presence" IN ('available', 'break', 'offline'));
ALTER TABLE "agent_state" ADD CONSTRAINT "agent_state_load_known" CHECK ("load" IN ('idle', 'on-contact', 'wrap-up'));
ALTER TABLE "presence_interval" ADD CONSTRAINT "presence_interval_presence_known" CHECK ("presence" IN ('available', 'break', 'offline'));
ALTER TABLE "load_interval" ADD CONSTRAINT "load_interval_load_known" CHECK ("load" IN ('idle', 'on-contact', 'wrap-up'));
ALTER TABLE "sla_clock" ADD CONSTRAINT "sla_clock_kind_known" CHECK ("kind" IN ('time-to-answer', 'first-response', 'next-response', 'resolution'));
ALTER TABLE "sla_clock" ADD CONSTRAINT "sla_clock_state_known" CHECK ("state" IN ('running', 'paused', 'met', 'cancelled'));
ALTER TABLE "survey" ADD CONSTRAINT "survey_kind_known" CHECK ("kind" IN ('csat', 'nps', 'ces'));
ALTER TABLE "survey_invitation" ADD CONSTRAINT "survey_invitation_state_known" CHECK ("state" IN ('scheduled', 'sending', 'sent', 'delivered', 'answered', 'expired', 'cancelled', 'refused'));
ALTER TABLE "receipt" ADD CONSTRAINT "receipt_state_known" CHECK ("state" IN ('stored', 'handled', 'failed', 'quarantined'));
ALTER TABLE "outbound" ADD CONSTRAINT "outbound_state_known" CHECK ("state" IN ('pending', 'sending', 'sent', 'delivered', 'read', 'failed', 'unknown'));
ALTER TABLE "merge_suggestion" ADD CONSTRAINT "merge_suggestion_state_known" CHECK ("state" IN ('open', 'accepted', 'dismissed'));

-- What no use case may write.
ALTER TABLE "agent_skill" ADD CONSTRAINT "agent_skill_level_range" CHECK ("level" BETWEEN 1 AND 5);
ALTER TABLE "contact" ADD CONSTRAINT "contact_closed_says_how" CHECK ("state" <> 'closed' OR ("outcome" IS NOT NULL AND "closed_at" IS NOT NULL));
ALTER TABLE "message" ADD CONSTRAINT "message_seq_positive" CHECK ("seq" > 0);
ALTER TABLE "turn" ADD CONSTRAINT "turn_ended_says_how" CHECK (("ended_at" IS NULL) = ("end" IS NULL));
ALTER TABLE "queue_entry" ADD CONSTRAINT "queue_entry_ended_says_how" CHECK (("ended_at" IS NULL) = ("result" IS NULL));
ALTER TABLE "offer" ADD CONSTRAINT "offer_ended_says_how" CHECK (("ended_at" IS NULL) = ("result" IS NULL));
ALTER TABLE "assignment" ADD CONSTRAINT "assignment_ends_after_release" CHECK ("ended_at" IS NULL OR "released_at" IS NOT NULL);
ALTER TABLE "customer" ADD CONSTRAINT "customer_not_into_itself" CHECK ("merged_into_id" <> "id");
ALTER TABLE "merge" ADD CONSTRAINT "merge_of_two" CHECK ("survivor_id" <> "folded_id");
-- Ordered, so that a pair has one name.
ALTER TABLE "merge_suggestion" ADD CONSTRAINT "merge_suggestion_ordered_pair" CHECK ("customer_a_id" < "customer_b_id");

-- Foreign keys. Nothing with a history is deleted: no cascade. None from what every arrival writes to what all arrivals share
-- (account, queue, agent, policy; these are only ever retired): each would take a shared lock on the same few rows.
ALTER TABLE "team_member" ADD CONSTRAINT "team_member_team_id_fkey" FOREIGN KEY ("team_id") REFERENCES "team" ("id");
ALTER TABLE "team_member" ADD CONSTRAINT "team_member_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agent" ("id");
ALTER TABLE "agent_skill" ADD CONSTRAINT "agent_skill_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agent" ("id");
ALTER TABLE "agent_skill" ADD CONSTRAINT "agent_skill_skill_id_fkey" FOREIGN KEY ("skill_id") REFERENCES "skill" ("id");
ALTER TABLE "queue" ADD CONSTRAINT "queue_team_id_fkey" FOREIGN KEY ("team_id") REFERENCES "team" ("id");
ALTER TABLE "queue" ADD CONSTRAINT "queue_calendar_id_fkey" FOREIGN KEY ("calendar_id") REFERENCES "calendar" ("id");
ALTER TABLE "queue" ADD CONSTRAINT "queue_sla_policy_id_fkey" FOREIGN KEY ("sla_policy_id") REFERENCES "sla_policy" ("id");
ALTER TABLE "queue" ADD CONSTRAINT "queue_survey_id_fkey" FOREIGN KEY ("survey_id") REFERENCES "survey" ("id");
ALTER TABLE "queue_member" ADD CONSTRAINT "queue_member_queue_id_fkey" FOREIGN KEY ("queue_id") REFERENCES "queue" ("id");
ALTER TABLE "queue_member" ADD CONSTRAINT "queue_member_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agent" ("id");
ALTER TABLE "queue_skill" ADD CONSTRAINT "queue_skill_queue_id_fkey" FOREIGN KEY ("queue_id") REFERENCES "queue" ("id");
ALTER TABLE "queue_skill" ADD CONSTRAINT "queue_skill_skill_id_fkey" FOREIGN KEY ("skill_id") REFERENCES "skill" ("id");
ALTER TABLE "sla_policy" ADD CONSTRAINT "sla_policy_calendar_id_fkey" FOREIGN KEY ("calendar_id") REFERENCES "calendar" ("id");
ALTER TABLE "channel_account" ADD CONSTRAINT "channel_account_queue_id_fkey" FOREIGN KEY ("queue_id") REFERENCES "queue" ("id");
ALTER TABLE "customer" ADD CONSTRAINT "customer_company_id_fkey" FOREIGN KEY ("company_id") REFERENCES "company" ("id");
ALTER TABLE "customer" ADD CONSTRAINT "customer_account_owner_id_fkey" FOREIGN KEY ("account_owner_id") REFERENCES "agent" ("id");
ALTER TABLE "customer" ADD CONSTRAINT "customer_merged_into_id_fkey" FOREIGN KEY ("merged_into_id") REFERENCES "customer" ("id");
ALTER TABLE "identity" ADD CONSTRAINT "identity_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customer" ("id");
ALTER TABLE "claim" ADD CONSTRAINT "claim_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customer" ("id");
ALTER TABLE "opt_out" ADD CONSTRAINT "opt_out_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "channel_account" ("id");
ALTER TABLE "visitor" ADD CONSTRAINT "visitor_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "channel_account" ("id");
ALTER TABLE "visitor" ADD CONSTRAINT "visitor_identity_id_fkey" FOREIGN KEY ("identity_id") REFERENCES "identity" ("id");
ALTER TABLE "conversation" ADD CONSTRAINT "conversation_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customer" ("id");
ALTER TABLE "conversation" ADD CONSTRAINT "conversation_folded_into_id_fkey" FOREIGN KEY ("folded_into_id") REFERENCES "conversation" ("id");
ALTER TABLE "conversation_team" ADD CONSTRAINT "conversation_team_conversation_id_fkey" FOREIGN KEY ("conversation_id") REFERENCES "conversation" ("id");
ALTER TABLE "conversation_team" ADD CONSTRAINT "conversation_team_team_id_fkey" FOREIGN KEY ("team_id") REFERENCES "team" ("id");
ALTER TABLE "contact" ADD CONSTRAINT "contact_conversation_id_fkey" FOREIGN KEY ("conversation_id") REFERENCES "conversation" ("id");
ALTER TABLE "message" ADD CONSTRAINT "message_conversation_id_fkey" FOREIGN KEY ("conversation_id") REFERENCES "conversation" ("id");
ALTER TABLE "message" ADD CONSTRAINT "message_contact_id_fkey" FOREIGN KEY ("contact_id") REFERENCES "contact" ("id");
ALTER TABLE "message" ADD CONSTRAINT "message_identity_id_fkey" FOREIGN KEY ("identity_id") REFERENCES "identity" ("id");
ALTER TABLE "message" ADD CONSTRAINT "message_thread_id_fkey" FOREIGN KEY ("thread_id") REFERENCES "thread" ("id");
ALTER TABLE "message_read" ADD CONSTRAINT "message_read_conversation_id_fkey" FOREIGN KEY ("conversation_id") REFERENCES "conversation" ("id");
ALTER TABLE "attachment" ADD CONSTRAINT "attachment_message_id_fkey" FOREIGN KEY ("message_id") REFERENCES "message" ("id");
ALTER TABLE "thread" ADD CONSTRAINT "thread_conversation_id_fkey" FOREIGN KEY ("conversation_id") REFERENCES "conversation" ("id");
ALTER TABLE "thread" ADD CONSTRAINT "thread_identity_id_fkey" FOREIGN KEY ("identity_id") REFERENCES "identity" ("id");
ALTER TABLE "thread_participant" ADD CONSTRAINT "thread_participant_thread_id_fkey" FOREIGN KEY ("thread_id") REFERENCES "thread" ("id");
ALTER TABLE "thread_participant" ADD CONSTRAINT "thread_participant_identity_id_fkey" FOREIGN KEY ("identity_id") REFERENCES "identity" ("id");
ALTER TABLE "turn" ADD CONSTRAINT "turn_conversation_id_fkey" FOREIGN KEY ("conversation_id") REFERENCES "conversation" ("id");
ALTER TABLE "turn" ADD CONSTRAINT "turn_contact_id_fkey" FOREIGN KEY ("contact_id") REFERENCES "contact" ("id");
ALTER TABLE "session" ADD CONSTRAINT "session_contact_id_fkey" FOREIGN KEY ("contact_id") REFERENCES "contact" ("id");
ALTER TABLE "queue_entry" ADD CONSTRAINT "queue_entry_contact_id_fkey" FOREIGN KEY ("contact_id") REFERENCES "contact" ("id");
ALTER TABLE "offer" ADD CONSTRAINT "offer_contact_id_fkey" FOREIGN KEY ("contact_id") REFERENCES "contact" ("id");
ALTER TABLE "assignment" ADD CONSTRAINT "assignment_contact_id_fkey" FOREIGN KEY ("contact_id") REFERENCES "contact" ("id");
ALTER TABLE "agent_state" ADD CONSTRAINT "agent_state_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agent" ("id");
ALTER TABLE "presence_interval" ADD CONSTRAINT "presence_interval_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agent" ("id");
ALTER TABLE "load_interval" ADD CONSTRAINT "load_interval_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agent" ("id");
ALTER TABLE "work_interval" ADD CONSTRAINT "work_interval_assignment_id_fkey" FOREIGN KEY ("assignment_id") REFERENCES "assignment" ("id");
ALTER TABLE "sla_clock" ADD CONSTRAINT "sla_clock_contact_id_fkey" FOREIGN KEY ("contact_id") REFERENCES "contact" ("id");
ALTER TABLE "survey_invitation" ADD CONSTRAINT "survey_invitation_survey_id_fkey" FOREIGN KEY ("survey_id") REFERENCES "survey" ("id");
ALTER TABLE "survey_invitation" ADD CONSTRAINT "survey_invitation_contact_id_fkey" FOREIGN KEY ("contact_id") REFERENCES "contact" ("id");
ALTER TABLE "survey_invitation" ADD CONSTRAINT "survey_invitation_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customer" ("id");
ALTER TABLE "survey_invitation" ADD CONSTRAINT "survey_invitation_identity_id_fkey" FOREIGN KEY ("identity_id") REFERENCES "identity" ("id");
ALTER TABLE "survey_response" ADD CONSTRAINT "survey_response_invitation_id_fkey" FOREIGN KEY ("invitation_id") REFERENCES "survey_invitation" ("id");
ALTER TABLE "cause" ADD CONSTRAINT "cause_department_id_fkey" FOREIGN KEY ("department_id") REFERENCES "department" ("id");
ALTER TABLE "follow_up" ADD CONSTRAINT "follow_up_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customer" ("id");
ALTER TABLE "follow_up" ADD CONSTRAINT "follow_up_conversation_id_fkey" FOREIGN KEY ("conversation_id") REFERENCES "conversation" ("id");
ALTER TABLE "follow_up" ADD CONSTRAINT "follow_up_contact_id_fkey" FOREIGN KEY ("contact_id") REFERENCES "contact" ("id");
ALTER TABLE "follow_up" ADD CONSTRAINT "follow_up_department_id_fkey" FOREIGN KEY ("department_id") REFERENCES "department" ("id");
ALTER TABLE "follow_up" ADD CONSTRAINT "follow_up_cause_id_fkey" FOREIGN KEY ("cause_id") REFERENCES "cause" ("id");
ALTER TABLE "merge" ADD CONSTRAINT "merge_survivor_id_fkey" FOREIGN KEY ("survivor_id") REFERENCES "customer" ("id");
ALTER TABLE "merge" ADD CONSTRAINT "merge_folded_id_fkey" FOREIGN KEY ("folded_id") REFERENCES "customer" ("id");
ALTER TABLE "merge_item" ADD CONSTRAINT "merge_item_merge_id_fkey" FOREIGN KEY ("merge_id") REFERENCES "merge" ("id");
ALTER TABLE "merge_suggestion" ADD CONSTRAINT "merge_suggestion_customer_a_id_fkey" FOREIGN KEY ("customer_a_id") REFERENCES "customer" ("id");
ALTER TABLE "merge_suggestion" ADD CONSTRAINT "merge_suggestion_customer_b_id_fkey" FOREIGN KEY ("customer_b_id") REFERENCES "customer" ("id");
ALTER TABLE "merge_suggestion" ADD CONSTRAINT "merge_suggestion_merge_id_fkey" FOREIGN KEY ("merge_id") REFERENCES "merge" ("id");
ALTER TABLE "outbound" ADD CONSTRAINT "outbound_message_id_fkey" FOREIGN KEY ("message_id") REFERENCES "message" ("id");

-- By what a merge, an undo and a customer's own page ask for.
CREATE INDEX "session_conversation" ON "session" ("conversation_id");
CREATE INDEX "queue_entry_contact" ON "queue_entry" ("contact_id");
CREATE INDEX "offer_contact" ON "offer" ("contact_id");
CREATE INDEX "outbound_conversation" ON "outbound" ("conversation_id");
CREATE INDEX "one_time_code_customer" ON "one_time_code" ("customer_id");
CREATE INDEX "survey_response_customer" ON "survey_response" ("customer_id");
CREATE INDEX "message_read_conversation" ON "message_read" ("conversation_id");
CREATE INDEX "customer_merged_into" ON "customer" ("merged_into_id") WHERE "merged_into_id" IS NOT NULL;

-- Search by parts of words in any language; Chinese has no spaces that a word index could split at.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE INDEX "customer_name_trigrams" ON "customer" USING gin ("name" gin_trgm_ops);
CREATE INDEX "identity_trigrams" ON "identity" USING gin ("value" gin_trgm_ops, "display_name" gin_trgm_ops) WHERE "kind" IN ('phone', 'email', 'slack-user');
CREATE INDEX "message_text_trigrams" ON "message" USING gin ("text" gin_trgm_ops) WHERE "text" <> '';
