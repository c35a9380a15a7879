import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

// SQLite in a file, and D1. What makes them is sqlite-schema.ts; a test holds the two together.

export const auditTable = sqliteTable('chartseal_audit', {
  seq: integer('seq').primaryKey(),
  prev: text('prev').notNull().unique(),
  hash: text('hash').notNull(),
  time: text('time').notNull(),
  kind: text('kind').notNull(),
  requestId: text('request_id').notNull(),
  caller: text('caller').notNull(),
  reference: text('reference').notNull(),
  before: text('digest_before'),
  after: text('digest_after'),
  keys: text('keys').notNull(),
  code: text('code'),
  intent: integer('intent'),
});

export const leasesTable = sqliteTable('chartseal_leases', {
  key: text('key').primaryKey(),
  owner: text('owner').notNull(),
  /** One acquisition, so that an older lease of the same owner does not pass for a newer one. */
  token: text('token').notNull(),
  /** Milliseconds since the epoch. */
  expiresAt: integer('expires_at').notNull(),
});
