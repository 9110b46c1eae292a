-- Who helps on a call has a leg of their own in it: a session without a contact, so that they count as on a call and the contact has one call.
ALTER TABLE "consult" ADD COLUMN "session_id" UUID;
