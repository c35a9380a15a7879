import { ChartsealError } from '../../base/error.ts';
import type { ServiceSelector, SigningConfig, SigningService } from './read-signing-config.ts';

/** The services that one signature is made with. */
export interface SelectedServices {
  /** undefined when the signing config names none. */
  certificateAuthority: SigningService | undefined;
  logs: SigningService[];
  timestampAuthorities: SigningService[];
}

/** Most services of one kind that are asked for one signature. */
const MAX_SELECTED = 8;
const SUPPORTED = { certificateAuthorities: [1], logs: [2, 1], timestampAuthorities: [1] } as const;

/**
 * Chooses as sigstore's clients must (sigstore_trustroot.proto, SigningConfig; sigstore-go:pkg/root/signing_config.go): of the
 * services that are valid at the time, those with the highest version of the interface that is known here, one of each
 * operator (the newest), and of these as many as the selector says.
 * @param at milliseconds since the epoch
 * @param random from 0 to 1: which of several are taken
 * @throws ChartsealError sign.signing_config when a kind of service is named but none, or too few, can be used
 */
export function selectServices(config: SigningConfig, at: number, random: () => number): SelectedServices {
  const choose = (kind: keyof typeof SUPPORTED, selector: ServiceSelector) =>
    pick(candidates(config[kind], SUPPORTED[kind], at, kind), selector, kind, random);
  return {
    // The newest, not any: sigstore-go:pkg/root/signing_config.go, SelectService.
    certificateAuthority: candidates(
      config.certificateAuthorities,
      SUPPORTED.certificateAuthorities,
      at,
      'certificateAuthorities',
    )[0],
    logs: choose('logs', config.logSelector),
    timestampAuthorities: choose('timestampAuthorities', config.timestampSelector),
  };
}

const FIELDS = { certificateAuthorities: 'caUrls', logs: 'rekorTlogUrls', timestampAuthorities: 'tsaUrls' };

/** Newest first. */
function candidates(
  services: readonly SigningService[],
  versions: readonly number[],
  at: number,
  kind: keyof typeof FIELDS,
): SigningService[] {
  if (services.length === 0) return [];
  const valid = services.filter(
    ({ validFrom, validUntil }) => (validFrom ?? at) <= at && at <= (validUntil ?? at),
  );
  for (const version of versions) {
    const fit = valid
      .filter(({ majorApiVersion }) => majorApiVersion === version)
      .sort((a, b) => (b.validFrom ?? 0) - (a.validFrom ?? 0));
    const operators = new Set<string>();
    const chosen = fit.filter(({ operator }) => !operators.has(operator) && operators.add(operator));
    if (chosen.length > 0) return chosen;
  }
  throw unusable(
    `${FIELDS[kind]}: no service is valid now and has an interface that is known here (${versions.join(', ')})`,
  );
}

function pick(
  services: SigningService[],
  selector: ServiceSelector,
  kind: keyof typeof FIELDS,
  random: () => number,
): SigningService[] {
  if (services.length === 0) return [];
  const count = selector.kind === 'all' ? services.length : selector.kind === 'any' ? 1 : selector.count;
  if (count > services.length) {
    throw unusable(`${FIELDS[kind]}: ${count} services are asked for, and ${services.length} can be used`);
  }
  if (count > MAX_SELECTED) {
    throw unusable(
      `${FIELDS[kind]}: ${count} services would be asked for each signature, ${MAX_SELECTED} at most`,
    );
  }
  const rest = [...services];
  return Array.from({ length: count }, () => {
    const index = Math.min(rest.length - 1, Math.floor(random() * rest.length));
    return selector.kind === 'all' ? rest.shift()! : rest.splice(index, 1)[0]!;
  });
}

function unusable(why: string): ChartsealError {
  return new ChartsealError('sign.signing_config', `the signing config cannot be used: ${why}`);
}
