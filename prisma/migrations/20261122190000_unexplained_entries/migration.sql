-- While nobody has room, routing looks only at what is new in the line: it must not read past all that waits to find it.
CREATE INDEX "queue_entry_unexplained" ON "queue_entry" ("rank_at", "id") WHERE "ended_at" IS NULL AND "reason" IS NULL;
