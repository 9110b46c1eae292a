-- Customers and reports tell dimensions apart by their names: each is there once, in either language, also among the retired.
UPDATE "dimension" d SET "name" = jsonb_set("name", '{en}', to_jsonb(("name"->>'en') || ' ' || n.nth))
FROM (SELECT "id", row_number() OVER (PARTITION BY lower("name"->>'en') ORDER BY "retired_at" IS NOT NULL, "id") AS nth FROM "dimension") n WHERE n."id" = d."id" AND n.nth > 1;
UPDATE "dimension" d SET "name" = jsonb_set("name", '{zh}', to_jsonb(("name"->>'zh') || ' ' || n.nth))
FROM (SELECT "id", row_number() OVER (PARTITION BY lower("name"->>'zh') ORDER BY "retired_at" IS NOT NULL, "id") AS nth FROM "dimension") n WHERE n."id" = d."id" AND n.nth > 1;
CREATE UNIQUE INDEX "dimension_name_en" ON "dimension" (lower("name"->>'en'));
CREATE UNIQUE INDEX "dimension_name_zh" ON "dimension" (lower("name"->>'zh'));
