import { MAX_NAME_BYTES } from './limits.ts';
import type { Certificate } from './parse-certificate.ts';
import type { DerNode } from './parse-der.ts';

const FULCIO = '1.3.6.1.4.1.57264.1.';
const UTF8_STRING = 0x0c;

interface Extension {
  /** The last number of its OID. */
  last: number;
  /** As reports show it. */
  name: string;
  /** Fulcio's own name, and others that policies may use. */
  aliases: readonly string[];
}

// fulcio: docs/oid-info.md, pkg/certificate/extensions.go. The names that reports and policies know are the documented
// ones in camelCase; where the last word only says what every reader sees (URI), the short name is shown and both work.
const EXTENSIONS: readonly Extension[] = [
  { last: 1, name: 'issuerV1', aliases: [] },
  { last: 2, name: 'workflowTrigger', aliases: ['githubWorkflowTrigger'] },
  { last: 3, name: 'workflowSha', aliases: ['githubWorkflowSha'] },
  { last: 4, name: 'workflowName', aliases: ['githubWorkflowName'] },
  { last: 5, name: 'workflowRepository', aliases: ['githubWorkflowRepository'] },
  { last: 6, name: 'workflowRef', aliases: ['githubWorkflowRef'] },
  { last: 8, name: 'issuer', aliases: ['issuerV2'] },
  { last: 9, name: 'buildSignerUri', aliases: ['buildSigner'] },
  { last: 10, name: 'buildSignerDigest', aliases: [] },
  { last: 11, name: 'runnerEnvironment', aliases: [] },
  { last: 12, name: 'sourceRepository', aliases: ['sourceRepositoryUri'] },
  { last: 13, name: 'sourceRepositoryDigest', aliases: [] },
  { last: 14, name: 'sourceRepositoryRef', aliases: [] },
  { last: 15, name: 'sourceRepositoryId', aliases: ['sourceRepositoryIdentifier'] },
  { last: 16, name: 'sourceRepositoryOwner', aliases: ['sourceRepositoryOwnerUri'] },
  { last: 17, name: 'sourceRepositoryOwnerId', aliases: ['sourceRepositoryOwnerIdentifier'] },
  { last: 18, name: 'buildConfigUri', aliases: ['buildConfig'] },
  { last: 19, name: 'buildConfigDigest', aliases: [] },
  { last: 20, name: 'buildTrigger', aliases: [] },
  { last: 21, name: 'runInvocationUri', aliases: ['runInvocation'] },
  { last: 22, name: 'sourceRepositoryVisibility', aliases: ['sourceRepositoryVisibilityAtSigning'] },
  { last: 23, name: 'deploymentEnvironment', aliases: [] },
  { last: 24, name: 'tokenSubject', aliases: [] },
];

const byOid = new Map(EXTENSIONS.map((extension) => [`${FULCIO}${extension.last}`, extension]));
const byName = new Map(
  EXTENSIONS.flatMap((extension) =>
    [extension.name, ...extension.aliases].map((name) => [name, extension.name]),
  ),
);

/** Every name that a policy may use for an extension of Fulcio's certificates. */
export const EXTENSION_NAMES: readonly string[] = [...byName.keys()];

/** The name under which `readExtensions` gives it; undefined for a name that stands for nothing. */
export function extensionName(nameOrAlias: string): string | undefined {
  return byName.get(nameOrAlias);
}

/**
 * Fulcio's extensions of a certificate by their names. `issuer` is always the OIDC issuer: the current extension or,
 * of old certificates, the first version of it.
 * @throws Error if one cannot be read, or the two issuers differ
 */
export function readExtensions(certificate: Certificate): Record<string, string> {
  const values: Record<string, string> = {};
  for (const node of certificate.extensions as DerNode[]) {
    const extension = byOid.get(node.subs[0]!.toOID());
    if (extension === undefined) continue;
    values[extension.name] = readValue(node.subs.at(-1) as DerNode, extension);
  }
  const { issuerV1, ...rest } = values;
  if (issuerV1 === undefined) return rest;
  if (rest.issuer !== undefined && rest.issuer !== issuerV1) throw new Error('it names two issuers');
  return { issuer: issuerV1, ...rest };
}

// Up to .6 the octets are the text; from .8 on they hold a UTF8String (fulcio: docs/oid-info.md).
function readValue(octets: DerNode, { last, name }: Extension): string {
  let bytes = octets.value;
  if (last >= 8) {
    const [text, ...more] = octets.subs;
    if (text?.tag.toDER() !== UTF8_STRING || more.length > 0) throw new Error(`its ${name} is no UTF8String`);
    bytes = text.value;
  }
  if (bytes.byteLength > MAX_NAME_BYTES) throw new Error(`its ${name} is too long`);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Error(`its ${name} is not UTF-8`);
  }
}
