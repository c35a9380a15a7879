import type { Io } from '../platform/node/io.ts';
import type { Report } from '../report/index.ts';
import { parseTarget, type Target } from './parse-target.ts';
import { showReport } from './show-report.ts';
import { usageError } from './usage-error.ts';
import type { VerifyOptions } from './verify-options.ts';

/** `chartseal verify`: judges a chart in a registry or a local archive, here or at a running service. */
export async function verifyCommand(text: string, options: VerifyOptions, io: Io): Promise<number> {
  const target = await parseTarget(text, io.cwd);
  refuseMisfits(target, options);
  return showReport(await judge(target, options, io), options.format, io);
}

// Each way loads what it needs and no more: loading takes longer than judging.
async function judge(target: Target, options: VerifyOptions, io: Io): Promise<Report> {
  if (options.server !== undefined) {
    const { verifyAtServer } = await import('./verify-at-server.ts');
    return verifyAtServer(target, options.server, options, io);
  }
  if (target.kind === 'file') {
    const { verifyArchive } = await import('./verify-archive.ts');
    return verifyArchive(target.path, options, io);
  }
  const { verifyReference } = await import('./verify-reference.ts');
  return verifyReference(target, options, io);
}

function refuseMisfits(target: Target, options: VerifyOptions): void {
  const refuse = (used: unknown, flag: string, why: string) => {
    if (used !== undefined && used !== false)
      throw usageError(`${flag} ${why}`, 'See: chartseal verify --help');
  };
  if (options.server !== undefined) {
    const why = 'does not go with --server: the service judges by its own configuration';
    refuse(options.keyring[0], '--keyring', why);
    refuse(options.cosignKey, '--cosign-key', why);
    refuse(options.subject ?? options.certificateIdentity, '--subject', why);
    refuse(options.issuer ?? options.certificateOidcIssuer, '--issuer', why);
    refuse(options.trustedRoot, '--trusted-root', why);
    refuse(options.predicateType, '--predicate-type', why);
    refuse(options.annotation, '--annotation', why);
    refuse(options.transparencyLog, '--transparency-log', why);
    refuse(options.certificateTransparency, '--certificate-transparency', why);
    refuse(options.config, '--config', why);
    refuse(options.plainHttp, '--plain-http', why);
  }
  if (target.kind === 'file') {
    const why = 'is for charts in a registry, and this is a file';
    refuse(options.version, '--version', `${why}; --reference says which chart it should be`);
    refuse(options.plainHttp, '--plain-http', why);
    if (options.depth === 'signature')
      refuse(true, '--depth signature', 'is not possible for files: they are always read whole');
    if (options.server === undefined) refuse(options.caFile, '--ca-file', why);
    if (options.keyring.length === 0) {
      const manifest = 'is for signatures of manifests, and a file has none; --keyring judges its provenance';
      refuse(options.cosignKey, '--cosign-key', manifest);
      refuse(options.subject ?? options.certificateIdentity, '--subject', manifest);
    }
  } else {
    const why = 'is for local archives, and this is a chart in a registry';
    refuse(options.provenance, '--provenance', why);
    refuse(options.reference, '--reference', why);
  }
}
