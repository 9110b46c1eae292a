-- Whether an agent is on a call is asked for every agent in every routing decision, at every accept and change of load; which calls
-- go on at every sweep. Only the sessions that go on answer that, whatever the history holds.
CREATE INDEX "session_of_agent" ON "session"("agent_id") WHERE (ended_at IS NULL);
