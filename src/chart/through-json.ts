import { goJson } from './go-json.ts';
import { YamlError } from './yaml-error.ts';

/** A key of a mapping in brackets must end within this many characters (go.yaml.in/yaml/v2: scannerc.go). */
const MAX_KEY = 1024;

// What go-yaml refuses to read (readerc.go); encoding/json escapes C0 controls, U+2028 and U+2029 and nothing else.
const REFUSED = /[\u007f-\u0084\u0086-\u009f\ufffe\uffff]/;

/**
 * A text as it is after sigs.k8s.io/yaml wrote it as JSON and go-yaml read that JSON as YAML, which it does before it
 * writes the YAML. Halves of surrogate pairs become U+FFFD. U+0085, raw in JSON, is a line break in YAML, so it is
 * folded with the spaces around it.
 * @throws YamlError in go-yaml's words, when go-yaml cannot read that JSON and so Helm cannot write such metadata
 */
export function throughJson(text: string, isKey: boolean): string {
  if (REFUSED.test(text)) throw new YamlError('syntax', 'yaml: control characters are not allowed');
  const broken = text.includes('\u0085');
  if (isKey && (broken || Array.from(goJson(text)).length > MAX_KEY)) {
    throw new YamlError('syntax', "yaml: did not find expected ',' or '}'");
  }
  const whole = text.toWellFormed();
  if (!broken) return whole;
  if (/\u0085(?:---|\.\.\.)[ \u0085]/.test(whole)) {
    throw new YamlError('syntax', 'yaml: found unexpected document indicator');
  }
  return whole.replace(/ *\u0085[ \u0085]*/g, (run) => {
    const breaks = run.replaceAll(' ', '').length;
    return breaks === 1 ? ' ' : '\n'.repeat(breaks - 1);
  });
}
