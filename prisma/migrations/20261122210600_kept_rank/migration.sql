-- A place that an entry keeps whatever changes later: whoever went back to the front, or joined another's place.
ALTER TABLE "queue_entry" ADD COLUMN "kept_rank_at" TIMESTAMPTZ(3);
UPDATE "queue_entry" SET "kept_rank_at" = "rank_at" WHERE "ended_at" IS NULL;
