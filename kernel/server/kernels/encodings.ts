/**
 * A kernel's message on a WebSocket: bytes of `v1.kernel.websocket.jupyter.org` for who asks for it, else JSON, with
 * bytes before it where the message carries some (the older way, in which VS Code's extension may still ask).
 * https://jupyter-server.readthedocs.io/en/latest/developers/websocket-protocols.html
 */
import { packMessage, unpackMessage } from "../../jupyter/frame.js";
import type { Framed } from "../../jupyter/frame.js";
import { checkMessage, isJson, MessageError } from "../../jupyter/protocol.js";
import type { Channel } from "../../jupyter/protocol.js";

export const PROTOCOL = "v1.kernel.websocket.jupyter.org";

const CHANNELS: readonly unknown[] = ["shell", "control", "stdin", "iopub"] satisfies Channel[];

const OUTPUT: ReadonlySet<string> = new Set(["stream", "display_data", "update_display_data"]);

/** A message to pages; each form of it is made once, however many pages get it. */
export class Outgoing {
  readonly framed: Framed;
  readonly #packed: Uint8Array;
  #older: string | Uint8Array | undefined;

  constructor(framed: Framed) {
    this.framed = framed;
    this.#packed = packMessage(framed);
  }

  /** In bytes. */
  get size(): number {
    return this.#packed.length;
  }

  /** Whether it is output of a cell, which the page can do without. */
  get isOutput(): boolean {
    return OUTPUT.has(this.framed.message.header.msg_type);
  }

  as(protocol: string): string | Uint8Array {
    return protocol === PROTOCOL ? this.#packed : (this.#older ??= olderForm(this.framed));
  }
}

/** A message from a page; undefined for what is none. */
export function readIncoming(protocol: string, data: Buffer, isBinary: boolean): Framed | undefined {
  try {
    if (protocol === PROTOCOL) return unpackMessage(data);
    return isBinary ? readOlderBytes(data) : readOlderText(data.toString("utf8"), []);
  } catch (error) {
    if (error instanceof MessageError || error instanceof SyntaxError || error instanceof RangeError)
      return undefined;
    throw error;
  }
}

const WORD = 4;

function olderForm({ channel, message }: Framed): string | Uint8Array {
  const { buffers, ...rest } = message;
  const { msg_id, msg_type } = message.header;
  const text = JSON.stringify({ channel, msg_id, msg_type, ...rest, buffers: [] });
  if (buffers.length === 0) return text;
  // The number of parts, where each begins, the JSON, the buffers; numbers of 32 bits, big-endian.
  const parts = [Buffer.from(text), ...buffers];
  const head = Buffer.alloc(WORD * (parts.length + 1));
  head.writeUInt32BE(parts.length);
  let at = head.length;
  for (const [i, part] of parts.entries()) {
    head.writeUInt32BE(at, WORD * (i + 1));
    at += part.length;
  }
  return Buffer.concat([head, ...parts]);
}

function readOlderBytes(data: Buffer): Framed {
  const count = data.readUInt32BE(0);
  if (count < 1 || WORD * (count + 1) > data.length)
    throw new MessageError("it does not begin with its offsets");
  const offsets = Array.from({ length: count }, (_, i) => data.readUInt32BE(WORD * (i + 1)));
  const [json, ...buffers] = offsets.map((start, i) => data.subarray(start, offsets[i + 1]));
  return readOlderText(json!.toString("utf8"), buffers);
}

function readOlderText(text: string, buffers: readonly Uint8Array[]): Framed {
  const value: unknown = JSON.parse(text);
  if (!isJson(value)) throw new MessageError("it is not an object");
  const { channel = "shell", header, parent_header, metadata, content } = value;
  if (!CHANNELS.includes(channel)) throw new MessageError("it is of no channel");
  return {
    channel: channel as Channel,
    message: checkMessage({ header, parent_header, metadata, content, buffers }),
  };
}
