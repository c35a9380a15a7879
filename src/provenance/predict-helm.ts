import type { ClientPrediction } from '../base/evidence.ts';
import type { RawPacket } from '../base/openpgp/split-packets.ts';
import { clean } from '../base/text.ts';
import { checkAsHelm } from './helm-check.ts';
import { decodeAsHelm } from './helm-clearsign.ts';
import { loadHelmKeyring } from './helm-keyring.ts';
import type { Engine } from './helm-packets.ts';
import { type HelmSource, resolveAsHelm } from './helm-reference.ts';
import { checkTextAsHelm } from './helm-text.ts';
import type { Keyring } from './read-keyring.ts';
import { SignedMessage } from './signed-message.ts';

interface PredictionInput {
  source: HelmSource;
  /** The provenance; undefined when the chart has none. */
  provenance: Uint8Array | undefined;
  /** Keys of the policy, in its order; Helm is thought to have them all in one binary keyring. */
  keyrings: readonly Keyring[];
  /** `sha256:…` */
  archiveDigest: string;
  /** Milliseconds since the epoch. */
  now: number;
}

interface HelmLine {
  versions: string;
  engine: Engine;
  /** Helm 3 reads the metadata of the signed text and fails when it cannot; Helm 4 passes over it. */
  readsMetadata: boolean;
  noBlock: string;
}

const LINES: HelmLine[] = [
  {
    versions: '<=3.21.3',
    engine: 'x/crypto',
    readsMetadata: true,
    noBlock: 'failed to decode signature: signature block not found',
  },
  {
    versions: '>=3.21.4 <4',
    engine: 'go-crypto',
    readsMetadata: true,
    noBlock: 'failed to decode signature: signature block not found',
  },
  { versions: '>=4', engine: 'go-crypto', readsMetadata: false, noBlock: 'signature block not found' },
];

/**
 * What Helm would say: of `helm pull --verify` for a chart in a registry, of `helm verify` for a file. One answer for
 * each line of versions that differs, in Helm's words without the leading "Error: ".
 */
export async function predictHelm(input: PredictionInput): Promise<ClientPrediction[]> {
  const target = resolveAsHelm(input.source);
  if ('refusal' in target) return LINES.map(({ versions }) => prediction(versions, target.refusal));
  if (input.provenance === undefined)
    return LINES.map(({ versions }) => prediction(versions, target.missing));
  const packets = [...new Set(input.keyrings)].flatMap(({ certificates }) => certificates.flat());
  const old = await askEngine('x/crypto', packets, input.provenance, input.now);
  const current = await askEngine('go-crypto', packets, input.provenance, input.now);
  const checked = new Map<string, string | undefined>();
  const check = (text: string, fileName: string, readsMetadata: boolean) => {
    const id = `${readsMetadata} ${text}`;
    if (!checked.has(id))
      checked.set(id, checkTextAsHelm(text, fileName, input.archiveDigest, readsMetadata));
    return checked.get(id);
  };
  return LINES.map((line) => {
    const answer = line.engine === 'x/crypto' ? old : current;
    if (answer.refusal !== undefined) return prediction(line.versions, answer.refusal);
    if (answer.plaintext === undefined) return prediction(line.versions, line.noBlock);
    return prediction(line.versions, check(answer.plaintext, target.fileName, line.readsMetadata));
  });
}

interface EngineAnswer {
  refusal?: string;
  plaintext?: string;
}

async function askEngine(
  engine: Engine,
  packets: RawPacket[],
  provenance: Uint8Array,
  now: number,
): Promise<EngineAnswer> {
  const ring = await loadHelmKeyring(packets, engine);
  if (!Array.isArray(ring)) return { refusal: `failed to load keyring: ${ring.message}` };
  const block = decodeAsHelm(provenance, engine);
  if (block === undefined) return {};
  const message = SignedMessage.of(provenance, block.signed);
  const failed = await checkAsHelm(ring, block, message, engine, now);
  return failed === undefined ? { plaintext: block.plaintext } : { refusal: failed.message };
}

function prediction(versions: string, refusal: string | undefined): ClientPrediction {
  const outcome = refusal === undefined ? 'accept' : 'refuse';
  return { client: 'helm', versions, outcome, message: clean(refusal ?? '', 1000) };
}
