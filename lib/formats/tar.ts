/**
 * Tar archives: files one after the other, each behind a header of 512 bytes and filled up to a multiple of 512
 * (IEEE Std 1003.1-1988, "ustar").
 */
import { FormatError } from "../array/errors.js";

const block = 512;

/**
 * The regular files of an archive, by path; they share its memory.
 * @param bytes  the whole archive, not compressed
 * @param name   what to call it in an error
 * @throws FormatError for bytes that are no archive, or end within a file
 */
export function readTar(bytes: Uint8Array, name = "the bytes"): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  let longName: string | undefined;
  // An archive ends with blocks of zeros.
  for (let at = 0; at + block <= bytes.length && bytes[at] !== 0;) {
    const header = bytes.subarray(at, at + block);
    const size = /^[0-7]+$/.test(text(header, 124, 12)) ? parseInt(text(header, 124, 12), 8) : NaN;
    if (!(checksum(header) === parseInt(text(header, 148, 8), 8)) || Number.isNaN(size)) {
      throw new FormatError(`tar: ${name} has no header at byte ${at}; fetch the file again.`);
    }
    const start = at + block;
    if (size > bytes.length - start) {
      throw new FormatError(
        `tar: ${name} says that ${text(header, 0, 100)} has ${size} bytes, but ${bytes.length - start} are left; ` +
          `fetch the file again.`,
      );
    }
    const kind = header[156];
    const content = bytes.subarray(start, start + size);
    if (kind === 0 || kind === 0x30) files.set(longName ?? pathOf(header), content);
    // GNU's tar puts a name that is too long for the header into a member of its own before the file.
    longName = kind === 0x4c ? text(content, 0, content.length) : undefined;
    at = start + Math.ceil(size / block) * block;
  }
  if (files.size === 0) throw new FormatError(`tar: ${name} holds no files; check which file it is.`);
  return files;
}

/** The name of up to 100 bytes, and in POSIX archives up to 155 more before it. */
function pathOf(header: Uint8Array): string {
  const name = text(header, 0, 100);
  const prefix = text(header, 257, 8) === "ustar" ? text(header, 345, 155) : "";
  return prefix ? `${prefix}/${name}` : name;
}

/** A field, up to the first zero byte. */
function text(header: Uint8Array, start: number, length: number): string {
  return String.fromCharCode(...header.subarray(start, start + length))
    .split("\0")[0]
    .trim();
}

/** The sum of a header's bytes, its own field counted as spaces. */
function checksum(header: Uint8Array): number {
  return header.reduce((sum, byte, i) => sum + (i >= 148 && i < 156 ? 0x20 : byte), 0);
}
