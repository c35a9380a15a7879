import { ChartsealError } from '../../base/error.ts';
import { checkFile, type FileFacts } from './check-file.ts';
import { type ParsedMetadata, parseMetadata, type Role } from './parse-metadata.ts';
import { verifyRole } from './verify-role.ts';

// The checks of the TUF specification 1.0, section 5 "Detailed client workflow", one function a role. Each takes what
// is trusted so far and the bytes that came, and gives the metadata that is trusted from then on, or throws.

/** What a list says of another list. */
interface MetaFacts extends FileFacts {
  version: number;
}

/**
 * Section 5.3.4 to 5.3.7: the next version of the TUF root, signed as the one before and as it says itself.
 * @throws ChartsealError `tuf.malformed`, `tuf.unsigned`, `tuf.rollback`
 */
export function acceptRoot(trusted: ParsedMetadata<'root'>, bytes: Uint8Array): ParsedMetadata<'root'> {
  const next = parseMetadata('root', bytes);
  verifyRole(trusted, next);
  verifyRole(next, next);
  if (next.version !== trusted.version + 1) {
    throw rollback(`TUF root: version ${next.version} came where ${trusted.version + 1} follows`);
  }
  return next;
}

/**
 * Section 5.4.2 to 5.4.4. The version that is trusted already is given back as it is.
 * @param now milliseconds since the epoch, fixed at the beginning of the refresh
 * @throws ChartsealError `tuf.malformed`, `tuf.unsigned`, `tuf.rollback`, `tuf.expired`
 */
export function acceptTimestamp(
  root: ParsedMetadata<'root'>,
  trusted: ParsedMetadata<'timestamp'> | undefined,
  bytes: Uint8Array,
  now: number,
): ParsedMetadata<'timestamp'> {
  let next = parseMetadata('timestamp', bytes);
  verifyRole(root, next);
  if (trusted !== undefined) {
    if (next.version < trusted.version) {
      throw rollback(`TUF timestamp: version ${next.version} came after ${trusted.version}`);
    }
    const [before, after] = [snapshotFacts(trusted).version, snapshotFacts(next).version];
    if (after < before) throw rollback(`TUF timestamp: it names snapshot ${after} after ${before}`);
    if (next.version === trusted.version) next = trusted;
  }
  checkExpiry(next, now);
  return next;
}

/**
 * Section 5.5.2 to 5.5.6.
 * @throws ChartsealError `tuf.malformed`, `tuf.unsigned`, `tuf.mismatch`, `tuf.rollback`, `tuf.expired`
 */
export function acceptSnapshot(
  root: ParsedMetadata<'root'>,
  timestamp: ParsedMetadata<'timestamp'>,
  trusted: ParsedMetadata<'snapshot'> | undefined,
  bytes: Uint8Array,
  now: number,
): ParsedMetadata<'snapshot'> {
  const next = acceptListed('snapshot', root, snapshotFacts(timestamp), bytes);
  for (const [name, { version }] of Object.entries(trusted?.signed.meta ?? {})) {
    const after = Object.hasOwn(next.signed.meta, name) ? next.signed.meta[name]?.version : undefined;
    if (after === undefined) throw rollback('TUF snapshot: it no longer lists a file that it listed before');
    if (after < version) throw rollback(`TUF snapshot: it lists version ${after} of a file after ${version}`);
  }
  checkExpiry(next, now);
  return next;
}

/**
 * Section 5.6.2 to 5.6.5, for the top-level targets.
 * @throws ChartsealError `tuf.malformed`, `tuf.unsigned`, `tuf.mismatch`, `tuf.expired`
 */
export function acceptTargets(
  root: ParsedMetadata<'root'>,
  snapshot: ParsedMetadata<'snapshot'>,
  bytes: Uint8Array,
  now: number,
): ParsedMetadata<'targets'> {
  const next = acceptListed('targets', root, targetsFacts(snapshot), bytes);
  checkExpiry(next, now);
  return next;
}

/** What the timestamp says of the snapshot. */
export function snapshotFacts(timestamp: ParsedMetadata<'timestamp'>): MetaFacts {
  return timestamp.signed.snapshotMeta;
}

/** What the snapshot says of the top-level targets. @throws ChartsealError `tuf.malformed` */
export function targetsFacts(snapshot: ParsedMetadata<'snapshot'>): MetaFacts {
  const { meta } = snapshot.signed;
  const facts = Object.hasOwn(meta, 'targets.json') ? meta['targets.json'] : undefined;
  if (facts === undefined) {
    throw new ChartsealError('tuf.malformed', 'TUF snapshot metadata: it does not list targets.json');
  }
  return facts;
}

/** Section 5.3.10, 5.4.4, 5.5.6, 5.6.5. @throws ChartsealError `tuf.expired` */
export function checkExpiry(parsed: ParsedMetadata, now: number): void {
  if (parsed.expires > now) return;
  const when = new Date(parsed.expires).toISOString();
  throw new ChartsealError(
    'tuf.expired',
    `TUF ${parsed.role} metadata, version ${parsed.version}: expired on ${when}`,
    { retryable: true },
  );
}

function acceptListed<R extends Role>(
  role: R,
  root: ParsedMetadata<'root'>,
  facts: MetaFacts,
  bytes: Uint8Array,
): ParsedMetadata<R> {
  checkFile(bytes, facts, `${role} metadata`);
  const next = parseMetadata(role, bytes);
  verifyRole(root, next);
  if (next.version !== facts.version) {
    throw new ChartsealError(
      'tuf.mismatch',
      `TUF ${role} metadata: version ${next.version} came where ${facts.version} is listed`,
      { retryable: true },
    );
  }
  return next;
}

function rollback(message: string): ChartsealError {
  return new ChartsealError('tuf.rollback', message);
}
