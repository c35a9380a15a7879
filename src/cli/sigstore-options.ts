import { Option } from 'commander';
import type { SigstoreTrustText } from '../config/index.ts';
import { collect } from './collect.ts';
import { usageError } from './usage-error.ts';

/** Options that name signers of sigstore, as commander gives them. */
export interface SigstoreOptions {
  cosignKey?: string[];
  issuer?: string;
  subject?: string;
  certificateOidcIssuer?: string;
  certificateIdentity?: string;
  trustedRoot?: string;
  predicateType?: string[];
  annotation?: string[];
  transparencyLog?: 'required' | 'optional';
  certificateTransparency?: 'required' | 'optional';
}

/** The options themselves, for commands that verify. cosign's names are taken too. */
export function sigstoreOptions(): Option[] {
  const choice = (flags: string, text: string) => new Option(flags, text).choices(['required', 'optional']);
  return [
    new Option(
      '--cosign-key <file>',
      'public key of cosign whose signature is enough (repeatable)',
    ).argParser(collect),
    new Option('--issuer <glob>', 'keyless: who vouches for the signer (also: --certificate-oidc-issuer)'),
    new Option(
      '--subject <glob>',
      'keyless: the signer, whose signature is enough (also: --certificate-identity)',
    ),
    new Option('--certificate-oidc-issuer <glob>').hideHelp(),
    new Option('--certificate-identity <glob>').hideHelp(),
    new Option('--trusted-root <file>', 'trusted_root.json of the signer (default: that of sigstore.dev)'),
    new Option(
      '--predicate-type <uri>',
      "attestations of this type count as a signature (repeatable; default: cosign's)",
    ).argParser(collect),
    new Option('-a, --annotation <name=value>', 'what must have been signed with it (repeatable)').argParser(
      collect,
    ),
    choice('--transparency-log <how>', 'must the signature stand in a log? (default: required)'),
    choice('--certificate-transparency <how>', 'keyless: must the certificate? (default: required)'),
  ];
}

/**
 * The signers that the options name; each is enough by itself.
 * @throws ChartsealError usage.invalid
 */
export function signersOf(options: SigstoreOptions): SigstoreTrustText[] {
  const issuer = one(options.issuer, options.certificateOidcIssuer, '--issuer', '--certificate-oidc-issuer');
  const subject = one(options.subject, options.certificateIdentity, '--subject', '--certificate-identity');
  const keys = options.cosignKey ?? [];
  if ((issuer === undefined) !== (subject === undefined)) {
    const [given, missing] = issuer === undefined ? ['--subject', '--issuer'] : ['--issuer', '--subject'];
    throw usageError(`${given} is given without ${missing}`, 'Keyless signers are known by both.');
  }
  const { trustedRoot, predicateType, annotation, transparencyLog, certificateTransparency } = options;
  const shared: SigstoreTrustText = {
    root: trustedRoot,
    predicateTypes: predicateType,
    annotations: annotation === undefined ? undefined : readAnnotations(annotation),
    transparencyLog,
  };
  const keyless = subject === undefined ? [] : [{ ...shared, issuer, subject, certificateTransparency }];
  if (keyless.length === 0 && certificateTransparency !== undefined) {
    throw usageError('--certificate-transparency is for keyless signers: give --issuer and --subject');
  }
  const signers = [...keys.map((key) => ({ ...shared, key })), ...keyless];
  if (signers.length === 0 && Object.values(shared).some((value) => value !== undefined)) {
    throw usageError(
      'it is not said whose sigstore signature is enough',
      'Give --cosign-key FILE, or --issuer and --subject.',
    );
  }
  return signers;
}

function one(
  own: string | undefined,
  alias: string | undefined,
  flag: string,
  other: string,
): string | undefined {
  if (own !== undefined && alias !== undefined && own !== alias) {
    throw usageError(`${flag} and ${other} are the same and were given with different values`);
  }
  return own ?? alias;
}

/** NAME=VALUE, as often as it is given. @throws ChartsealError usage.invalid */
export function readAnnotations(texts: string[]): Record<string, string> {
  const pairs = texts.map((text) => {
    const at = text.indexOf('=');
    if (at < 1) throw usageError(`--annotation ${text} is not NAME=VALUE`);
    return [text.slice(0, at), text.slice(at + 1)] as const;
  });
  const twice = pairs.find(([name, value]) => pairs.some((other) => other[0] === name && other[1] !== value));
  if (twice !== undefined) throw usageError(`--annotation ${twice[0]} is given with different values`);
  return Object.fromEntries(pairs);
}
