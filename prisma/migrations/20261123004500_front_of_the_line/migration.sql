-- The front of the line over all queues, without reading the rest of it.
CREATE INDEX "queue_entry_front" ON "queue_entry"("rank_at", "id") WHERE (ended_at IS NULL);
