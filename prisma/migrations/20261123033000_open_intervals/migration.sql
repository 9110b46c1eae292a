-- The interval that goes on is ended with every change of presence and load; all an agent ever had was read for it.
CREATE INDEX "presence_interval_open" ON "presence_interval"("agent_id") WHERE (ended_at IS NULL);
CREATE INDEX "load_interval_open" ON "load_interval"("agent_id") WHERE (ended_at IS NULL);
