-- What of the contacts is due is looked for every few seconds.
CREATE INDEX "contact_pending_until" ON "contact" ("pending_until") WHERE (pending_until IS NOT NULL AND state <> 'closed');
CREATE INDEX "contact_snoozed_until" ON "contact" ("snoozed_until") WHERE (snoozed_until IS NOT NULL AND state <> 'closed');
CREATE INDEX "contact_wrap_up_until" ON "contact" ("wrap_up_until") WHERE (wrap_up_until IS NOT NULL AND state <> 'closed');
