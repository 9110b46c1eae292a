-- The check after a follow-up is one survey for all of them, and may be sent again when a follow-up is opened again.
DROP INDEX "survey_invitation_contact_id_survey_id_key";
CREATE UNIQUE INDEX "survey_invitation_once" ON "survey_invitation"("contact_id", "survey_id") WHERE (follow_up_id IS NULL);
CREATE INDEX "survey_invitation_follow_up_id_idx" ON "survey_invitation"("follow_up_id");
INSERT INTO "survey" ("id", "name", "kind", "purpose", "questions", "quiet_ms", "expiry_ms", "low_at_most", "reminds")
VALUES ('019a0000-0000-7000-8000-0000000000c1', 'Is it right now?', 'csat', 'recheck', '[]', 0, 259200000, 2, false) ON CONFLICT DO NOTHING;
