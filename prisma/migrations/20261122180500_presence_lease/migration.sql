-- AlterTable
ALTER TABLE "agent_state" ADD COLUMN     "lease_until" TIMESTAMPTZ(3);
