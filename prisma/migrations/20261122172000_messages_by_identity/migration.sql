-- What we last sent to an address, and how much of it by ourselves today, is asked for with every message that comes from it.
CREATE INDEX "message_sent_to_identity" ON "message" ("identity_id", "at" DESC, "id" DESC) WHERE "direction" = 'outbound';
