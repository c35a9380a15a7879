import { ChartsealError } from '../base/error.ts';
import type { AuditEntry, AuditHead, AuditKey, AuditKind } from '../state/index.ts';
import type { SignContext, SignResult } from './task.ts';

/** What the audit log is told of one request while it goes on. */
export interface OpenRecord {
  /** As normalised; before it was read, as it was given. */
  reference: string;
  keys: AuditKey[];
  /** Digest of the manifest that was read. */
  before: string | undefined;
  /**
   * Digest of the new manifest, once it was put: the tag is to name it, or names it. Where what comes after fails, it stays
   * in the repository with what refers to it, and the next try may make another; so it is in the record and in the error,
   * for whoever cleans up.
   */
  after: string | undefined;
  /** Writes that a key is about to be used. @throws ChartsealError `audit.unavailable`; then no key is used */
  intend(): Promise<void>;
  /** Writes how it ended. */
  end(kind: AuditKind, after: string): Promise<AuditHead>;
}

/**
 * Does the work and sees to it that the log holds one record of how it ended: signed, unchanged, refused (before a key
 * was used) or failed (after). A refusal stays a refusal when the log cannot be written.
 */
export async function recordOutcome(
  reference: string,
  { caller, requestId, audit }: SignContext,
  work: (record: OpenRecord) => Promise<SignResult>,
): Promise<SignResult> {
  let intent: number | undefined;
  const entry = (kind: AuditKind, more: Partial<AuditEntry>): AuditEntry => ({
    kind,
    requestId,
    caller: caller ?? 'command line',
    reference: record.reference,
    keys: record.keys,
    ...(record.before === undefined ? {} : { before: record.before }),
    ...(record.after === undefined ? {} : { after: record.after }),
    ...(intent === undefined ? {} : { intent }),
    ...more,
  });
  const record: OpenRecord = {
    reference,
    keys: [],
    before: undefined,
    after: undefined,
    async intend() {
      intent = (await audit.append(entry('intent', {}))).seq;
    },
    end: (kind, after) => audit.append(entry(kind, { after })),
  };
  try {
    return await work(record);
  } catch (error) {
    const code = error instanceof ChartsealError ? error.code : 'internal.error';
    await audit.append(entry(intent === undefined ? 'refused' : 'failed', { code })).catch(() => undefined);
    throw error instanceof ChartsealError && record.after !== undefined
      ? tellLeft(error, record.after)
      : error;
  }
}

function tellLeft({ code, message, retryable, retryAfter, help, cause }: ChartsealError, digest: string) {
  return new ChartsealError(code, `${message}; the new manifest ${digest} is in the repository`, {
    retryable,
    help,
    cause,
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });
}
