/**
 * Spoken digits: the recordings of the Free Spoken Digit Dataset (Z. Jackson and others), as log-mel frames.
 * A file is named `digit_speaker_index.wav`.
 */
import { expectInteger } from "../array/check.js";
import { wrap } from "../array/tensor.js";
import { Dataset, splits, type Splits } from "./dataset.js";
import { listFiles, readBytes } from "./files.js";
import { logMel, type LogMelOptions } from "../signal/mel.js";
import { readWav } from "../formats/wav.js";

/** The information in a file's name. */
export interface Recording {
  readonly digit: number;
  readonly speaker: string;
  readonly index: number;
}

/**
 * Where `spokenDigits` finds its recordings, how many frames it takes of each, and which recordings are for the test; and
 * the options of the frames, as for `logMel`.
 */
export interface SpokenDigitsOptions extends LogMelOptions {
  /** The folder with the recordings. Default: `fsdd` where `CHAINRULE_DATA` says, else in the cache folder. */
  readonly folder?: string;
  /** How many frames of each recording: a longer one is cut, a shorter one followed by silence. Default 64. */
  readonly frames?: number;
  /** Which recordings to test with. Default: those whose index is a multiple of 5, a fifth of every speaker's. */
  readonly isTest?: (recording: Recording) => boolean;
}

const classes = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
const pattern = /^(\d)_(\w+)_(\d+)\.wav$/;

/**
 * A data set of spoken digits, N×bands×frames float32. Each recording is scaled to the same peak amplitude, and its frames
 * to mean 0 and standard deviation 1.
 *
 *     spokenDigits({ isTest: ({ speaker }) => speaker === "theo" })     // does it know a stranger?
 *
 * @throws MissingDataError, saying where it looked and what to put there
 * @throws FormatError for a file that is not such a WAV file
 */
export async function spokenDigits(options: SpokenDigitsOptions = {}): Promise<Splits> {
  const { folder, frames = 64, isTest = ({ index }) => index % 5 === 0, ...mel } = options;
  expectInteger("spokenDigits", "frames", frames, 1);
  const { window = 256, hop = 80, bands = 24 } = mel;
  const paths = await listFiles(
    {
      name: "fsdd",
      reader: "spokenDigits",
      title: "Free Spoken Digit Dataset",
      pattern,
      example: "7_jackson_3.wav",
      otherwise: "use vowels(), which needs no files",
    },
    folder,
  );
  const parts = {
    train: { values: [] as Float32Array[], labels: [] as number[] },
    test: { values: [] as Float32Array[], labels: [] as number[] },
  };
  for (const path of paths) {
    const [, digit, speaker, index] = pattern.exec(path.split(/[\\/]/).at(-1) ?? "") ?? [];
    const recording = { digit: Number(digit), speaker, index: Number(index) };
    const { rate, samples } = readWav(await readBytes(path), path);
    const sound = new Float32Array(window + (frames - 1) * hop);
    sound.set(samples.subarray(0, sound.length));
    const part = isTest(recording) ? parts.test : parts.train;
    part.values.push(standardize(logMel(loudest(sound), rate, { ...mel, window, hop, bands }).data));
    part.labels.push(recording.digit);
  }
  const set = ({ values, labels }: (typeof parts)["train"]): Dataset => {
    const data = new Float32Array(values.length * bands * frames);
    values.forEach((value, i) => data.set(value, i * bands * frames));
    return new Dataset(wrap(data, [values.length, bands, frames]), labels, classes);
  };
  return splits({ name: "spoken digits", train: set(parts.train), test: set(parts.test) });
}

/** The sound, amplified so that its greatest sample is 1; silence stays silent. */
function loudest(sound: Float32Array): Float32Array {
  let peak = 0;
  for (const sample of sound) peak = Math.max(peak, Math.abs(sample));
  return peak === 0 ? sound : sound.map((sample) => sample / peak);
}

/** Scales values to mean 0 and standard deviation 1; all zeros if every value is the same. */
function standardize(values: Float32Array | Float64Array): Float32Array {
  const result = Float32Array.from(values);
  const mean = result.reduce((sum, value) => sum + value, 0) / result.length;
  const variance = result.reduce((sum, value) => sum + (value - mean) ** 2, 0) / result.length;
  return result.map((value) => (variance === 0 ? 0 : (value - mean) / Math.sqrt(variance)));
}
