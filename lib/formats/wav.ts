/**
 * WAV: sound as numbers. A RIFF file is a row of chunks; "fmt " says how the samples are stored, "data" holds
 * them (Microsoft and IBM, "Multimedia Programming Interface and Data Specifications 1.0", 1991).
 */
import { FormatError } from "../array/errors.js";

export interface Sound {
  /** Samples a second. */
  readonly rate: number;
  /** The samples, in [−1, 1). */
  readonly samples: Float32Array;
}

/**
 * Reads a WAV file of one channel, PCM, 8 or 16 bits. Other chunks are passed over.
 * @param bytes  the whole file
 * @param name   what to call it in an error
 * @throws FormatError for a file that is damaged, cut short, or of another kind
 */
export function readWav(bytes: Uint8Array, name = "the bytes"): Sound {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tag = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (bytes.length < 12 || tag(0) !== "RIFF" || tag(8) !== "WAVE") {
    throw new FormatError(`wav: ${name} does not begin as a WAV file (RIFF … WAVE); check which file it is.`);
  }
  let format: { rate: number; bits: number } | undefined;
  for (let at = 12; at + 8 <= bytes.length;) {
    const [kind, length] = [tag(at), view.getUint32(at + 4, true)];
    const start = at + 8;
    if (length > bytes.length - start) {
      throw new FormatError(
        `wav: ${name} says its "${kind}" chunk has ${length} bytes, but ${bytes.length - start} are left; ` +
          `fetch the file again.`,
      );
    }
    if (kind === "fmt ") format = readFormat(view, start, length, name);
    if (kind === "data") {
      if (format === undefined) {
        throw new FormatError(
          `wav: ${name} has samples before it says how they are stored; convert it anew.`,
        );
      }
      return { rate: format.rate, samples: readSamples(view, start, length, format.bits) };
    }
    // A chunk of an odd length is followed by a byte that does not count.
    at = start + length + (length % 2);
  }
  throw new FormatError(
    `wav: ${name} has no "${format ? "data" : "fmt "}" chunk; it is cut short, so fetch it again.`,
  );
}

const pcm = 1;
const extensible = 0xfffe;

function readFormat(
  view: DataView,
  start: number,
  length: number,
  name: string,
): { rate: number; bits: number } {
  if (length < 16) {
    throw new FormatError(
      `wav: ${name} has a "fmt " chunk of ${length} bytes, fewer than 16; fetch the file again.`,
    );
  }
  const [kind, channels] = [view.getUint16(start, true), view.getUint16(start + 2, true)];
  const [rate, bits] = [view.getUint32(start + 4, true), view.getUint16(start + 14, true)];
  // The extensible form repeats the coding at the head of an identifier.
  const coding = kind === extensible && length >= 26 ? view.getUint16(start + 24, true) : kind;
  if (coding !== pcm || channels !== 1 || (bits !== 8 && bits !== 16) || rate === 0) {
    throw new FormatError(
      `wav: ${name} has coding ${coding}, ${channels} channel(s), ${bits} bits, ${rate} samples/s; ` +
        `convert it to PCM (coding 1), 1 channel, 8 or 16 bits.`,
    );
  }
  return { rate, bits };
}

/** 8-bit samples are 0 … 255 about 128, 16-bit ones signed and little-endian; a last odd byte does not count. */
function readSamples(view: DataView, start: number, length: number, bits: number): Float32Array {
  const samples = new Float32Array(Math.floor(length / (bits / 8)));
  for (let i = 0; i < samples.length; i++) {
    samples[i] =
      bits === 8 ? (view.getUint8(start + i) - 128) / 128 : view.getInt16(start + 2 * i, true) / 32768;
  }
  return samples;
}
