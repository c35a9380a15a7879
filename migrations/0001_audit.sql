-- The audit log in D1: npx wrangler d1 migrations apply AUDIT --remote
-- The Worker makes the table itself if it is not there; the same text stands in src/platform/state/sqlite-schema.ts.
CREATE TABLE IF NOT EXISTS chartseal_audit (
  seq INTEGER PRIMARY KEY,
  prev TEXT NOT NULL UNIQUE,
  hash TEXT NOT NULL,
  time TEXT NOT NULL,
  kind TEXT NOT NULL,
  request_id TEXT NOT NULL,
  caller TEXT NOT NULL,
  reference TEXT NOT NULL,
  digest_before TEXT,
  digest_after TEXT,
  keys TEXT NOT NULL,
  code TEXT,
  intent INTEGER
);
