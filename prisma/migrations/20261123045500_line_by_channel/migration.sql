-- Whether anything of a kind waits at all, and in which queues, without reading the line.
CREATE INDEX "queue_entry_by_channel" ON "queue_entry"("channel", "queue_id") WHERE (ended_at IS NULL);
