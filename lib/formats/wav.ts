/**
 * WAV: sound as numbers. A RIFF file is a sequence of chunks; "fmt " says how the samples are stored, "data" holds them
 * (Microsoft and IBM, "Multimedia Programming Interface and Data Specifications 1.0", 1991).
 */
import { expectBytes } from "./bytes.js";
import { FormatError, ValueError } from "../array/errors.js";

/** A sound as numbers: one channel of samples, and its sampling rate. */
export interface Sound {
  /** Samples per second. */
  readonly rate: number;
  /** The samples, in [−1, 1); samples of a float file are not changed. */
  readonly samples: Float32Array;
}

/** Which channel `readWav` takes from a sound with several. */
export interface ReadWavOptions {
  /** The channel, from 0; of two, 0 is the left one. The mean of all channels unless given. */
  channel?: number;
}

/**
 * Reads a WAV file: whole numbers of 8 to 32 bits (PCM) or floats of 32 or 64, one channel or several. Other chunks are
 * skipped.
 * @param bytes  the whole file
 * @param name   what to call it in an error
 * @throws FormatError for a file that is damaged, cut short, or of another kind; ValueError for a channel that does not exist
 */
export function readWav(bytes: Uint8Array, name = "the bytes", options: ReadWavOptions = {}): Sound {
  expectBytes("readWav", bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tag = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
  const container = bytes.length < 12 || tag(8) !== "WAVE" ? "" : tag(0);
  if (!["RIFF", "RIFX", "RF64"].includes(container)) {
    throw new FormatError(`wav: ${name} does not begin as a WAV file (RIFF … WAVE); check which file it is.`);
  }
  const little = container !== "RIFX"; // RIFX has the highest byte first
  let format: Format | undefined;
  for (let at = 12; at + 8 <= bytes.length;) {
    const kind = tag(at);
    const start = at + 8;
    const claimed = view.getUint32(at + 4, little);
    // A program that writes while it records does not know the length; a file of over 4 GB stores it elsewhere.
    const isOpen = kind === "data" && claimed >= OPEN;
    const length = isOpen ? bytes.length - start : claimed;
    if (length > bytes.length - start) {
      throw new FormatError(
        `wav: ${name} says its "${kind}" chunk has ${length} bytes, but ${bytes.length - start} are left; ` +
          `fetch the file again.`,
      );
    }
    if (kind === "fmt ") format = readFormat(view, start, length, little, name);
    if (kind === "data") {
      if (format === undefined) {
        throw new FormatError(
          `wav: ${name} has samples before it says how they are stored; convert it anew.`,
        );
      }
      const data = new DataView(bytes.buffer, bytes.byteOffset + start, length);
      return { rate: format.rate, samples: readSamples(data, format, little, options) };
    }
    // A padding byte follows a chunk of odd length.
    at = start + length + (length % 2);
  }
  throw new FormatError(
    `wav: ${name} has no "${format ? "data" : "fmt "}" chunk; it is cut short, so fetch it again.`,
  );
}

/** A length of this or more means "to the end". */
const OPEN = 0x7ffff000;

const [PCM, FLOAT, EXTENSIBLE] = [1, 3, 0xfffe];

/** The names of other common codings. */
const codings: Readonly<Record<number, string>> = {
  2: "ADPCM",
  6: "A-law",
  7: "µ-law",
  17: "ADPCM",
  85: "MP3",
};

interface Format {
  readonly rate: number;
  readonly channels: number;
  /** Bytes of a sample. */
  readonly width: number;
  readonly isFloat: boolean;
}

function readFormat(view: DataView, start: number, length: number, little: boolean, name: string): Format {
  if (length < 16) {
    throw new FormatError(
      `wav: ${name} has a "fmt " chunk of ${length} bytes, fewer than 16; fetch the file again.`,
    );
  }
  const [kind, channels] = [view.getUint16(start, little), view.getUint16(start + 2, little)];
  const [rate, bits] = [view.getUint32(start + 4, little), view.getUint16(start + 14, little)];
  // The extensible form gives the coding at the start of an identifier.
  const coding = kind === EXTENSIBLE && length >= 26 ? view.getUint16(start + 24, little) : kind;
  const isKnown = coding === FLOAT ? bits === 32 || bits === 64 : coding === PCM && bits >= 8 && bits <= 32;
  if (!isKnown || channels === 0 || rate === 0) {
    const called = codings[coding] ? ` (${codings[coding]})` : "";
    throw new FormatError(
      `wav: ${name} has coding ${coding}${called}, ${channels} channel(s), ${bits} bits, ${rate} samples/s; ` +
        `convert it to PCM (coding 1) of 8 to 32 bits, or to floats (coding 3) of 32 or 64.`,
    );
  }
  return { rate, channels, width: Math.ceil(bits / 8), isFloat: coding === FLOAT };
}

/** The samples of one channel, or the mean of all channels; an incomplete last frame is dropped. */
function readSamples(
  view: DataView,
  { channels, width, isFloat }: Format,
  little: boolean,
  { channel }: ReadWavOptions,
): Float32Array {
  if (channel !== undefined && !(Number.isInteger(channel) && channel >= 0 && channel < channels))
    throw new ValueError(
      `readWav: there is no channel ${channel}; the file has ${channels}, counted from 0.`,
    );
  const read = readers[isFloat ? `f${width}` : `i${width}`];
  const samples = new Float32Array(Math.floor(view.byteLength / (width * channels)));
  const [from, to] = channel === undefined ? [0, channels] : [channel, channel + 1];
  for (let i = 0; i < samples.length; i++) {
    let sum = 0;
    for (let c = from; c < to; c++) sum += read(view, (i * channels + c) * width, little);
    samples[i] = sum / (to - from);
  }
  return samples;
}

/** 8-bit samples are 0 … 255 with 128 as zero; wider ones are signed. */
const readers: Readonly<Record<string, (view: DataView, at: number, little: boolean) => number>> = {
  i1: (view, at) => (view.getUint8(at) - 128) / 2 ** 7,
  i2: (view, at, little) => view.getInt16(at, little) / 2 ** 15,
  i3: (view, at, little) => {
    const [low, middle, high] = little ? [at, at + 1, at + 2] : [at + 2, at + 1, at];
    return (view.getInt8(high) * 2 ** 16 + view.getUint8(middle) * 2 ** 8 + view.getUint8(low)) / 2 ** 23;
  },
  i4: (view, at, little) => view.getInt32(at, little) / 2 ** 31,
  f4: (view, at, little) => view.getFloat32(at, little),
  f8: (view, at, little) => view.getFloat64(at, little),
};
