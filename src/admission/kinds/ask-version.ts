import { clean } from '../../base/text.ts';
import {
  type Constraint,
  isDigest,
  isTag,
  looseVersion,
  parseConstraint,
  strictVersion,
} from '../../oci/index.ts';
import type { AskedVersion, Dialect, RangeVersion, TagReading } from './use.ts';

type Asked = { ok: true; asked: AskedVersion } | { ok: false; why: string };

type Reader = (text: string) => AskedVersion | undefined;

// The numbers of versions are those whose source was read; what they share is Masterminds/semver v3.
const READERS: Record<Dialect, { read: Reader; who: string }> = {
  // helm/helm pkg/registry/client.go Tags, ValidateReference; Helm 3 and 4. Of a version with spaces around it some
  // commands, and controllers with them, drop the spaces, to others it is a range (pkg/action/install.go LocateChart,
  // pull.go): both are judged
  helm: {
    who: 'Helm',
    read: (text) => {
      if (looseVersion(text)) return exact(text);
      const bare = looseVersion(text.trim()) && exact(text.trim());
      const found = range(text, { form: 'strict', plus: true });
      return bare?.kind === 'exact' && found ? { ...found, tagFirst: bare.tag } : (found ?? bare);
    },
  },
  // fluxcd/source-controller v1.9.3 internal/helm/repository/oci_chart_repository.go: fluxcd/pkg/version ParseVersion
  // wants three numbers, so "1.2" is a range here and a tag in Helm; tags come from Helm's own list
  'flux-chart': {
    who: 'Flux',
    read: (text) =>
      hasThreeNumbers(text) && looseVersion(text) ? exact(text) : range(text, { form: 'strict', plus: true }),
  },
  // the same, internal/controller/ocirepository_controller.go getArtifactRef: a tag goes to the registry as it is
  'flux-tag': { who: 'Flux', read: (text) => tag(text === '' ? 'latest' : text) },
  // argoproj/argo-cd v3.5.1 reposerver/repository/repository.go newHelmClientResolveRevision, util/versions/tags.go;
  // no revision is an error there, and so is a word that is neither version nor range in the Helm it calls
  'argo-helm': {
    who: 'Argo CD',
    read: (text) => {
      if (text === '') return undefined;
      return looseVersion(text) ? exact(text) : range(text, { form: 'loose', plus: true });
    },
  },
  // the same, util/oci/client.go resolveRevision: digest or tag first, a range only when there is no such tag; what
  // stands before "@" is dropped (oras-go v2 remote.Repository.ParseReference)
  'argo-oci': {
    who: 'Argo CD',
    read: (text) => {
      const [before, digest] = splitDigest(text);
      if (digest !== undefined) {
        if (!isDigest(digest)) return undefined;
        return { kind: 'digest', text, digest, ...(isTag(before) ? { tag: before } : {}) };
      }
      if (text === '') return undefined;
      if (!looseVersion(text)) {
        const found = range(text, { form: 'loose', plus: true });
        if (found !== undefined) return isTag(text) ? { ...found, tagFirst: text } : found;
      }
      return tag(text);
    },
  },
  // rancher/fleet internal/bundlereader/charturl.go GetOCITag: a strict version that is a tag is taken, all else is a
  // range over the tags as they are
  fleet: {
    who: 'Fleet',
    read: (text) =>
      strictVersion(text) && isTag(text) ? exact(text) : range(text, { form: 'loose', plus: false }),
  },
};

/**
 * What the text of a version asks for, by the rules of the controller that reads it.
 * @returns not ok for text that the controller could not resolve either
 */
export function askVersion(dialect: Dialect, text: string): Asked {
  const { read, who } = READERS[dialect];
  const asked = read(text);
  if (asked !== undefined) return { ok: true, asked };
  return {
    ok: false,
    why:
      text === '' ? `${who} wants a version and there is none` : `${who} takes no version "${clean(text)}"`,
  };
}

/** A range of versions in Masterminds' grammar; no text is any release. undefined when it is no range. */
export function range(text: string, tags: TagReading): RangeVersion | undefined {
  const constraint = constraintOf(text === '' ? '*' : text);
  return constraint && { kind: text === '' ? 'missing' : 'range', text, constraint, tags };
}

function exact(text: string): AskedVersion | undefined {
  const spelled = text.replaceAll('+', '_');
  return isTag(spelled) ? { kind: 'exact', text, tag: spelled } : undefined;
}

function tag(text: string): AskedVersion | undefined {
  if (text === 'latest') return { kind: 'latest', text, tag: text };
  return isTag(text) ? { kind: 'exact', text, tag: text } : undefined;
}

function splitDigest(text: string): [before: string, digest: string | undefined] {
  const at = text.indexOf('@');
  if (at >= 0) return [text.slice(0, at), text.slice(at + 1)];
  return text.startsWith('sha256:') ? ['', text] : ['', undefined];
}

function hasThreeNumbers(text: string): boolean {
  return text.split('.').length >= 3;
}

function constraintOf(text: string): Constraint | undefined {
  try {
    return parseConstraint(text);
  } catch {
    return undefined;
  }
}
