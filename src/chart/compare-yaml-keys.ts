/**
 * The order in which go-yaml v2 writes the keys of a map (go.yaml.in/yaml/v2: sorter.go), for Array.sort: numbers
 * within keys by their value, letters by code point, all else before letters. Like go-yaml's own this is no total order:
 * of some odd sets of keys ("1:30", "0o17", "11") each could come before another, and Helm writes them in an order that
 * changes from run to run.
 */
export function compareYamlKeys(left: string, right: string): number {
  const a = Array.from(left);
  const b = Array.from(right);
  const at = a.findIndex((char, i) => i >= b.length || char !== b[i]);
  if (at === -1 || at >= b.length) return a.length - b.length;
  return compareAt(a, b, at);
}

/** `at` is where the keys differ first; both reach that far. */
function compareAt(a: string[], b: string[], at: number): number {
  const [left, right] = [a[at]!, b[at]!];
  const letters = [left, right].map((char) => /\p{L}/u.test(char));
  if (letters[0] !== letters[1]) return letters[0] ? 1 : -1;
  if (!letters[0]) {
    // A zero in the middle of a number is a digit like others, at its start it is padding.
    const begun = (left === '0' || right === '0') && hasNumberBefore(a, at);
    const [numberA, endA] = readNumber(a, at, begun);
    const [numberB, endB] = readNumber(b, at, begun);
    if (numberA !== numberB) return numberA < numberB ? -1 : 1;
    if (endA !== endB) return endA - endB;
  }
  return left.codePointAt(0)! - right.codePointAt(0)!;
}

function hasNumberBefore(chars: string[], at: number): boolean {
  for (let i = at - 1; i >= 0 && isDigit(chars[i]); i--) if (chars[i] !== '0') return true;
  return false;
}

/** The number and the index after it. Digits of all scripts count, by their distance from "0", in 64 bits. */
function readNumber(chars: string[], start: number, begun: boolean): [number: bigint, end: number] {
  let number = begun ? 1n : 0n;
  let end = start;
  for (; isDigit(chars[end]); end++) {
    number = BigInt.asIntN(64, number * 10n + BigInt(chars[end]!.codePointAt(0)! - 0x30));
  }
  return [number, end];
}

function isDigit(char: string | undefined): boolean {
  return char !== undefined && /^\p{Nd}$/u.test(char);
}
