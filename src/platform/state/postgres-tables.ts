import { bigint, pgTable, text } from 'drizzle-orm/pg-core';

// What makes them is postgres-schema.ts; a test holds the two together.

export const auditTable = pgTable('chartseal_audit', {
  seq: bigint('seq', { mode: 'number' }).primaryKey(),
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
  intent: bigint('intent', { mode: 'number' }),
});

export const leasesTable = pgTable('chartseal_leases', {
  key: text('key').primaryKey(),
  owner: text('owner').notNull(),
  /** One acquisition, so that an older lease of the same owner does not pass for a newer one. */
  token: text('token').notNull(),
  /** Milliseconds since the epoch by the clock of the database. */
  expiresAt: bigint('expires_at', { mode: 'number' }).notNull(),
});
