-- A contact writes some thirty numbers of rooms and changes ten events: by conversation nobody asks for events, and the age of numbers, which come in order, needs no row each.
DROP INDEX "event_conversation_id_position_idx";
DROP INDEX "room_event_at_idx";
CREATE INDEX "room_event_at_idx" ON "room_event" USING BRIN ("at");

-- Most changes of a contact happen while nobody has it.
DROP INDEX "contact_owner_id_idx";
CREATE INDEX "contact_owner" ON "contact"("owner_id") WHERE (owner_id IS NOT NULL);
