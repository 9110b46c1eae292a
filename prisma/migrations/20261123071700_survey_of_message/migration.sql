-- Every text of a known sender asks whether the last thing said to them was a survey: without it all invitations there are were read.
CREATE INDEX "survey_invitation_of_message" ON "survey_invitation"("message_id") WHERE message_id IS NOT NULL;
