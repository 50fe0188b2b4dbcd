/**
 * Jupyter's wire format for ZeroMQ (protocol 5.3): identities, delimiter, signature, four JSON parts, buffers. The
 * signature is checked, in constant time, before anything is parsed; a message that was received before is refused.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { MessageError, checkMessage } from "./protocol.js";
import type { Message } from "./protocol.js";

const DELIMITER = Buffer.from("<IDS|MSG>");
/** How many signatures are remembered against replay. */
const SEEN_LIMIT = 2 ** 16;

/** A message with the identities of its sender or receiver. */
export interface Addressed {
  readonly identities: readonly Buffer[];
  readonly message: Message;
}

/** A message that is malformed, not ours, or not new. */
export class WireError extends MessageError {
  override readonly name: string = "WireError";
}

export class Wire {
  readonly #key: string;
  readonly #algorithm: string;
  readonly #seen = new Set<string>();

  /**
   * @param key the connection file's key; empty: messages are not signed
   * @param scheme the connection file's `signature_scheme`, such as "hmac-sha256"
   * @throws for a scheme that is not HMAC or that Node does not know
   */
  constructor(key: string, scheme = "hmac-sha256") {
    if (!scheme.startsWith("hmac-"))
      throw new Error(`The connection file asks for the signature scheme "${scheme}"; only hmac-… is known.`);
    this.#key = key;
    this.#algorithm = scheme.slice("hmac-".length);
    if (key) this.#sign([]);
  }

  /** @throws WireError */
  decode(frames: readonly Buffer[]): Addressed {
    const at = frames.findIndex((frame) => frame.equals(DELIMITER));
    if (at < 0) throw new WireError("no delimiter");
    if (frames.length < at + 6)
      throw new WireError(`${frames.length - at - 1} parts after the delimiter, needs 5`);
    const [signature, ...parts] = frames.slice(at + 1, at + 6) as [Buffer, Buffer, Buffer, Buffer, Buffer];
    this.#check(signature, parts);
    const [header, parent_header, metadata, content] = parts.map(parse);
    try {
      const buffers = frames.slice(at + 6);
      const message = checkMessage({ header, parent_header, metadata, content, buffers });
      return { identities: frames.slice(0, at), message };
    } catch (error) {
      throw new WireError((error as Error).message, { cause: error });
    }
  }

  encode({ identities, message }: Addressed): Buffer[] {
    const { header, parent_header, metadata, content, buffers } = message;
    const parts = [header, parent_header, metadata, content].map((part) => Buffer.from(JSON.stringify(part)));
    return [...identities, DELIMITER, Buffer.from(this.#sign(parts)), ...parts, ...buffers.map(asBuffer)];
  }

  #check(signature: Buffer, parts: readonly Buffer[]): void {
    if (!this.#key) return;
    const expected = Buffer.from(this.#sign(parts));
    if (signature.length !== expected.length || !timingSafeEqual(signature, expected))
      throw new WireError("wrong signature");
    const text = expected.toString("latin1");
    if (this.#seen.has(text)) throw new WireError("a message that was received before");
    this.#seen.add(text);
    if (this.#seen.size > SEEN_LIMIT) this.#seen.delete(this.#seen.values().next().value!);
  }

  #sign(parts: readonly Buffer[]): string {
    if (!this.#key) return "";
    const hmac = createHmac(this.#algorithm, this.#key);
    for (const part of parts) hmac.update(part);
    return hmac.digest("hex");
  }
}

function parse(part: Buffer): unknown {
  try {
    return JSON.parse(part.toString("utf8"));
  } catch {
    throw new WireError("a part is not JSON");
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
