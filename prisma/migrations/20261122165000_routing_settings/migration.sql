-- AlterTable
ALTER TABLE "queue" ADD COLUMN     "account_owner_hold_ms" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "last_agent_days" INTEGER NOT NULL DEFAULT 7,
ADD COLUMN     "last_agent_hold_ms" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "pull" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "rings" JSONB NOT NULL DEFAULT '[]';

-- AlterTable
ALTER TABLE "queue_member" ADD COLUMN     "priority" INTEGER NOT NULL DEFAULT 1,
ADD COLUMN     "units" JSONB NOT NULL DEFAULT '{}';

-- AlterTable
ALTER TABLE "contact" ADD COLUMN     "skills" JSONB NOT NULL DEFAULT '[]',
ADD COLUMN     "urgent" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "queue_entry" ADD COLUMN     "skills" JSONB NOT NULL DEFAULT '[]';

-- CreateTable
CREATE TABLE "wait_reason" (
    "entry_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "reason" TEXT NOT NULL,
    "excluded" JSONB NOT NULL DEFAULT '{}',
    "next_change_at" TIMESTAMPTZ(3),

    CONSTRAINT "wait_reason_pkey" PRIMARY KEY ("entry_id","at")
);

-- CreateTable
CREATE TABLE "consult" (
    "id" UUID NOT NULL,
    "offer_id" UUID NOT NULL,
    "agent_id" UUID NOT NULL,
    "joined_at" TIMESTAMPTZ(3) NOT NULL,
    "left_at" TIMESTAMPTZ(3),
    "left_reason" TEXT,
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "consult_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "wait_reason_at_idx" ON "wait_reason"("at");

-- CreateIndex
CREATE UNIQUE INDEX "consult_offer_id_key" ON "consult"("offer_id");

-- CreateIndex
CREATE INDEX "consult_of_agent" ON "consult"("agent_id") WHERE (left_at IS NULL);

-- By hand
UPDATE "queue" SET "rings" = coalesce("overflow"->'rings', '[]'), "overflow" = "overflow" - 'rings';
ALTER TABLE "queue_member" ADD CONSTRAINT "queue_member_priority_range" CHECK ("priority" BETWEEN 1 AND 9);
ALTER TABLE "consult" ADD CONSTRAINT "consult_offer_id_fkey" FOREIGN KEY ("offer_id") REFERENCES "offer" ("id");
