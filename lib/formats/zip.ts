/**
 * Reads zip archives strictly: every entry's size and checksum must match the directory, and memory is allocated for the
 * bytes that an entry really unpacks to, never for the size that it claims. fflate does the unpacking.
 * Source: PKWARE's APPNOTE 6.3, sections 4.3.7 (local header), 4.3.12 (directory), 4.3.16 (its end).
 */
import { Inflate, type Unzlib } from "fflate";
import { FormatError } from "../array/errors.js";

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly checksum: number;
  /** The number of bytes in the archive; `length` is that of the unpacked file. */
  readonly packed: number;
  readonly length: number;
  /** The position of the entry's own header. */
  readonly header: number;
}

const END_LENGTH = 22;
const LONGEST_COMMENT = 0xffff;
/** Written where 32 or 16 bits are too small for a number; the number is then in a field of 64 bits. */
const ELSEWHERE = { 4: 0xffffffff, 2: 0xffff };

/**
 * @param bytes  the whole archive
 * @returns the files in it, by name. If two have one name, the later one is returned: a program can replace a file by
 *   appending the new one to the archive
 * @throws FormatError for anything that is damaged, encrypted, or neither stored nor deflated
 */
export function unzip(where: string, bytes: Uint8Array): Map<string, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const files = new Map<string, Uint8Array>();
  try {
    const entries = new Map(directory(where, bytes, view).map((entry) => [entry.name, entry]));
    for (const entry of entries.values()) {
      const isFolder = entry.name.endsWith("/") && entry.length === 0;
      if (!isFolder) files.set(entry.name, unpack(`${where}: ${entry.name}`, bytes, view, entry));
    }
  } catch (error) {
    // A RangeError of the DataView means that an offset points outside the archive.
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
  let count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  if (count === ELSEWHERE[2] || at === ELSEWHERE[4]) {
    // Sections 4.3.14 and 4.3.15: the end record of a large archive, and its position.
    const large = view.getUint32(end - 20, true) === 0x07064b50 ? long(view, end - 12) : -1;
    if (large < 0 || view.getUint32(large, true) !== 0x06064b50)
      throw new FormatError(`${where}: the end of the archive's directory is damaged.`);
    [count, at] = [long(view, large + 32), long(view, large + 48)];
  }
  const entries: Entry[] = [];
  for (let i = 0; i < count; i++) {
    if (view.getUint32(at, true) !== 0x02014b50)
      throw new FormatError(`${where}: entry ${i} of the directory is damaged.`);
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) =>
      view.getUint16(at + offset, true),
    );
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
    if (view.getUint16(at + 8, true) & 1)
      throw new FormatError(`${where}: ${name} is encrypted; save it without a password.`);
    const [length, packed, header] = sizesOf(view, at, at + 46 + nameLength, extraLength);
    const [method, checksum] = [view.getUint16(at + 10, true), view.getUint32(at + 16, true)];
    entries.push({ name, method, checksum, packed, length, header });
    at += 46 + nameLength + extraLength + commentLength;
  }
  // Entries that share bytes could unpack to millions of times the archive's size.
  const total = entries.reduce((sum, { packed }) => sum + packed, 0);
  if (total > bytes.length)
    throw new FormatError(`${where}: its entries take ${total} bytes of ${bytes.length}.`);
  return entries;
}

/** An entry's length, packed length and place: 32 bits each, or 64 in the extra field 1 (section 4.5.3). */
function sizesOf(view: DataView, at: number, extra: number, extraLength: number): number[] {
  const short = [24, 20, 42].map((offset) => view.getUint32(at + offset, true));
  let field = extra;
  while (field + 4 <= extra + extraLength && view.getUint16(field, true) !== 1)
    field += 4 + view.getUint16(field + 2, true);
  let next = field + 4;
  return short.map((value) => {
    if (value !== ELSEWHERE[4] || next + 8 > extra + extraLength) return value;
    next += 8;
    return long(view, next - 8);
  });
}

/** A number of 64 bits; beyond 2⁵³ it is rounded, but then it is larger than any archive. */
function long(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

/** Ways to pack that other programs have. */
const METHODS: Readonly<Record<number, string | undefined>> = {
  9: "Deflate64",
  12: "bzip2",
  14: "LZMA",
  93: "Zstandard",
  95: "XZ",
};

function unpack(where: string, bytes: Uint8Array, view: DataView, entry: Entry): Uint8Array {
  const { header, packed, length, method } = entry;
  if (view.getUint32(header, true) !== 0x04034b50) throw new FormatError(`${where}: its header is damaged.`);
  const begin = header + 30 + view.getUint16(header + 26, true) + view.getUint16(header + 28, true);
  if (begin + packed > bytes.length) throw new FormatError(`${where}: it was cut off.`);
  const data = bytes.subarray(begin, begin + packed);
  if (method !== 0 && method !== 8) {
    const name = METHODS[method] === undefined ? "is unknown" : `(${METHODS[method]}) is not read`;
    throw new FormatError(`${where}: packing method ${method} ${name}; store or deflate it.`);
  }
  const file = method === 0 ? data : unpacked(where, data, length);
  if (file.length !== length || crc32(file) !== entry.checksum) {
    throw new FormatError(`${where}: its size or checksum is not what the archive says; it is damaged.`);
  }
  return file;
}

/**
 * Unpacks piece by piece and stops at the first byte beyond the given length.
 * @param Stream  the decompressor; by default for deflate
 * @throws FormatError when they are damaged, or unpack to another length
 */
export function unpacked(
  where: string,
  data: Uint8Array,
  length: number,
  Stream: typeof Inflate | typeof Unzlib = Inflate,
): Uint8Array {
  const pieces: Uint8Array[] = [];
  let total = 0;
  let ended = false;
  const stream = new Stream((piece, final) => {
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

/** The checksum of zip and PNG: the remainder after division by the polynomial EDB88320 (bits reversed). */
export function crc32(bytes: Uint8Array): number {
  let remainder = 0xffffffff;
  for (const byte of bytes) remainder = crcTable[(remainder ^ byte) & 0xff] ^ (remainder >>> 8);
  return (remainder ^ 0xffffffff) >>> 0;
}
