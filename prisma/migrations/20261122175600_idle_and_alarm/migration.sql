-- AlterTable
ALTER TABLE "queue" ADD COLUMN     "keep_idle" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "agent_state" ADD COLUMN     "live_held" INTEGER NOT NULL DEFAULT 0;

-- By hand
ALTER TABLE "queue" ADD CONSTRAINT "queue_keep_idle_range" CHECK ("keep_idle" BETWEEN 0 AND 1000);
UPDATE "agent_state" s SET "live_held" = coalesce((SELECT sum(a."live_units") FROM "assignment" a WHERE a."agent_id" = s."agent_id" AND a."ended_at" IS NULL), 0);
ALTER TABLE "notification" DROP CONSTRAINT "notification_kind_known", ADD CONSTRAINT "notification_kind_known" CHECK ("kind" IN ('sla-warned', 'sla-breached', 'not-accepted'));
