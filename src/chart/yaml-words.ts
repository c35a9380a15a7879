import type { YAMLException } from 'js-yaml';
import { YamlError } from './yaml-error.ts';

// What js-yaml says and what go-yaml v2 (go.yaml.in/yaml/v2: scannerc.go, parserc.go) says of the same fault. go-yaml
// counts lines of the parser from 0 and those of the scanner from 1, and leaves out line 0.
const WORDS: [pattern: RegExp, words: string, counts: 'parser' | 'scanner'][] = [
  [/^expected the node content/, 'did not find expected node content', 'parser'],
  [/^tab characters must not be used/, 'found character that cannot start any token', 'scanner'],
  [/^unexpected end of .* quoted scalar$/, 'found unexpected end of stream', 'scanner'],
  [/^unknown escape sequence/, 'found unknown escape character', 'scanner'],
  [/^expected hexadecimal character/, 'did not find expected hexdecimal number', 'scanner'],
  [/^bad indentation of a mapping entry|^deficient indentation/, 'did not find expected key', 'parser'],
  [/^bad indentation of a sequence entry/, "did not find expected '-' indicator", 'parser'],
  [
    /^can not read a block mapping entry|^expected ':' after a mapping key/,
    "could not find expected ':'",
    'scanner',
  ],
  [/^a whitespace character is expected/, 'mapping values are not allowed in this context', 'scanner'],
  [/^end of the stream or a document/, 'did not find expected <document start>', 'parser'],
  [/^undeclared tag handle/, 'found undefined tag handle', 'parser'],
  [/^duplication of %YAML/, 'found duplicate %YAML directive', 'parser'],
  [/^unacceptable YAML version/, 'found incompatible YAML document', 'parser'],
  [/null byte|non-printable/, 'control characters are not allowed', 'scanner'],
];

// Faults that, within brackets, are all one to go-yaml.
const FLOW = /^missed comma|within a flow collection$|^deficient indentation|^bad indentation/;

/** js-yaml's exception as a `YamlError` in go-yaml's words. */
export function yamlWords(error: YAMLException, source: string): YamlError {
  const line = error.mark === undefined ? undefined : lineOf(source, error.mark.position);
  if (error.reason.startsWith('nesting exceeded')) {
    return new YamlError(
      'limit',
      `yaml: ${error.reason.replace(/^nesting exceeded maxDepth/, 'exceeded max depth')}`,
      line,
    );
  }
  const bracket = FLOW.test(error.reason) ? openBracket(source.slice(0, error.mark?.position)) : undefined;
  if (bracket !== undefined && line !== undefined) {
    const atEnd = error.mark!.position >= source.length && !source.endsWith('\n');
    const shown = Math.max(1, atEnd ? line : line - 1);
    return new YamlError('syntax', `yaml: line ${shown}: did not find expected ',' or '${bracket}'`, line);
  }
  const atColon = source[error.mark?.position ?? -1] === ':';
  const reason = atColon
    ? error.reason.replace(/^bad indentation of a mapping/, 'a whitespace character is expected')
    : error.reason;
  const known = WORDS.find(([pattern]) => pattern.test(reason));
  const words = known?.[1] ?? error.reason;
  const shown = line === undefined ? 0 : known?.[2] === 'parser' || line === 1 ? line - 1 : line;
  return new YamlError('syntax', `yaml: ${shown > 0 ? `line ${shown}: ` : ''}${words}`, line);
}

function lineOf(source: string, position: number): number {
  let line = 1;
  for (let at = source.indexOf('\n'); at !== -1 && at < position; at = source.indexOf('\n', at + 1)) line++;
  return line;
}

/** The bracket that would close the innermost open one, as far as a look without a scanner can tell. */
function openBracket(before: string): '}' | ']' | undefined {
  const open: ('}' | ']')[] = [];
  const plain = before.replace(/"(?:\\.|[^"\\])*"|'(?:''|[^'])*'|(?:^|\s)#.*$/gm, '');
  for (const char of plain) {
    if (char === '{') open.push('}');
    else if (char === '[') open.push(']');
    else if (char === open.at(-1)) open.pop();
  }
  return open.at(-1);
}
