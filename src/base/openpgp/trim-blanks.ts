/**
 * A line without the spaces and tabs at its end, which no OpenPGP implementation signs. (As a regular expression this
 * takes time in the square of a long line of blanks.)
 */
export function trimBlanks(line: string): string {
  let end = line.length;
  while (end > 0 && (line[end - 1] === ' ' || line[end - 1] === '\t')) end--;
  return line.slice(0, end);
}
