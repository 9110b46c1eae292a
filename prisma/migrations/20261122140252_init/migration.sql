-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "agent" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "email_verified" BOOLEAN NOT NULL DEFAULT false,
    "image" TEXT,
    "role" TEXT NOT NULL DEFAULT 'agent',
    "banned" BOOLEAN,
    "ban_reason" TEXT,
    "ban_expires" TIMESTAMPTZ(3),
    "two_factor_enabled" BOOLEAN,
    "locale" TEXT NOT NULL DEFAULT 'en',
    "phone" TEXT,
    "slack_user_id" TEXT,
    "live_units" INTEGER NOT NULL DEFAULT 100,
    "deferred_units" INTEGER NOT NULL DEFAULT 100,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "retired_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "agent_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "staff_session" (
    "id" UUID NOT NULL,
    "token" TEXT NOT NULL,
    "agent_id" UUID NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "ip_address" TEXT,
    "user_agent" TEXT,
    "impersonated_by" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "staff_session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "staff_account" (
    "id" UUID NOT NULL,
    "account_id" TEXT NOT NULL,
    "provider_id" TEXT NOT NULL,
    "agent_id" UUID NOT NULL,
    "access_token" TEXT,
    "refresh_token" TEXT,
    "id_token" TEXT,
    "access_token_expires_at" TIMESTAMPTZ(3),
    "refresh_token_expires_at" TIMESTAMPTZ(3),
    "scope" TEXT,
    "password" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "staff_account_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "staff_verification" (
    "id" UUID NOT NULL,
    "identifier" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "staff_verification_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "staff_two_factor" (
    "id" UUID NOT NULL,
    "secret" TEXT NOT NULL,
    "backup_codes" TEXT NOT NULL,
    "verified" BOOLEAN DEFAULT false,
    "failed_verification_count" INTEGER DEFAULT 0,
    "locked_until" TIMESTAMPTZ(3),
    "agent_id" UUID NOT NULL,

    CONSTRAINT "staff_two_factor_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_key" (
    "id" UUID NOT NULL,
    "config_id" TEXT NOT NULL DEFAULT 'default',
    "name" TEXT,
    "start" TEXT,
    "prefix" TEXT,
    "key" TEXT NOT NULL,
    "reference_id" UUID NOT NULL,
    "refill_interval" INTEGER,
    "refill_amount" INTEGER,
    "last_refill_at" TIMESTAMPTZ(3),
    "enabled" BOOLEAN DEFAULT true,
    "rate_limit_enabled" BOOLEAN,
    "rate_limit_time_window" INTEGER,
    "rate_limit_max" INTEGER,
    "request_count" INTEGER,
    "remaining" INTEGER,
    "last_request" TIMESTAMPTZ(3),
    "expires_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "permissions" TEXT,
    "metadata" TEXT,

    CONSTRAINT "api_key_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "staff_invite" (
    "id" UUID NOT NULL,
    "email" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "team_ids" UUID[],
    "queue_ids" UUID[],
    "token_hash" TEXT NOT NULL,
    "invited_by" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "accepted_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "staff_invite_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "team" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "retired_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "team_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "team_member" (
    "team_id" UUID NOT NULL,
    "agent_id" UUID NOT NULL,

    CONSTRAINT "team_member_pkey" PRIMARY KEY ("team_id","agent_id")
);

-- CreateTable
CREATE TABLE "skill" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "retired_at" TIMESTAMPTZ(3),

    CONSTRAINT "skill_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "agent_skill" (
    "agent_id" UUID NOT NULL,
    "skill_id" UUID NOT NULL,
    "level" INTEGER NOT NULL,

    CONSTRAINT "agent_skill_pkey" PRIMARY KEY ("agent_id","skill_id")
);

-- CreateTable
CREATE TABLE "audit_entry" (
    "id" UUID NOT NULL,
    "actor_id" UUID,
    "action" TEXT NOT NULL,
    "target_kind" TEXT NOT NULL,
    "target_id" TEXT,
    "facts" JSONB NOT NULL DEFAULT '{}',
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "audit_entry_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "calendar" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "time_zone" TEXT NOT NULL,
    "periods" JSONB NOT NULL,
    "exceptions" JSONB NOT NULL DEFAULT '[]',
    "version" INTEGER NOT NULL DEFAULT 1,
    "retired_at" TIMESTAMPTZ(3),

    CONSTRAINT "calendar_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "queue" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "team_id" UUID NOT NULL,
    "restricted" BOOLEAN NOT NULL DEFAULT false,
    "calendar_id" UUID,
    "sla_policy_id" UUID,
    "survey_id" UUID,
    "head_start" JSONB NOT NULL DEFAULT '{}',
    "sla_margin_ms" INTEGER NOT NULL DEFAULT 60000,
    "offer_timeout_ms" JSONB NOT NULL DEFAULT '{}',
    "units" JSONB NOT NULL DEFAULT '{}',
    "reopen_ms" JSONB NOT NULL DEFAULT '{}',
    "wrap_up_limit_ms" INTEGER NOT NULL DEFAULT 60000,
    "pending_limit_ms" INTEGER NOT NULL DEFAULT 259200000,
    "owner_hold_ms" INTEGER NOT NULL DEFAULT 60000,
    "auto_accept" BOOLEAN NOT NULL DEFAULT false,
    "greeting" JSONB NOT NULL DEFAULT '{}',
    "overflow" JSONB NOT NULL DEFAULT '{}',
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "retired_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "queue_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "queue_member" (
    "queue_id" UUID NOT NULL,
    "agent_id" UUID NOT NULL,

    CONSTRAINT "queue_member_pkey" PRIMARY KEY ("queue_id","agent_id")
);

-- CreateTable
CREATE TABLE "queue_skill" (
    "queue_id" UUID NOT NULL,
    "skill_id" UUID NOT NULL,
    "level" INTEGER NOT NULL,

    CONSTRAINT "queue_skill_pkey" PRIMARY KEY ("queue_id","skill_id")
);

-- CreateTable
CREATE TABLE "disposition" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "complaint" BOOLEAN NOT NULL DEFAULT false,
    "position" INTEGER NOT NULL DEFAULT 0,
    "retired_at" TIMESTAMPTZ(3),

    CONSTRAINT "disposition_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "channel_account" (
    "id" UUID NOT NULL,
    "channel" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "queue_id" UUID NOT NULL,
    "settings" JSONB NOT NULL DEFAULT '{}',
    "sealed_secrets" TEXT,
    "staff_only" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "retired_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "channel_account_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "company" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "company_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "customer" (
    "id" UUID NOT NULL,
    "name" TEXT,
    "tier" TEXT NOT NULL DEFAULT 'standard',
    "locale" TEXT,
    "time_zone" TEXT,
    "preferred_channel" TEXT,
    "company_id" UUID,
    "account_owner_id" UUID,
    "attributes" JSONB NOT NULL DEFAULT '{}',
    "value" DECIMAL(14,2),
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "merged_into_id" UUID,
    "erased_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "customer_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "identity" (
    "id" UUID NOT NULL,
    "customer_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "realm" TEXT NOT NULL DEFAULT '',
    "value" TEXT NOT NULL,
    "display_name" TEXT,
    "evidence" TEXT NOT NULL DEFAULT 'claimed',
    "proved_at" TIMESTAMPTZ(3),
    "proof" TEXT,
    "shared" BOOLEAN NOT NULL DEFAULT false,
    "bounced_at" TIMESTAMPTZ(3),
    "joined_by" TEXT NOT NULL DEFAULT '',
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "identity_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "claim" (
    "id" UUID NOT NULL,
    "customer_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "claim_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "opt_out" (
    "account_id" UUID NOT NULL,
    "address" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "word" TEXT NOT NULL,

    CONSTRAINT "opt_out_pkey" PRIMARY KEY ("account_id","address")
);

-- CreateTable
CREATE TABLE "visitor" (
    "id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "token_hash" TEXT NOT NULL,
    "identity_id" UUID NOT NULL,
    "site_user_identity_id" UUID,
    "locale" TEXT,
    "page_url" TEXT,
    "proved_identity_ids" UUID[],
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "visitor_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "one_time_code" (
    "id" UUID NOT NULL,
    "visitor_id" UUID,
    "customer_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "code_hash" TEXT NOT NULL,
    "tries" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),

    CONSTRAINT "one_time_code_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "conversation" (
    "id" UUID NOT NULL,
    "customer_id" UUID NOT NULL,
    "last_seq" INTEGER NOT NULL DEFAULT 0,
    "epoch" INTEGER NOT NULL DEFAULT 1,
    "last_message_at" TIMESTAMPTZ(3),
    "last_inbound_at" TIMESTAMPTZ(3),
    "last_inbound_channel" TEXT,
    "folded_into_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "conversation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "conversation_team" (
    "conversation_id" UUID NOT NULL,
    "team_id" UUID NOT NULL,

    CONSTRAINT "conversation_team_pkey" PRIMARY KEY ("conversation_id","team_id")
);

-- CreateTable
CREATE TABLE "contact" (
    "id" UUID NOT NULL,
    "conversation_id" UUID NOT NULL,
    "queue_id" UUID NOT NULL,
    "state" TEXT NOT NULL,
    "outcome" TEXT,
    "owner_id" UUID,
    "channel" TEXT NOT NULL,
    "direction" TEXT NOT NULL DEFAULT 'inbound',
    "priority" INTEGER NOT NULL DEFAULT 0,
    "subject" TEXT,
    "disposition_id" UUID,
    "complaint" BOOLEAN NOT NULL DEFAULT false,
    "opened_at" TIMESTAMPTZ(3) NOT NULL,
    "first_inbound_at" TIMESTAMPTZ(3),
    "workable_at" TIMESTAMPTZ(3),
    "accepted_at" TIMESTAMPTZ(3),
    "first_response_at" TIMESTAMPTZ(3),
    "pending_until" TIMESTAMPTZ(3),
    "snoozed_until" TIMESTAMPTZ(3),
    "wrap_up_until" TIMESTAMPTZ(3),
    "closed_at" TIMESTAMPTZ(3),
    "reopen_until" TIMESTAMPTZ(3),
    "promised_at" TIMESTAMPTZ(3),
    "previous_contact_id" UUID,
    "merged_into_id" UUID,
    "unverified" BOOLEAN NOT NULL DEFAULT false,
    "last_inbound_at" TIMESTAMPTZ(3),
    "last_message_at" TIMESTAMPTZ(3),
    "snippet" TEXT,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "contact_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "message" (
    "id" UUID NOT NULL,
    "conversation_id" UUID NOT NULL,
    "contact_id" UUID,
    "seq" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "sent_at" TIMESTAMPTZ(3),
    "kind" TEXT NOT NULL,
    "channel" TEXT NOT NULL,
    "direction" TEXT NOT NULL,
    "account_id" UUID,
    "identity_id" UUID,
    "agent_id" UUID,
    "visitor_id" UUID,
    "thread_id" UUID,
    "turn_id" UUID,
    "subject" TEXT,
    "text" TEXT NOT NULL DEFAULT '',
    "html" TEXT,
    "status" TEXT NOT NULL,
    "status_reason" TEXT,
    "evidence" TEXT,
    "unverified" BOOLEAN NOT NULL DEFAULT false,
    "external_id" TEXT,
    "client_id" TEXT,
    "edited_at" TIMESTAMPTZ(3),
    "deleted_at" TIMESTAMPTZ(3),
    "data" JSONB NOT NULL DEFAULT '{}',
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "message_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "message_read" (
    "agent_id" UUID NOT NULL,
    "conversation_id" UUID NOT NULL,
    "message_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "message_read_pkey" PRIMARY KEY ("agent_id","conversation_id")
);

-- CreateTable
CREATE TABLE "attachment" (
    "id" UUID NOT NULL,
    "message_id" UUID,
    "uploaded_by" TEXT,
    "position" INTEGER NOT NULL DEFAULT 0,
    "name" TEXT NOT NULL,
    "content_type" TEXT NOT NULL,
    "size_bytes" INTEGER NOT NULL,
    "sha256" TEXT,
    "storage_key" TEXT,
    "source_url" TEXT,
    "state" TEXT NOT NULL,
    "state_reason" TEXT,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "attachment_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "thread" (
    "id" UUID NOT NULL,
    "conversation_id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "channel" TEXT NOT NULL,
    "external_key" TEXT NOT NULL,
    "subject" TEXT,
    "identity_id" UUID NOT NULL,
    "last_message_id" TEXT,
    "references" TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "thread_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "thread_participant" (
    "id" UUID NOT NULL,
    "thread_id" UUID NOT NULL,
    "identity_id" UUID NOT NULL,
    "added_by" TEXT NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "removed_at" TIMESTAMPTZ(3),

    CONSTRAINT "thread_participant_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "turn" (
    "id" UUID NOT NULL,
    "conversation_id" UUID NOT NULL,
    "contact_id" UUID NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "first_message_id" UUID NOT NULL,
    "ended_at" TIMESTAMPTZ(3),
    "end" TEXT,
    "answered_by_message_id" UUID,
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "turn_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "session" (
    "id" UUID NOT NULL,
    "contact_id" UUID,
    "conversation_id" UUID,
    "kind" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "account_id" UUID NOT NULL,
    "identity_id" UUID,
    "visitor_id" UUID,
    "message_id" UUID,
    "external_id" TEXT,
    "agent_id" UUID,
    "agent_leg_id" TEXT,
    "attestation" TEXT,
    "locale" TEXT NOT NULL DEFAULT 'en',
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "queued_at" TIMESTAMPTZ(3),
    "bridged_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),
    "end_reason" TEXT,
    "last_seen_at" TIMESTAMPTZ(3),
    "data" JSONB NOT NULL DEFAULT '{}',
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "queue_entry" (
    "id" UUID NOT NULL,
    "contact_id" UUID NOT NULL,
    "conversation_id" UUID NOT NULL,
    "queue_id" UUID NOT NULL,
    "demand" TEXT NOT NULL,
    "channel" TEXT NOT NULL,
    "enqueued_at" TIMESTAMPTZ(3) NOT NULL,
    "workable_at" TIMESTAMPTZ(3) NOT NULL,
    "rank_at" TIMESTAMPTZ(3) NOT NULL,
    "preferred_agent_id" UUID,
    "preferred_until" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),
    "result" TEXT,
    "answered_by" UUID,
    "reason" TEXT,
    "reason_at" TIMESTAMPTZ(3),
    "offers" INTEGER NOT NULL DEFAULT 0,
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "queue_entry_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "offer" (
    "id" UUID NOT NULL,
    "contact_id" UUID NOT NULL,
    "conversation_id" UUID NOT NULL,
    "entry_id" UUID,
    "agent_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "from_agent_id" UUID,
    "note" TEXT,
    "channel" TEXT NOT NULL,
    "live_units" INTEGER NOT NULL,
    "deferred_units" INTEGER NOT NULL,
    "offered_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),
    "result" TEXT,
    "reason" TEXT,
    "decision" JSONB NOT NULL DEFAULT '{}',
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "offer_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "assignment" (
    "id" UUID NOT NULL,
    "contact_id" UUID NOT NULL,
    "conversation_id" UUID NOT NULL,
    "agent_id" UUID NOT NULL,
    "channel" TEXT NOT NULL,
    "live_units" INTEGER NOT NULL,
    "deferred_units" INTEGER NOT NULL,
    "override" BOOLEAN NOT NULL DEFAULT false,
    "accepted_at" TIMESTAMPTZ(3) NOT NULL,
    "released_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),
    "end_reason" TEXT,
    "wrap_up_until" TIMESTAMPTZ(3),
    "disposition_id" UUID,
    "talk_ms" INTEGER NOT NULL DEFAULT 0,
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "assignment_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "agent_state" (
    "agent_id" UUID NOT NULL,
    "presence" TEXT NOT NULL DEFAULT 'offline',
    "reason" TEXT,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "draining" BOOLEAN NOT NULL DEFAULT false,
    "load" TEXT NOT NULL DEFAULT 'idle',
    "load_since" TIMESTAMPTZ(3) NOT NULL,
    "idle_since" TIMESTAMPTZ(3) NOT NULL,
    "seen_at" TIMESTAMPTZ(3),
    "away_at" TIMESTAMPTZ(3),
    "missed_offers" INTEGER NOT NULL DEFAULT 0,
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "agent_state_pkey" PRIMARY KEY ("agent_id")
);

-- CreateTable
CREATE TABLE "presence_interval" (
    "id" UUID NOT NULL,
    "agent_id" UUID NOT NULL,
    "presence" TEXT NOT NULL,
    "reason" TEXT,
    "draining" BOOLEAN NOT NULL DEFAULT false,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "presence_interval_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "load_interval" (
    "id" UUID NOT NULL,
    "agent_id" UUID NOT NULL,
    "load" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "load_interval_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "work_interval" (
    "id" UUID NOT NULL,
    "assignment_id" UUID NOT NULL,
    "agent_id" UUID NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "work_interval_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sla_policy" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "targets" JSONB NOT NULL,
    "warn_share" DOUBLE PRECISION NOT NULL DEFAULT 0.8,
    "calendar_id" UUID,
    "retired_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "sla_policy_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sla_clock" (
    "id" UUID NOT NULL,
    "contact_id" UUID NOT NULL,
    "conversation_id" UUID NOT NULL,
    "turn_id" UUID,
    "kind" TEXT NOT NULL,
    "policy_id" UUID NOT NULL,
    "queue_id" UUID NOT NULL,
    "channel" TEXT NOT NULL,
    "target_ms" BIGINT NOT NULL,
    "state" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "intervals" JSONB NOT NULL,
    "warn_at" TIMESTAMPTZ(3),
    "due_at" TIMESTAMPTZ(3),
    "warned_at" TIMESTAMPTZ(3),
    "breached_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),
    "due_again_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "sla_clock_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "survey" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "questions" JSONB NOT NULL,
    "delay_ms" INTEGER NOT NULL DEFAULT 0,
    "quiet_ms" BIGINT NOT NULL DEFAULT 604800000,
    "expiry_ms" BIGINT NOT NULL DEFAULT 259200000,
    "low_at_most" INTEGER NOT NULL DEFAULT 2,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "retired_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "survey_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "survey_invitation" (
    "id" UUID NOT NULL,
    "survey_id" UUID NOT NULL,
    "contact_id" UUID NOT NULL,
    "conversation_id" UUID NOT NULL,
    "customer_id" UUID NOT NULL,
    "identity_id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "channel" TEXT NOT NULL,
    "agent_id" UUID,
    "queue_id" UUID NOT NULL,
    "state" TEXT NOT NULL,
    "reason" TEXT,
    "send_at" TIMESTAMPTZ(3) NOT NULL,
    "sent_at" TIMESTAMPTZ(3),
    "delivered_at" TIMESTAMPTZ(3),
    "expires_at" TIMESTAMPTZ(3),
    "answered_at" TIMESTAMPTZ(3),
    "message_id" UUID,
    "token_hash" TEXT,
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "survey_invitation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "survey_response" (
    "id" UUID NOT NULL,
    "invitation_id" UUID NOT NULL,
    "survey_id" UUID NOT NULL,
    "contact_id" UUID NOT NULL,
    "customer_id" UUID NOT NULL,
    "agent_id" UUID,
    "queue_id" UUID NOT NULL,
    "channel" TEXT NOT NULL,
    "score" INTEGER NOT NULL,
    "comment" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "survey_response_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "department" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "retired_at" TIMESTAMPTZ(3),

    CONSTRAINT "department_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "cause" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "department_id" UUID,
    "retired_at" TIMESTAMPTZ(3),

    CONSTRAINT "cause_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "follow_up" (
    "id" UUID NOT NULL,
    "customer_id" UUID NOT NULL,
    "conversation_id" UUID NOT NULL,
    "contact_id" UUID,
    "kind" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "owner_id" UUID,
    "department_id" UUID,
    "cause_id" UUID,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'open',
    "remedy" TEXT,
    "closed_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "follow_up_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "merge" (
    "id" UUID NOT NULL,
    "survivor_id" UUID NOT NULL,
    "folded_id" UUID NOT NULL,
    "survivor_conversation_id" UUID NOT NULL,
    "folded_conversation_id" UUID NOT NULL,
    "actor_id" UUID,
    "automatic" BOOLEAN NOT NULL,
    "evidence" JSONB NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "undone_at" TIMESTAMPTZ(3),
    "undone_by" UUID,
    "undone_reason" TEXT,

    CONSTRAINT "merge_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "merge_item" (
    "id" UUID NOT NULL,
    "merge_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "table_name" TEXT NOT NULL,
    "row_key" JSONB NOT NULL,
    "before" JSONB,
    "after" JSONB,

    CONSTRAINT "merge_item_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "merge_suggestion" (
    "id" UUID NOT NULL,
    "customer_a_id" UUID NOT NULL,
    "customer_b_id" UUID NOT NULL,
    "evidence" JSONB NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'open',
    "at" TIMESTAMPTZ(3) NOT NULL,
    "decided_at" TIMESTAMPTZ(3),
    "decided_by" UUID,
    "merge_id" UUID,
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "merge_suggestion_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "receipt" (
    "id" UUID NOT NULL,
    "account_id" UUID,
    "channel" TEXT NOT NULL,
    "external_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "body" BYTEA NOT NULL,
    "facts" JSONB NOT NULL DEFAULT '{}',
    "received_at" TIMESTAMPTZ(3) NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'stored',
    "reason" TEXT,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3),
    "handled_at" TIMESTAMPTZ(3),
    "answer" JSONB,
    "message_id" UUID,

    CONSTRAINT "receipt_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "outbound" (
    "id" UUID NOT NULL,
    "position" BIGSERIAL NOT NULL,
    "lane" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "channel" TEXT NOT NULL,
    "account_id" UUID NOT NULL,
    "conversation_id" UUID,
    "contact_id" UUID,
    "message_id" UUID,
    "session_id" UUID,
    "invitation_id" UUID,
    "address" TEXT NOT NULL,
    "payload" JSONB NOT NULL DEFAULT '{}',
    "state" TEXT NOT NULL DEFAULT 'pending',
    "reason" TEXT,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3) NOT NULL,
    "lease_until" TIMESTAMPTZ(3),
    "external_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "sent_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "outbound_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "status_report" (
    "id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "external_id" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "reason" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "status_report_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "event" (
    "id" UUID NOT NULL,
    "position" BIGSERIAL NOT NULL,
    "type" TEXT NOT NULL,
    "conversation_id" UUID,
    "contact_id" UUID,
    "agent_id" UUID,
    "data" JSONB NOT NULL DEFAULT '{}',
    "rooms" TEXT[],
    "at" TIMESTAMPTZ(3) NOT NULL,
    "published_at" TIMESTAMPTZ(3),

    CONSTRAINT "event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "room" (
    "name" TEXT NOT NULL,
    "seq" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "room_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "room_event" (
    "room" TEXT NOT NULL,
    "seq" BIGINT NOT NULL,
    "event_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "room_event_pkey" PRIMARY KEY ("room","seq")
);

-- CreateTable
CREATE TABLE "idempotency_key" (
    "staff_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "route" TEXT NOT NULL,
    "body_hash" TEXT NOT NULL,
    "status" INTEGER,
    "response" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "idempotency_key_pkey" PRIMARY KEY ("staff_id","key")
);

-- CreateTable
CREATE TABLE "setting" (
    "key" TEXT NOT NULL,
    "value" JSONB NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "setting_pkey" PRIMARY KEY ("key")
);

-- CreateIndex
CREATE UNIQUE INDEX "agent_email_key" ON "agent"("email");

-- CreateIndex
CREATE UNIQUE INDEX "staff_session_token_key" ON "staff_session"("token");

-- CreateIndex
CREATE INDEX "staff_session_agent_id_idx" ON "staff_session"("agent_id");

-- CreateIndex
CREATE INDEX "staff_account_agent_id_idx" ON "staff_account"("agent_id");

-- CreateIndex
CREATE INDEX "staff_verification_identifier_idx" ON "staff_verification"("identifier");

-- CreateIndex
CREATE INDEX "staff_two_factor_agent_id_idx" ON "staff_two_factor"("agent_id");

-- CreateIndex
CREATE INDEX "api_key_key_idx" ON "api_key"("key");

-- CreateIndex
CREATE INDEX "api_key_reference_id_idx" ON "api_key"("reference_id");

-- CreateIndex
CREATE UNIQUE INDEX "staff_invite_token_hash_key" ON "staff_invite"("token_hash");

-- CreateIndex
CREATE UNIQUE INDEX "team_name_key" ON "team"("name");

-- CreateIndex
CREATE INDEX "team_member_agent_id_idx" ON "team_member"("agent_id");

-- CreateIndex
CREATE UNIQUE INDEX "skill_name_key" ON "skill"("name");

-- CreateIndex
CREATE INDEX "audit_entry_at_idx" ON "audit_entry"("at");

-- CreateIndex
CREATE UNIQUE INDEX "calendar_name_key" ON "calendar"("name");

-- CreateIndex
CREATE UNIQUE INDEX "queue_name_key" ON "queue"("name");

-- CreateIndex
CREATE INDEX "queue_member_agent_id_idx" ON "queue_member"("agent_id");

-- CreateIndex
CREATE UNIQUE INDEX "disposition_name_key" ON "disposition"("name");

-- CreateIndex
CREATE UNIQUE INDEX "channel_account_address" ON "channel_account"("channel", "address") WHERE (retired_at IS NULL);

-- CreateIndex
CREATE UNIQUE INDEX "company_name_key" ON "company"("name");

-- CreateIndex
CREATE INDEX "identity_customer_id_idx" ON "identity"("customer_id");

-- CreateIndex
CREATE UNIQUE INDEX "identity_kind_realm_value_key" ON "identity"("kind", "realm", "value");

-- CreateIndex
CREATE INDEX "claim_customer_id_idx" ON "claim"("customer_id");

-- CreateIndex
CREATE INDEX "claim_kind_value_idx" ON "claim"("kind", "value");

-- CreateIndex
CREATE UNIQUE INDEX "visitor_token_hash_key" ON "visitor"("token_hash");

-- CreateIndex
CREATE INDEX "one_time_code_kind_value_idx" ON "one_time_code"("kind", "value");

-- CreateIndex
CREATE UNIQUE INDEX "conversation_customer_id_key" ON "conversation"("customer_id");

-- CreateIndex
CREATE INDEX "conversation_last_message_at_idx" ON "conversation"("last_message_at");

-- CreateIndex
CREATE INDEX "conversation_team_team_id_idx" ON "conversation_team"("team_id");

-- CreateIndex
CREATE INDEX "contact_conversation_id_idx" ON "contact"("conversation_id");

-- CreateIndex
CREATE INDEX "contact_owner_id_idx" ON "contact"("owner_id");

-- CreateIndex
CREATE INDEX "contact_state_queue_id_idx" ON "contact"("state", "queue_id");

-- CreateIndex
CREATE INDEX "contact_closed_at_idx" ON "contact"("closed_at");

-- CreateIndex
CREATE UNIQUE INDEX "contact_one_open" ON "contact"("conversation_id") WHERE (state <> 'closed');

-- CreateIndex
CREATE INDEX "message_account_id_external_id_idx" ON "message"("account_id", "external_id");

-- CreateIndex
CREATE INDEX "message_contact_id_idx" ON "message"("contact_id");

-- CreateIndex
CREATE INDEX "message_turn_id_idx" ON "message"("turn_id");

-- CreateIndex
CREATE UNIQUE INDEX "message_conversation_id_seq_key" ON "message"("conversation_id", "seq");

-- CreateIndex
CREATE UNIQUE INDEX "message_visitor_id_client_id_key" ON "message"("visitor_id", "client_id");

-- CreateIndex
CREATE INDEX "attachment_message_id_idx" ON "attachment"("message_id");

-- CreateIndex
CREATE INDEX "thread_conversation_id_idx" ON "thread"("conversation_id");

-- CreateIndex
CREATE UNIQUE INDEX "thread_account_id_external_key_key" ON "thread"("account_id", "external_key");

-- CreateIndex
CREATE UNIQUE INDEX "thread_participant_thread_id_identity_id_key" ON "thread_participant"("thread_id", "identity_id");

-- CreateIndex
CREATE INDEX "turn_contact_id_idx" ON "turn"("contact_id");

-- CreateIndex
CREATE UNIQUE INDEX "turn_one_open" ON "turn"("conversation_id") WHERE (ended_at IS NULL);

-- CreateIndex
CREATE INDEX "session_contact_id_idx" ON "session"("contact_id");

-- CreateIndex
CREATE INDEX "session_kind_state_idx" ON "session"("kind", "state");

-- CreateIndex
CREATE UNIQUE INDEX "session_account_id_external_id_key" ON "session"("account_id", "external_id");

-- CreateIndex
CREATE INDEX "queue_entry_line" ON "queue_entry"("queue_id", "rank_at") WHERE (ended_at IS NULL);

-- CreateIndex
CREATE INDEX "queue_entry_ended_at_idx" ON "queue_entry"("ended_at");

-- CreateIndex
CREATE UNIQUE INDEX "queue_entry_one_open" ON "queue_entry"("contact_id", "demand") WHERE (ended_at IS NULL);

-- CreateIndex
CREATE INDEX "offer_of_agent" ON "offer"("agent_id") WHERE (ended_at IS NULL);

-- CreateIndex
CREATE INDEX "offer_due" ON "offer"("expires_at") WHERE (ended_at IS NULL);

-- CreateIndex
CREATE INDEX "offer_entry_id_idx" ON "offer"("entry_id");

-- CreateIndex
CREATE UNIQUE INDEX "offer_one_open" ON "offer"("contact_id") WHERE (ended_at IS NULL);

-- CreateIndex
CREATE INDEX "assignment_of_agent" ON "assignment"("agent_id") WHERE (ended_at IS NULL);

-- CreateIndex
CREATE INDEX "assignment_contact_id_idx" ON "assignment"("contact_id");

-- CreateIndex
CREATE UNIQUE INDEX "assignment_one_owner" ON "assignment"("contact_id") WHERE (released_at IS NULL);

-- CreateIndex
CREATE INDEX "presence_interval_agent_id_started_at_idx" ON "presence_interval"("agent_id", "started_at");

-- CreateIndex
CREATE INDEX "load_interval_agent_id_started_at_idx" ON "load_interval"("agent_id", "started_at");

-- CreateIndex
CREATE INDEX "work_interval_assignment_id_idx" ON "work_interval"("assignment_id");

-- CreateIndex
CREATE UNIQUE INDEX "sla_policy_name_key" ON "sla_policy"("name");

-- CreateIndex
CREATE INDEX "sla_clock_contact_id_idx" ON "sla_clock"("contact_id");

-- CreateIndex
CREATE INDEX "sla_clock_to_warn" ON "sla_clock"("warn_at") WHERE (state = 'running' AND warned_at IS NULL);

-- CreateIndex
CREATE INDEX "sla_clock_to_breach" ON "sla_clock"("due_at") WHERE (state = 'running' AND breached_at IS NULL);

-- CreateIndex
CREATE UNIQUE INDEX "survey_name_key" ON "survey"("name");

-- CreateIndex
CREATE UNIQUE INDEX "survey_invitation_token_hash_key" ON "survey_invitation"("token_hash");

-- CreateIndex
CREATE INDEX "survey_invitation_due" ON "survey_invitation"("send_at") WHERE (state = 'scheduled');

-- CreateIndex
CREATE INDEX "survey_invitation_identity_id_idx" ON "survey_invitation"("identity_id");

-- CreateIndex
CREATE INDEX "survey_invitation_customer_id_idx" ON "survey_invitation"("customer_id");

-- CreateIndex
CREATE UNIQUE INDEX "survey_invitation_contact_id_survey_id_key" ON "survey_invitation"("contact_id", "survey_id");

-- CreateIndex
CREATE UNIQUE INDEX "survey_response_invitation_id_key" ON "survey_response"("invitation_id");

-- CreateIndex
CREATE INDEX "survey_response_at_idx" ON "survey_response"("at");

-- CreateIndex
CREATE UNIQUE INDEX "department_name_key" ON "department"("name");

-- CreateIndex
CREATE UNIQUE INDEX "cause_name_key" ON "cause"("name");

-- CreateIndex
CREATE INDEX "follow_up_state_due_at_idx" ON "follow_up"("state", "due_at");

-- CreateIndex
CREATE INDEX "follow_up_customer_id_idx" ON "follow_up"("customer_id");

-- CreateIndex
CREATE INDEX "merge_survivor_id_idx" ON "merge"("survivor_id");

-- CreateIndex
CREATE INDEX "merge_folded_id_idx" ON "merge"("folded_id");

-- CreateIndex
CREATE INDEX "merge_item_merge_id_position_idx" ON "merge_item"("merge_id", "position");

-- CreateIndex
CREATE INDEX "merge_suggestion_customer_b_id_idx" ON "merge_suggestion"("customer_b_id");

-- CreateIndex
CREATE UNIQUE INDEX "merge_suggestion_one_open" ON "merge_suggestion"("customer_a_id", "customer_b_id") WHERE (state = 'open');

-- CreateIndex
CREATE INDEX "receipt_open" ON "receipt"("next_attempt_at") WHERE (state IN ('stored', 'failed'));

-- CreateIndex
CREATE UNIQUE INDEX "receipt_channel_external_id_key" ON "receipt"("channel", "external_id");

-- CreateIndex
CREATE INDEX "outbound_lane" ON "outbound"("lane", "position") WHERE (state IN ('pending', 'sending', 'unknown'));

-- CreateIndex
CREATE INDEX "outbound_due" ON "outbound"("next_attempt_at") WHERE (state IN ('pending', 'sending', 'unknown'));

-- CreateIndex
CREATE INDEX "outbound_account_id_external_id_idx" ON "outbound"("account_id", "external_id");

-- CreateIndex
CREATE INDEX "outbound_message_id_idx" ON "outbound"("message_id");

-- CreateIndex
CREATE INDEX "status_report_account_id_external_id_idx" ON "status_report"("account_id", "external_id");

-- CreateIndex
CREATE INDEX "event_unpublished" ON "event"("position") WHERE (published_at IS NULL);

-- CreateIndex
CREATE INDEX "event_conversation_id_position_idx" ON "event"("conversation_id", "position");

-- CreateIndex
CREATE INDEX "room_event_at_idx" ON "room_event"("at");

-- AddForeignKey
ALTER TABLE "staff_session" ADD CONSTRAINT "staff_session_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agent"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "staff_account" ADD CONSTRAINT "staff_account_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agent"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "staff_two_factor" ADD CONSTRAINT "staff_two_factor_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agent"("id") ON DELETE CASCADE ON UPDATE CASCADE;
