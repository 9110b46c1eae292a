-- Whether anything of a kind waits at all, in which queues, and behind which place, without reading the line.
CREATE INDEX "queue_entry_by_channel" ON "queue_entry"("channel", "queue_id", "rank_at", "id") WHERE (ended_at IS NULL);
