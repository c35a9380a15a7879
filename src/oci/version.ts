import SemVer from 'semver/classes/semver.js';

// Masterminds' loose form: an optional v, one to three numbers (leading zeros allowed), prerelease, build.
const LOOSE =
  /^v?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;
const STRICT_START = /^[0-9]/;
const MAX_VERSION = 256;

/** A version as Masterminds' `NewVersion` takes it (`v1.2`, `01.2.3`), missing numbers are 0; undefined if it is none. */
export function looseVersion(text: string): SemVer | undefined {
  if (text.length > MAX_VERSION) return undefined;
  const match = LOOSE.exec(text);
  if (match === null) return undefined;
  const [, major, minor = '0', patch = '0', pre = '', build = ''] = match;
  return semver(`${bare(major ?? '0')}.${bare(minor)}.${bare(patch)}${pre}${build}`);
}

/** A version by the letter of SemVer 2.0.0, without `v` or spaces; undefined if it is none. */
export function strictVersion(text: string): SemVer | undefined {
  return text.length <= MAX_VERSION && STRICT_START.test(text) && !/\s/.test(text) ? semver(text) : undefined;
}

function bare(number: string): string {
  return number.replace(/^0+(?=[0-9])/, '');
}

function semver(text: string): SemVer | undefined {
  try {
    return new SemVer(text);
  } catch {
    return undefined;
  }
}
