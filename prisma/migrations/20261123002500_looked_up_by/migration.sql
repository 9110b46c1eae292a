-- What is looked up with every reply, acceptance and merge, and was read whole for it.
CREATE INDEX "assignment_conversation_id_accepted_at_idx" ON "assignment"("conversation_id", "accepted_at");
CREATE INDEX "assignment_agent_id_accepted_at_idx" ON "assignment"("agent_id", "accepted_at");
CREATE INDEX "message_identity_id_channel_at_idx" ON "message"("identity_id", "channel", "at");
CREATE INDEX "message_of_thread" ON "message"("thread_id", "at") WHERE (thread_id IS NOT NULL);
CREATE INDEX "session_message_id_idx" ON "session"("message_id");
CREATE INDEX "session_visitor_id_started_at_idx" ON "session"("visitor_id", "started_at");
CREATE INDEX "session_of_identity" ON "session"("identity_id") WHERE (ended_at IS NULL);
CREATE INDEX "visitor_identity_id_idx" ON "visitor"("identity_id");
CREATE INDEX "visitor_site_user_identity_id_idx" ON "visitor"("site_user_identity_id");
CREATE INDEX "turn_answered_by" ON "turn"("answered_by_message_id") WHERE (answered_by_message_id IS NOT NULL);
CREATE INDEX "outbound_of_invitation" ON "outbound"("invitation_id") WHERE (invitation_id IS NOT NULL);
CREATE INDEX "outbound_of_session" ON "outbound"("session_id") WHERE (session_id IS NOT NULL);
CREATE INDEX "outbound_contact_id_idx" ON "outbound"("contact_id");
CREATE INDEX "survey_invitation_conversation_id_idx" ON "survey_invitation"("conversation_id");
CREATE INDEX "follow_up_conversation_id_idx" ON "follow_up"("conversation_id");
