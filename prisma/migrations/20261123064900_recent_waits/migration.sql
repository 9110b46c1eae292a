-- How long those waited of late who were answered, without reading what all queues ended within these hours.
CREATE INDEX "queue_entry_answered" ON "queue_entry"("queue_id", "demand", "ended_at" DESC) WHERE (result = 'answered');
