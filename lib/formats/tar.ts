/**
 * Reads tar archives: files one after the other, each after a header of 512 bytes and padded to a multiple of 512
 * (IEEE Std 1003.1-1988, "ustar"); with the longer names and sizes of POSIX 2001 ("pax") and of GNU tar.
 */
import { FormatError } from "../array/errors.js";

const block = 512;

/** Types of members: a plain file (three codes), a member that describes the next file (pax and GNU), a sparse file. */
const [FILES, PAX, LONG_NAME, SPARSE] = [["\0", "0", "7"], "x", "L", "S"];

/**
 * The regular files of an archive, by path; they share its memory. Folders, links and devices are skipped.
 * @param bytes  the whole archive, not compressed
 * @param name   what to call it in an error
 * @throws FormatError for bytes that are not an archive, that end within a file, or that contain a sparse file
 */
export function readTar(bytes: Uint8Array, name = "the bytes"): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  /** The next file's path and size, as earlier members give them. */
  let next: { path?: string; size?: number } = {};
  // An archive ends with blocks of zeros.
  for (let at = 0; at + block <= bytes.length && bytes[at] !== 0;) {
    const header = bytes.subarray(at, at + block);
    const kind = String.fromCharCode(header[156]);
    const isFile = FILES.includes(kind);
    const size = (isFile ? next.size : undefined) ?? numberIn(header.subarray(124, 136));
    if (checksum(header) !== numberIn(header.subarray(148, 156)) || !Number.isSafeInteger(size) || size < 0) {
      throw new FormatError(`tar: ${name} has no header at byte ${at}; fetch the file again.`);
    }
    const start = at + block;
    const path = next.path ?? pathOf(header);
    if (size > bytes.length - start) {
      throw new FormatError(
        `tar: ${name} says that ${path} has ${size} bytes, but ${bytes.length - start} are left; ` +
          `fetch the file again.`,
      );
    }
    const content = bytes.subarray(start, start + size);
    if (kind === SPARSE)
      throw new FormatError(
        `tar: ${name} stores ${path} with holes, which is not read; pack it without --sparse.`,
      );
    if (isFile && !path.endsWith("/")) files.set(path, content); // before 1988 such a path meant a folder
    if (kind === LONG_NAME) next = { ...next, path: text(content) };
    else if (kind === PAX) next = { ...next, ...records(content) };
    else next = {};
    at = start + Math.ceil(size / block) * block;
  }
  if (files.size === 0) throw new FormatError(`tar: ${name} holds no files; check which file it is.`);
  return files;
}

/** The name of up to 100 bytes, and in POSIX archives up to 155 more before it. */
function pathOf(header: Uint8Array): string {
  const name = text(header.subarray(0, 100));
  const prefix =
    header[262] === 0 && text(header.subarray(257, 263)) === "ustar" ? text(header.subarray(345, 500)) : "";
  return prefix ? `${prefix}/${name}` : name;
}

/** The records of a pax header that are needed; each is "length key=value\n", where length counts the whole record. */
function records(content: Uint8Array): { path?: string; size?: number } {
  const found: { path?: string; size?: number } = {};
  for (let at = 0; at < content.length;) {
    const space = content.indexOf(0x20, at);
    const length = Number(text(content.subarray(at, space)));
    if (space < 0 || !(length > space - at)) break;
    const [, key, value] = /^(\w+)=([^]*)\n$/.exec(text(content.subarray(space + 1, at + length))) ?? [];
    if (key === "path") found.path = value;
    if (key === "size") found.size = Number(value);
    at += length;
  }
  return found;
}

/** A number in octal digits. GNU tar writes a larger one as a byte 128, then its bytes, highest first. NaN otherwise. */
function numberIn(field: Uint8Array): number {
  if (field[0] === 0x80) return field.subarray(1).reduce((sum, byte) => 256 * sum + byte, 0);
  const digits = text(field).trim();
  return /^[0-7]+$/.test(digits) ? parseInt(digits, 8) : NaN;
}

/** A field, up to the first zero byte. */
function text(field: Uint8Array): string {
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}

/** The sum of a header's bytes, with the checksum field counted as spaces. */
function checksum(header: Uint8Array): number {
  return header.reduce((sum, byte, i) => sum + (i >= 148 && i < 156 ? 0x20 : byte), 0);
}
