import type { enums, SignaturePacket } from 'openpgp';
import { bytesToLatin1 } from '../base/openpgp/latin1.ts';
import { ARITHMETIC_ONLY } from './openpgp-rules.ts';

type AnyKey = Parameters<SignaturePacket['verify']>[0];

const messages = new WeakMap<Uint8Array, SignedMessage[]>();

/**
 * A signed text, for openpgp.js. Whether a signature fits it is worked out once, though every policy and both of
 * Helm's engines ask for it.
 */
export class SignedMessage {
  /** As much of LiteralDataPacket as SignaturePacket.toSign looks at. */
  readonly text = null;
  readonly signed: Uint8Array;
  readonly #answers = new Map<string, Promise<string | undefined>>();

  constructor(signed: Uint8Array) {
    this.signed = signed;
  }

  /**
   * The text of a document as one reader takes it; readers that take the same get the same object.
   * @param document the very bytes that were fetched; what is known of them is forgotten with them
   */
  static of(document: Uint8Array, signed: Uint8Array): SignedMessage {
    const known = messages.get(document) ?? [];
    messages.set(document, known);
    let message = known.find((each) => isSame(each.signed, signed));
    if (message === undefined) {
      message = new SignedMessage(signed);
      known.push(message);
    }
    return message;
  }

  getBytes(): Uint8Array {
    return this.signed;
  }

  /**
   * Does the arithmetic hold?
   * @param body of the signature packet
   * @returns undefined when it does, else openpgp.js' words
   */
  verify(packet: SignaturePacket, body: Uint8Array, key: AnyKey): Promise<string | undefined> {
    const ids = [key.getFingerprint(), packet.issuerKeyID.toHex(), packet.signedHashValue!.join()];
    const id = `${ids.join(' ')} ${bytesToLatin1(body)}`;
    let answer = this.#answers.get(id);
    if (answer === undefined) {
      answer = refusal(packet, key, packet.signatureType!, this);
      this.#answers.set(id, answer);
    }
    return answer;
  }
}

/** What openpgp.js has against a signature's arithmetic, whatever the time; undefined when nothing. */
export async function refusal(
  packet: SignaturePacket,
  key: AnyKey,
  type: enums.signature,
  data: object,
): Promise<string | undefined> {
  const anyTime = null as unknown as Date;
  try {
    await packet.verify(key, type, data, anyTime, true, ARITHMETIC_ONLY);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
