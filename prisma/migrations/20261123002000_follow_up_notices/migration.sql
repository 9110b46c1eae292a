-- Whoever a follow-up is given to, whose customer says it is not right, or who let it run over, is told.
ALTER TABLE "notification" DROP CONSTRAINT "notification_kind_known", ADD CONSTRAINT "notification_kind_known" CHECK ("kind" IN ('sla-warned', 'sla-breached', 'not-accepted', 'follow-up-given', 'follow-up-again', 'follow-up-overdue'));
-- What people had who are gone is nobody's, and listed as that.
UPDATE "follow_up" f SET "owner_id" = NULL, "version" = f."version" + 1 FROM "agent" a WHERE a."id" = f."owner_id" AND a."retired_at" IS NOT NULL AND f."state" = 'open';
