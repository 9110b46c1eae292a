-- DropIndex
DROP INDEX "survey_invitation_token_hash_key";

-- AlterTable
ALTER TABLE "survey_invitation" DROP COLUMN "token_hash",
ADD COLUMN     "reminded_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "follow_up" ADD COLUMN     "rechecked_at" TIMESTAMPTZ(3);

-- CreateIndex
CREATE INDEX "turn_started_at_idx" ON "turn"("started_at");

-- CreateIndex
CREATE INDEX "sla_clock_turn_id_idx" ON "sla_clock"("turn_id");

-- CreateIndex
CREATE INDEX "survey_invitation_to_expire" ON "survey_invitation"("expires_at") WHERE (state IN ('sending', 'sent', 'delivered'));

-- CreateIndex
CREATE INDEX "follow_up_contact_id_idx" ON "follow_up"("contact_id");

-- CreateIndex
CREATE INDEX "follow_up_of_owner" ON "follow_up"("owner_id") WHERE (state = 'open');
