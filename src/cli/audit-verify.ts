import type { Io } from '../platform/node/io.ts';
import { toSafeJson } from '../report/index.ts';
import { readAll, verifyChain } from '../state/index.ts';
import { EXIT } from './exit-status.ts';
import { openAudit } from './open-audit.ts';
import { usageError } from './usage-error.ts';

/** The options of `chartseal audit verify` as commander gives them. */
interface AuditVerifyOptions {
  config?: string;
  head?: string;
  format: string;
}

/**
 * `chartseal audit verify`: is the log a chain without a record edited, added or missing? Only with a head that was kept
 * elsewhere can it be told that its end was not cut off.
 * @returns 0 intact, 1 not
 */
export async function auditVerifyCommand(options: AuditVerifyOptions, io: Io): Promise<number> {
  const { head } = options;
  if (head !== undefined && !/^(sha256:)?[0-9a-f]{64}$/i.test(head.trim())) {
    throw usageError(
      '--head is no hash',
      'It is the audit.hash of an answer to a signer: sha256: and 64 hex digits.',
    );
  }
  const state = await openAudit(options.config, io);
  try {
    const result = await verifyChain(readAll(state.audit), head === undefined ? {} : { head });
    const status = result.intact ? EXIT.allow : EXIT.deny;
    if (options.format === 'json') {
      io.stdout.write(`${toSafeJson(result)}\n`);
      return status;
    }
    if (!result.intact) {
      io.stdout.write(
        `BROKEN  ${result.message} (${result.problem}; ${result.count} records before it are good)\n`,
      );
      return status;
    }
    const end =
      result.head === undefined ? '' : `\n  head      record ${result.head.seq}, ${result.head.hash}`;
    const since =
      result.sinceHead === undefined
        ? '\n  note      that its end was not cut off shows only with --head HASH, of an answer or of an earlier run'
        : `\n  since     ${result.sinceHead} records came after the head given`;
    io.stdout.write(`INTACT  ${result.count} records${end}${since}\n`);
    return status;
  } finally {
    await state.close();
  }
}
