/**
 * Reading zip archives strictly: every entry's size and checksum must be as the directory says, and memory is taken for
 * what an entry unpacks to, never for what it claims. fflate does the unpacking.
 * Source: PKWARE's APPNOTE 6.3, sections 4.3.7 (local header), 4.3.12 (directory), 4.3.16 (its end).
 */
import { Inflate } from "fflate";
import { FormatError } from "../array/errors.js";

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly checksum: number;
  readonly packed: number;
  readonly unpacked: number;
  readonly header: number;
}

const END_LENGTH = 22;
const LONGEST_COMMENT = 0xffff;

/**
 * @param bytes  the whole archive
 * @returns the files in it, by name
 * @throws FormatError for anything that is damaged, encrypted, packed otherwise than stored or deflated, or over 4 GB
 */
export function unzip(where: string, bytes: Uint8Array): Map<string, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const files = new Map<string, Uint8Array>();
  try {
    for (const entry of directory(where, bytes, view)) {
      if (files.has(entry.name)) throw new FormatError(`${where}: ${entry.name} is there twice.`);
      files.set(entry.name, unpack(`${where}: ${entry.name}`, bytes, view, entry));
    }
  } catch (error) {
    // A DataView's complaint means that an offset points outside the archive.
    if (error instanceof RangeError) {
      throw new FormatError(
        `${where}: the archive's directory points outside the file; it was cut off or damaged.`,
      );
    }
    throw error;
  }
  return files;
}

function directory(where: string, bytes: Uint8Array, view: DataView): Entry[] {
  let end = bytes.length - END_LENGTH;
  const earliest = Math.max(0, end - LONGEST_COMMENT);
  while (end >= earliest && view.getUint32(end, true) !== 0x06054b50) end--;
  if (end < earliest) throw new FormatError(`${where}: this is not a zip archive, or its end was cut off.`);
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  const entries: Entry[] = [];
  for (let i = 0; i < count; i++) {
    if (view.getUint32(at, true) !== 0x02014b50)
      throw new FormatError(`${where}: entry ${i} of the directory is damaged.`);
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) =>
      view.getUint16(at + offset, true),
    );
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
    const [checksum, packed, unpacked] = [16, 20, 24].map((offset) => view.getUint32(at + offset, true));
    const header = view.getUint32(at + 42, true);
    if (view.getUint16(at + 8, true) & 1)
      throw new FormatError(`${where}: ${name} is encrypted; save it without a password.`);
    if ([packed, unpacked, header].includes(0xffffffff))
      throw new FormatError(`${where}: ${name} is larger than 4 GB.`);
    entries.push({ name, method: view.getUint16(at + 10, true), checksum, packed, unpacked, header });
    at += 46 + nameLength + extraLength + commentLength;
  }
  // Entries that share bytes could unpack to millions of times the archive's size.
  const total = entries.reduce((sum, { packed }) => sum + packed, 0);
  if (total > bytes.length)
    throw new FormatError(`${where}: its entries take ${total} bytes of ${bytes.length}.`);
  return entries;
}

function unpack(where: string, bytes: Uint8Array, view: DataView, entry: Entry): Uint8Array {
  const { header, packed, unpacked, method } = entry;
  if (view.getUint32(header, true) !== 0x04034b50) throw new FormatError(`${where}: its header is damaged.`);
  const begin = header + 30 + view.getUint16(header + 26, true) + view.getUint16(header + 28, true);
  if (begin + packed > bytes.length) throw new FormatError(`${where}: it was cut off.`);
  const data = bytes.subarray(begin, begin + packed);
  if (method !== 0 && method !== 8) {
    throw new FormatError(`${where}: packing method ${method} is unknown; store or deflate it.`);
  }
  const file = method === 0 ? data : inflate(where, data, unpacked);
  if (file.length !== unpacked || crc32(file) !== entry.checksum) {
    throw new FormatError(`${where}: its size or checksum is not what the archive says; it is damaged.`);
  }
  return file;
}

/** Unpacks piece by piece and stops at the first byte beyond the promised length. */
function inflate(where: string, data: Uint8Array, length: number): Uint8Array {
  const pieces: Uint8Array[] = [];
  let total = 0;
  let ended = false;
  const stream = new Inflate((piece, final) => {
    total += piece.length;
    if (total > length)
      throw new FormatError(`${where}: it unpacks to more than the ${length} bytes that it claims.`);
    pieces.push(piece.slice());
    ended ||= final;
  });
  try {
    for (let at = 0; at < data.length; at += 4096) {
      stream.push(data.subarray(at, at + 4096), at + 4096 >= data.length);
    }
  } catch (error) {
    if (error instanceof FormatError) throw error;
    throw new FormatError(
      `${where}: it cannot be unpacked (${error instanceof Error ? error.message : String(error)}).`,
    );
  }
  if (!ended || total !== length)
    throw new FormatError(`${where}: it unpacks to ${total} bytes and claims ${length}.`);
  const file = new Uint8Array(total);
  let at = 0;
  for (const piece of pieces) {
    file.set(piece, at);
    at += piece.length;
  }
  return file;
}

const crcTable: Uint32Array = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++)
    remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
  return remainder;
});

/** The checksum of zip and PNG: the remainder by the polynomial EDB88320, bits reversed. */
export function crc32(bytes: Uint8Array): number {
  let remainder = 0xffffffff;
  for (const byte of bytes) remainder = crcTable[(remainder ^ byte) & 0xff] ^ (remainder >>> 8);
  return (remainder ^ 0xffffffff) >>> 0;
}
