import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import { parseReference, type Reference } from '../oci/index.ts';
import { kindOfPath } from './files.ts';

/** What `verify` was asked about. */
export type Target =
  | { kind: 'reference'; text: string; reference: Reference }
  | { kind: 'file'; path: string };

const ARCHIVE = /\.(tgz|tar\.gz|tar|zip|prov)$/i;
const PATH = /^(\.{0,2}\/|[A-Za-z]:[\\/]|~)/;
const LIKE_A_REFERENCE = /^(localhost|[\w.-]+\.[\w-]+|[\w.-]+:\d+|\[[\da-fA-F:]+\])(:\d+)?\/./;

/**
 * Tells a reference from a local archive, and typing errors from both.
 * @throws ChartsealError reference.invalid, file.unreadable; each names the remedy
 */
export async function parseTarget(text: string, cwd: string): Promise<Target> {
  if (text.startsWith('oci://')) return { kind: 'reference', text, reference: parseReference(text) };
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/+/.exec(text);
  if (scheme) throw wrongScheme(text, scheme[0]);

  const there = text === '' ? 'nothing' : await kindOfPath(text, cwd);
  if (there === 'file') {
    if (/\.prov$/i.test(text)) {
      throw new ChartsealError('reference.invalid', `${clean(text)} is a provenance file, not a chart`, {
        help: `Name the archive it belongs to: chartseal verify ${clean(text.replace(/\.prov$/i, ''))}`,
      });
    }
    return { kind: 'file', path: text };
  }
  if (there === 'directory') {
    throw new ChartsealError(
      'reference.invalid',
      `${clean(text)} is a directory; only packaged charts are signed`,
      {
        help: 'Name the archive that helm package made of it, or an oci:// reference.',
      },
    );
  }
  if (ARCHIVE.test(text) || PATH.test(text)) {
    throw new ChartsealError(
      'file.unreadable',
      `${clean(text)}: there is no such file (looked in ${clean(cwd)})`,
      {
        help: 'Check the path. A chart in a registry is written oci://HOST/REPOSITORY:TAG.',
      },
    );
  }
  if (LIKE_A_REFERENCE.test(text)) {
    throw new ChartsealError(
      'reference.invalid',
      `${clean(text)} has no "oci://" before it, and no such file exists`,
      {
        help: `Write oci://${clean(text)}`,
      },
    );
  }
  throw new ChartsealError(
    'reference.invalid',
    `"${clean(text)}" is neither a reference (oci://HOST/REPOSITORY:TAG) nor a file that exists`,
    {
      help: 'Write the registry too, like oci://registry.example.com/charts/app:1.2.3, or the path of a chart archive. Names of "helm repo add" mean nothing here.',
    },
  );
}

function wrongScheme(text: string, scheme: string): ChartsealError {
  const rest = text.slice(scheme.length);
  const lower = scheme.toLowerCase();
  if (lower === 'oci:/' || /^oci:\/+$/.test(lower)) {
    return new ChartsealError(
      'reference.invalid',
      `${clean(text)} begins with "${clean(scheme)}" instead of "oci://"`,
      {
        help: `Write oci://${clean(rest)}`,
      },
    );
  }
  if (/^https?:/.test(lower)) {
    const plain = lower.startsWith('http:') ? ' and add --plain-http if the registry speaks no TLS' : '';
    return new ChartsealError(
      'reference.invalid',
      `${clean(text)} is a web address; registries are written with oci://`,
      {
        help: ARCHIVE.test(rest)
          ? 'Charts of classic repositories (index.yaml) are verified as files: fetch the archive and its .prov with helm pull --prov, then chartseal verify CHART.tgz.'
          : `Write oci://${clean(rest)}${plain}`,
      },
    );
  }
  return new ChartsealError(
    'reference.invalid',
    `${clean(text)} begins with "${clean(scheme)}", which is not spoken here`,
    {
      help: 'Write oci://HOST[:PORT]/REPOSITORY[:TAG][@sha256:DIGEST], or the path of a chart archive.',
    },
  );
}
