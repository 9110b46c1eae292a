-- DropIndex
DROP INDEX "sla_clock_to_warn";

-- AlterTable: one warning share becomes steps with actions; a policy may say what it is for.
ALTER TABLE "sla_policy" ADD COLUMN "steps" JSONB NOT NULL DEFAULT '[{"share": 0.8, "actions": []}]',
ADD COLUMN "applies" JSONB,
ADD COLUMN "position" INTEGER NOT NULL DEFAULT 0;
UPDATE "sla_policy" SET "steps" = jsonb_build_array(jsonb_build_object('share', "warn_share", 'actions', '[]'::jsonb));
ALTER TABLE "sla_policy" DROP COLUMN "warn_share";

-- AlterTable: a clock keeps the hours it runs by, and which warnings were given.
ALTER TABLE "sla_clock" ADD COLUMN "warn_shares" DOUBLE PRECISION[] NOT NULL DEFAULT '{0.8}',
ADD COLUMN "warned_share" DOUBLE PRECISION,
ADD COLUMN "calendar_id" UUID,
ADD COLUMN "calendar_version" INTEGER,
ADD COLUMN "timed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;
UPDATE "sla_clock" s SET "warned_share" = CASE WHEN s."warned_at" IS NOT NULL THEN 0.8 END, "warn_at" = CASE WHEN s."warned_at" IS NULL THEN s."warn_at" END,
  "calendar_id" = ca."id", "calendar_version" = ca."version"
FROM "sla_policy" p LEFT JOIN "queue" q ON true LEFT JOIN "calendar" ca ON ca."id" = COALESCE(p."calendar_id", q."calendar_id")
WHERE p."id" = s."policy_id" AND q."id" = s."queue_id";

-- CreateTable
CREATE TABLE "calendar_past" (
    "calendar_id" UUID NOT NULL,
    "version" INTEGER NOT NULL,
    "time_zone" TEXT NOT NULL,
    "periods" JSONB NOT NULL,
    "exceptions" JSONB NOT NULL,

    CONSTRAINT "calendar_past_pkey" PRIMARY KEY ("calendar_id","version")
);

-- CreateTable
CREATE TABLE "sla_escalation" (
    "id" UUID NOT NULL,
    "clock_id" UUID NOT NULL,
    "contact_id" UUID NOT NULL,
    "policy_id" UUID NOT NULL,
    "share" DOUBLE PRECISION NOT NULL,
    "position" INTEGER NOT NULL,
    "action" JSONB NOT NULL,
    "state" TEXT NOT NULL,
    "reason" TEXT,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3),
    "outbound_id" UUID,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "done_at" TIMESTAMPTZ(3),

    CONSTRAINT "sla_escalation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "contact_watcher" (
    "contact_id" UUID NOT NULL,
    "agent_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "contact_watcher_pkey" PRIMARY KEY ("contact_id","agent_id")
);

-- CreateTable
CREATE TABLE "notification" (
    "id" UUID NOT NULL,
    "agent_id" UUID NOT NULL,
    "contact_id" UUID,
    "kind" TEXT NOT NULL,
    "facts" JSONB NOT NULL DEFAULT '{}',
    "at" TIMESTAMPTZ(3) NOT NULL,
    "read_at" TIMESTAMPTZ(3),

    CONSTRAINT "notification_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "sla_escalation_clock_id_share_position_key" ON "sla_escalation"("clock_id", "share", "position");

-- CreateIndex
CREATE INDEX "sla_escalation_contact_id_idx" ON "sla_escalation"("contact_id");

-- CreateIndex
CREATE INDEX "sla_escalation_to_send" ON "sla_escalation"("next_attempt_at") WHERE (state = 'pending');

-- CreateIndex
CREATE INDEX "notification_agent_id_at_idx" ON "notification"("agent_id", "at" DESC);

-- CreateIndex
CREATE INDEX "sla_clock_to_warn" ON "sla_clock"("warn_at") WHERE (state = 'running' AND warn_at IS NOT NULL);

-- CreateIndex
CREATE INDEX "sla_clock_next_of_queue" ON "sla_clock"("queue_id", "due_at") WHERE (state = 'running' AND breached_at IS NULL);

-- CreateIndex
CREATE INDEX "sla_clock_to_retime" ON "sla_clock"("timed_at") WHERE (state IN ('running', 'paused'));

-- Closed sets and references
ALTER TABLE "sla_escalation" ADD CONSTRAINT "sla_escalation_state_known" CHECK ("state" IN ('pending', 'done', 'skipped', 'failed'));
ALTER TABLE "notification" ADD CONSTRAINT "notification_kind_known" CHECK ("kind" IN ('sla-warned', 'sla-breached'));
ALTER TABLE "calendar_past" ADD CONSTRAINT "calendar_past_calendar_id_fkey" FOREIGN KEY ("calendar_id") REFERENCES "calendar" ("id");
ALTER TABLE "sla_escalation" ADD CONSTRAINT "sla_escalation_clock_id_fkey" FOREIGN KEY ("clock_id") REFERENCES "sla_clock" ("id");
ALTER TABLE "contact_watcher" ADD CONSTRAINT "contact_watcher_contact_id_fkey" FOREIGN KEY ("contact_id") REFERENCES "contact" ("id");
ALTER TABLE "contact_watcher" ADD CONSTRAINT "contact_watcher_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agent" ("id");
ALTER TABLE "notification" ADD CONSTRAINT "notification_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agent" ("id");
