-- AlterTable
ALTER TABLE "queue_entry" ADD COLUMN     "callback" JSONB,
ADD COLUMN     "overflow_at" TIMESTAMPTZ(3),
ADD COLUMN     "overflow_told" TEXT[] DEFAULT ARRAY[]::TEXT[];

-- CreateIndex
CREATE INDEX "queue_entry_overflow_due" ON "queue_entry"("overflow_at") WHERE (ended_at IS NULL AND overflow_at IS NOT NULL);
