const LITERAL = 0;
const SEGMENT = 1; // "*": one or more characters except "/" and "@"
const ANYTHING = 2; // "**": anything, also nothing

/**
 * A glob as DESIGN defines it: `*` is one or more characters except `/` and `@`, `**` is anything (also nothing),
 * every other character is itself; anchored at both ends.
 *
 * Patterns and texts may be chosen by strangers (a branch may be called `x@refs/tags/v1`), so there is neither a
 * regular expression nor backtracking: all places of the pattern that can have been reached are carried along
 * together. Time is at most pattern length × text length, memory two bytes a pattern character.
 *
 * @param pattern three and more asterisks are read from the left: `***` is `**` and then `*`
 * @returns whether a text matches; compares UTF-16 units, case counts
 */
export function globToMatcher(pattern: string): (text: string) => boolean {
  const kinds: number[] = [];
  const units: number[] = [];
  for (let i = 0; i < pattern.length; i++) {
    if (pattern[i] !== '*') {
      kinds.push(LITERAL);
      units.push(pattern.charCodeAt(i));
    } else if (pattern[i + 1] === '*') {
      i++;
      kinds.push(ANYTHING);
      units.push(0);
    } else {
      kinds.push(SEGMENT);
      units.push(0);
    }
  }
  const end = kinds.length;
  if (kinds.every((kind) => kind === LITERAL)) return (text) => text === pattern;

  return (text) => {
    // places[p]: everything before pattern element p can have been consumed. insideStar[p]: the "*" at p has already
    // consumed one character and may take more.
    let places = new Uint8Array(end + 1);
    let insideStar = new Uint8Array(end + 1);
    reach(places, 0);
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      const inSegment = unit !== 0x2f && unit !== 0x40;
      const next = new Uint8Array(end + 1);
      const nextInside = new Uint8Array(end + 1);
      let alive = false;
      for (let p = 0; p < end; p++) {
        if (places[p] === 0 && insideStar[p] === 0) continue;
        if (kinds[p] === LITERAL) {
          if (units[p] === unit) {
            reach(next, p + 1);
            alive = true;
          }
        } else if (kinds[p] === ANYTHING) {
          reach(next, p);
          alive = true;
        } else if (inSegment) {
          nextInside[p] = 1;
          reach(next, p + 1);
          alive = true;
        }
      }
      if (!alive) return false;
      places = next;
      insideStar = nextInside;
    }
    return places[end] === 1;
  };

  // "**" may consume nothing, so whoever stands before it stands behind it, too.
  function reach(set: Uint8Array, place: number): void {
    let p = place;
    set[p] = 1;
    while (p < end && kinds[p] === ANYTHING) {
      p++;
      set[p] = 1;
    }
  }
}
