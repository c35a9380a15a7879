/** The tables by name. A role that may not create any can be given them ready made, with INSERT and SELECT on the log. */
export const POSTGRES_SCHEMA = {
  chartseal_audit: `CREATE TABLE IF NOT EXISTS chartseal_audit (
  seq BIGINT PRIMARY KEY,
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
  intent BIGINT
)`,
  chartseal_leases: `CREATE TABLE IF NOT EXISTS chartseal_leases (
  key TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  token TEXT NOT NULL,
  expires_at BIGINT NOT NULL
)`,
};
