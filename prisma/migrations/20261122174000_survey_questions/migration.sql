-- Every stored question says what it asks for.
UPDATE "survey" SET "questions" = (SELECT jsonb_agg('{"ask": "score", "dimensionId": null}'::jsonb || q) FROM jsonb_array_elements("questions") q) WHERE jsonb_typeof("questions") = 'array' AND jsonb_array_length("questions") > 0;
