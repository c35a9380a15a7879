// `prev` is unique as `seq` is: of two records that build on the same head the database takes one.
export const SQLITE_AUDIT_SCHEMA = `CREATE TABLE IF NOT EXISTS chartseal_audit (
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
)`;

export const SQLITE_LEASES_SCHEMA = `CREATE TABLE IF NOT EXISTS chartseal_leases (
  key TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  token TEXT NOT NULL,
  expires_at INTEGER NOT NULL
)`;
