/**
 * Jupyter's wire format (protocol 5.3): identities, delimiter, signature, four JSON parts, buffers. The signature
 * is checked before a byte is parsed, in constant time, and a message that was seen before is refused.
 */
import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";

export const PROTOCOL_VERSION = "5.3";

const DELIMITER = Buffer.from("<IDS|MSG>");
/** How many signatures are remembered against replay. */
const SEEN_LIMIT = 2 ** 16;

/** JSON as it comes from the other side: nothing about it is known. */
export type Json = Record<string, unknown>;

export interface Header {
  msg_id: string;
  msg_type: string;
  session?: unknown;
  username?: unknown;
  date?: unknown;
  version?: unknown;
}

export interface Message {
  /** Where the answer goes. */
  identities: Buffer[];
  header: Header;
  parent: Json;
  metadata: Json;
  content: Json;
  buffers: Buffer[];
}

/** A message that is malformed, not ours, or not new. */
export class WireError extends Error {
  override readonly name = "WireError";
}

export class Wire {
  readonly #key: string;
  readonly #algorithm: string;
  readonly #session: string = randomUUID();
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
  decode(frames: readonly Buffer[]): Message {
    const at = frames.findIndex((frame) => frame.equals(DELIMITER));
    if (at < 0) throw new WireError("no delimiter");
    if (frames.length < at + 6)
      throw new WireError(`${frames.length - at - 1} parts after the delimiter, needs 5`);
    const [signature, ...parts] = frames.slice(at + 1, at + 6) as [Buffer, Buffer, Buffer, Buffer, Buffer];
    this.#check(signature, parts);
    const [header, parent, metadata, content] = parts.map(parseObject) as [Json, Json, Json, Json];
    if (typeof header["msg_id"] !== "string" || typeof header["msg_type"] !== "string")
      throw new WireError("the header has no msg_id or no msg_type");
    return {
      identities: frames.slice(0, at),
      header: header as unknown as Header,
      parent,
      metadata,
      content,
      buffers: frames.slice(at + 6),
    };
  }

  /** @param parent the header of the request that this answers; undefined for none */
  encode(
    identities: readonly Buffer[],
    type: string,
    parent: Header | undefined,
    content: Json,
    metadata: Json = {},
  ): Buffer[] {
    const header = {
      msg_id: randomUUID(),
      session: this.#session,
      username: "kernel",
      date: new Date().toISOString(),
      msg_type: type,
      version: PROTOCOL_VERSION,
    };
    const parts = [header, parent ?? {}, metadata, content].map((part) => Buffer.from(JSON.stringify(part)));
    return [...identities, DELIMITER, Buffer.from(this.#sign(parts)), ...parts];
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

function parseObject(part: Buffer): Json {
  let value: unknown;
  try {
    value = JSON.parse(part.toString("utf8"));
  } catch {
    throw new WireError("a part is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new WireError("a part is not a JSON object");
  return value as Json;
}
