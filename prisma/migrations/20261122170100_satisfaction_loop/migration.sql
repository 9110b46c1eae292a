-- Surveys of several questions, the satisfaction loop, dimensions, stages of customers, reports that take a while.

ALTER TABLE "survey" ADD COLUMN "purpose" TEXT NOT NULL DEFAULT 'contact',
ADD COLUMN "rule" JSONB NOT NULL DEFAULT '{}',
ADD COLUMN "sampling_share" DOUBLE PRECISION NOT NULL DEFAULT 1,
ADD COLUMN "reminds" BOOLEAN NOT NULL DEFAULT true;
ALTER TABLE "survey" DROP CONSTRAINT "survey_kind_known";
ALTER TABLE "survey" ADD CONSTRAINT "survey_kind_known" CHECK ("kind" IN ('csat', 'nps', 'ces', 'csi'));
ALTER TABLE "survey" ADD CONSTRAINT "survey_purpose_known" CHECK ("purpose" IN ('contact', 'recheck'));

ALTER TABLE "survey_invitation" ADD COLUMN "questions" JSONB,
ADD COLUMN "asked" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN "opened_at" TIMESTAMPTZ(3),
ADD COLUMN "follow_up_id" UUID;

-- Each answer of a response: `position` in the questions as they were asked.
CREATE TABLE "survey_answer" (
    "response_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "ask" TEXT NOT NULL,
    "dimension_id" UUID,
    "score" INTEGER NOT NULL,

    CONSTRAINT "survey_answer_pkey" PRIMARY KEY ("response_id", "position")
);
CREATE INDEX "survey_answer_dimension_id_idx" ON "survey_answer"("dimension_id");
ALTER TABLE "survey_answer" ADD CONSTRAINT "survey_answer_response_id_fkey" FOREIGN KEY ("response_id") REFERENCES "survey_response" ("id");
ALTER TABLE "survey_answer" ADD CONSTRAINT "survey_answer_ask_known" CHECK ("ask" IN ('score', 'against-expectation', 'against-ideal', 'perceived', 'expected', 'importance'));
INSERT INTO "survey_answer" ("response_id", "position", "ask", "score") SELECT "id", 0, 'score', "score" FROM "survey_response";

CREATE TABLE "dimension" (
    "id" UUID NOT NULL,
    "name" JSONB NOT NULL,
    "weight" DOUBLE PRECISION NOT NULL DEFAULT 1,
    "position" INTEGER NOT NULL DEFAULT 0,
    "retired_at" TIMESTAMPTZ(3),

    CONSTRAINT "dimension_pkey" PRIMARY KEY ("id")
);
ALTER TABLE "survey_answer" ADD CONSTRAINT "survey_answer_dimension_id_fkey" FOREIGN KEY ("dimension_id") REFERENCES "dimension" ("id");
INSERT INTO "dimension" ("id", "name", "position") VALUES
  ('019a0000-0000-7000-8000-0000000000d1', '{"en": "Product", "zh": "产品"}', 1),
  ('019a0000-0000-7000-8000-0000000000d2', '{"en": "Service", "zh": "服务"}', 2),
  ('019a0000-0000-7000-8000-0000000000d3', '{"en": "Contact with us", "zh": "沟通接触"}', 3),
  ('019a0000-0000-7000-8000-0000000000d4', '{"en": "Price", "zh": "价格"}', 4);

ALTER TABLE "department" ADD COLUMN "due_ms" BIGINT NOT NULL DEFAULT 86400000;

ALTER TABLE "follow_up" ADD COLUMN "handled_at" TIMESTAMPTZ(3),
ADD COLUMN "recheck" TEXT NOT NULL DEFAULT 'none',
ADD COLUMN "recheck_score" INTEGER,
ADD COLUMN "overdue_at" TIMESTAMPTZ(3),
ADD COLUMN "source" JSONB NOT NULL DEFAULT '{}';
ALTER TABLE "follow_up" ADD CONSTRAINT "follow_up_recheck_known" CHECK ("recheck" IN ('none', 'sent', 'answered', 'expired', 'by-hand'));
UPDATE "follow_up" SET "handled_at" = "closed_at" WHERE "remedy" IS NOT NULL;
UPDATE "follow_up" SET "recheck" = 'by-hand' WHERE "rechecked_at" IS NOT NULL;
CREATE INDEX "follow_up_created_at_idx" ON "follow_up"("created_at");
CREATE INDEX "follow_up_overdue" ON "follow_up"("due_at") WHERE (state = 'open' AND handled_at IS NULL AND overdue_at IS NULL);
CREATE INDEX "sla_clock_breached" ON "sla_clock"("breached_at") WHERE (breached_at IS NOT NULL);

-- What happened to a follow-up: recorded, taken, handed over, handled, re-checked, fed back.
CREATE TABLE "follow_up_step" (
    "id" UUID NOT NULL,
    "follow_up_id" UUID NOT NULL,
    "step" TEXT NOT NULL,
    "actor_id" UUID,
    "facts" JSONB NOT NULL DEFAULT '{}',
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "follow_up_step_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "follow_up_step_follow_up_id_idx" ON "follow_up_step"("follow_up_id");
ALTER TABLE "follow_up_step" ADD CONSTRAINT "follow_up_step_follow_up_id_fkey" FOREIGN KEY ("follow_up_id") REFERENCES "follow_up" ("id");
ALTER TABLE "follow_up_step" ADD CONSTRAINT "follow_up_step_step_known" CHECK ("step" IN ('recorded', 'assigned', 'handed-over', 'overdue', 'handled', 'recheck-sent', 'recheck-answered', 'recheck-expired', 'rechecked-by-hand', 'fed-back', 'opened-again'));

ALTER TABLE "customer" ADD COLUMN "orders" INTEGER,
ADD COLUMN "last_order_at" TIMESTAMPTZ(3);

-- Derived from what is known of a customer; worked out anew on change and each night, never moved by a merge.
CREATE TABLE "customer_standing" (
    "customer_id" UUID NOT NULL,
    "stage" TEXT NOT NULL,
    "value_class" TEXT,
    "reasons" JSONB NOT NULL DEFAULT '[]',
    "frequency" INTEGER NOT NULL,
    "last_active_at" TIMESTAMPTZ(3),
    "since" TIMESTAMPTZ(3) NOT NULL,
    "computed_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "customer_standing_pkey" PRIMARY KEY ("customer_id")
);
CREATE INDEX "customer_standing_stage_idx" ON "customer_standing"("stage", "customer_id");
ALTER TABLE "customer_standing" ADD CONSTRAINT "customer_standing_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customer" ("id");
ALTER TABLE "customer_standing" ADD CONSTRAINT "customer_standing_stage_known" CHECK ("stage" IN ('prospect', 'customer', 'loyal', 'at-risk', 'lost', 'won-back'));
ALTER TABLE "customer_standing" ADD CONSTRAINT "customer_standing_value_class_known" CHECK ("value_class" IN ('A', 'B', 'C'));

CREATE TABLE "stage_change" (
    "id" UUID NOT NULL,
    "customer_id" UUID NOT NULL,
    "from_stage" TEXT,
    "to_stage" TEXT NOT NULL,
    "reasons" JSONB NOT NULL DEFAULT '[]',
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "stage_change_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "stage_change_customer_id_idx" ON "stage_change"("customer_id");
CREATE INDEX "stage_change_at_idx" ON "stage_change"("at");

CREATE TABLE "report_run" (
    "id" UUID NOT NULL,
    "report" TEXT NOT NULL,
    "format" TEXT NOT NULL,
    "filter" JSONB NOT NULL DEFAULT '{}',
    "state" TEXT NOT NULL DEFAULT 'queued',
    "rows_done" INTEGER NOT NULL DEFAULT 0,
    "rows_total" INTEGER,
    "file_key" TEXT,
    "problem" TEXT,
    "created_by" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "lease_until" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "report_run_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "report_run_open" ON "report_run"("created_at") WHERE (state IN ('queued', 'running'));
CREATE INDEX "report_run_created_by_created_at_idx" ON "report_run"("created_by", "created_at");
ALTER TABLE "report_run" ADD CONSTRAINT "report_run_state_known" CHECK ("state" IN ('queued', 'running', 'done', 'failed'));
