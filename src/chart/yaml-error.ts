/**
 * YAML that cannot be read. `message` speaks in go-yaml's words as far as they are known ("yaml: line 3: …"), as
 * those are what Helm's users see; it may quote the document and must pass `clean()` before it is shown.
 * `kind`: `syntax` (no YAML, or a value that cannot be built), `duplicate` (a key twice in one mapping, where that was
 * asked to be refused), `limit` (more nesting, nodes or text than allowed). `line` counts from 1.
 */
export class YamlError extends Error {
  readonly kind: 'syntax' | 'duplicate' | 'limit';
  readonly line: number | undefined;

  constructor(kind: 'syntax' | 'duplicate' | 'limit', message: string, line?: number) {
    super(message);
    this.name = 'YamlError';
    this.kind = kind;
    this.line = line;
  }
}
