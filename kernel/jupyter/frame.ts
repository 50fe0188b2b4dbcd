/**
 * One message of any channel as bytes, in the layout of the WebSocket protocol `v1.kernel.websocket.jupyter.org`: the
 * number of offsets, the offsets, then the channel's name, four JSON parts and the buffers; numbers are 64 bits,
 * little-endian. So a server can pass a kernel's messages on to a page without reading them.
 * https://jupyter-server.readthedocs.io/en/latest/developers/websocket-protocols.html
 */
import { MessageError, checkMessage } from "./protocol.js";
import type { Channel, Message } from "./protocol.js";

export interface Framed {
  readonly channel: Channel;
  readonly message: Message;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

const WORD = 8;
const CHANNELS: readonly string[] = ["shell", "control", "stdin", "iopub"] satisfies Channel[];

export function packMessage({ channel, message }: Framed): Uint8Array<ArrayBuffer> {
  const { header, parent_header, metadata, content, buffers } = message;
  const json = [header, parent_header, metadata, content].map((part) => encoder.encode(JSON.stringify(part)));
  const parts = [encoder.encode(channel), ...json, ...buffers];
  const head = WORD * (parts.length + 2);
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, head));
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(parts.length + 1), true);
  let at = head;
  for (const [i, part] of parts.entries()) {
    view.setBigUint64(WORD * (i + 1), BigInt(at), true);
    bytes.set(part, at);
    at += part.length;
  }
  view.setBigUint64(WORD * (parts.length + 1), BigInt(at), true);
  return bytes;
}

/** @throws MessageError */
export function unpackMessage(bytes: Uint8Array): Framed {
  const [channel, header, parent_header, metadata, content, ...buffers] = partsOf(bytes);
  const name = text(channel!);
  if (!CHANNELS.includes(name)) throw new MessageError("it is of no channel");
  const [a, b, c, d] = [header, parent_header, metadata, content].map((part) => parse(part!));
  const message = checkMessage({ header: a, parent_header: b, metadata: c, content: d, buffers });
  return { channel: name as Channel, message };
}

function partsOf(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = bytes.length < WORD ? 0 : Number(view.getBigUint64(0, true));
  if (count < 6 || WORD * (count + 1) > bytes.length)
    throw new MessageError("it does not begin with its offsets");
  const offsets = Array.from({ length: count }, (_, i) => Number(view.getBigUint64(WORD * (i + 1), true)));
  let before = WORD * (count + 1);
  for (const offset of offsets) {
    if (offset < before || offset > bytes.length) throw new MessageError("its offsets lead out of it");
    before = offset;
  }
  return offsets.slice(1).map((end, i) => bytes.subarray(offsets[i], end));
}

function text(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new MessageError("a part is not UTF-8");
  }
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(text(bytes));
  } catch (error) {
    throw error instanceof MessageError ? error : new MessageError("a part is not JSON");
  }
}
