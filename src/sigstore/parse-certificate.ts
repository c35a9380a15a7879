import { X509Certificate } from '@sigstore/core';
import { type DerNode, parseDer } from './parse-der.ts';

const EXTENSIONS = 3;

/**
 * A certificate of `@sigstore/core` that is read fast and remembers which certificates it verified with. Whether one
 * certificate signed another depends on the bytes of the two alone, and neither ever changes; those of trusted roots
 * live as long as the root, so their chains are verified once.
 */
export class Certificate extends X509Certificate {
  readonly #tree: DerNode;
  readonly #verified = new WeakMap<X509Certificate, boolean>();

  constructor(tree: DerNode) {
    super(tree);
    this.#tree = tree;
  }

  /** Its bytes; not to be changed. */
  get der(): Buffer {
    return this.#tree.source;
  }

  override verify(issuer?: X509Certificate): boolean {
    const by = issuer ?? this;
    let known = this.#verified.get(by);
    if (known === undefined) {
      known = super.verify(issuer);
      this.#verified.set(by, known);
    }
    return known;
  }

  override equals(other: X509Certificate): boolean {
    return (
      this === other || (other instanceof Certificate ? this.der.equals(other.der) : super.equals(other))
    );
  }

  /**
   * The library takes the timestamps of certificate logs out of a copy and asks for the bytes of the rest, so what
   * contains the list of extensions must be written anew.
   */
  override clone(): X509Certificate {
    const tree = parseDer(this.der);
    const [body] = tree.subs as DerNode[];
    const holder = body?.subs.find((sub) => sub.tag.isContextSpecific(EXTENSIONS)) as DerNode | undefined;
    for (const node of [tree, body, holder, holder?.subs[0] as DerNode | undefined]) node?.rewrite();
    return new Certificate(tree);
  }
}

/**
 * @param der is copied
 * @throws Error if it is not DER
 */
export function parseCertificate(der: Uint8Array): Certificate {
  return new Certificate(parseDer(Uint8Array.from(der)));
}
