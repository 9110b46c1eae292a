-- The lists of the inbox in their own order: a page is found without sorting what is open.
CREATE INDEX "contact_latest" ON "contact" ((coalesce("last_message_at", "opened_at")) DESC, "id" DESC) WHERE "state" <> 'closed';
CREATE INDEX "contact_latest_of_owner" ON "contact" ("owner_id", (coalesce("last_message_at", "opened_at")) DESC, "id" DESC) WHERE "state" <> 'closed';
CREATE INDEX "contact_latest_closed" ON "contact" ((coalesce("closed_at", '-infinity'::timestamptz)) DESC, "id" DESC) WHERE "state" = 'closed';
CREATE INDEX "contact_opened_at_id_idx" ON "contact" ("opened_at" DESC, "id" DESC);
CREATE INDEX "queue_entry_since" ON "queue_entry" ("enqueued_at", "contact_id") WHERE (ended_at IS NULL);
