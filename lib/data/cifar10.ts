/**
 * CIFAR-10: 32×32 colour photographs of ten kinds of things (A. Krizhevsky, "Learning Multiple Layers of
 * Features from Tiny Images", 2009), read from the binary version's files.
 *
 * A file is a sequence of records of 3,073 bytes: the label, then the red, green and blue planes, each 32×32, row by row.
 */
import { expectInteger } from "../array/check.js";
import { FormatError } from "../array/errors.js";
import { wrap } from "../array/tensor.js";
import { Dataset, splits, type Splits } from "./dataset.js";
import { obtainFiles, type PublishedFileSet } from "./download.js";
import { readBytes } from "./files.js";

const classes = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];
const planeBytes = 32 * 32;
const recordBytes = 1 + 3 * planeBytes;

/** Mean and standard deviation of the red, green and blue of the 50,000 training images, for pixels in [0, 1]. */
export const cifar10Statistics = {
  mean: [0.4914, 0.48216, 0.44653],
  deviation: [0.24703, 0.24349, 0.26159],
} as const;

/** How `readCifar10` reads a file of records: how many, and whether normalised. */
export interface ReadCifar10Options {
  /** Take only this many records, from the first on. Default: all. */
  readonly count?: number;
  /** Give each colour mean 0 and deviation 1 over the training images, rather than pixels in [0, 1]. */
  readonly normalize?: boolean;
}

/** Where `cifar10` finds or fetches its files, and how many of its images it takes. */
export interface Cifar10Options {
  /** The folder with the files. Default: where `CHAINRULE_DATA` says, else the cache folder. */
  readonly folder?: string;
  /** Fetch the files when they are missing, into the folder or the cache folder (170 MB), and check them. Default false. */
  readonly download?: boolean;
  /** Take only this many training images, from the first on. Default: all. */
  readonly train?: number;
  /** Take only this many test images, from the first on. Default: all. */
  readonly test?: number;
  /** Give each colour mean 0 and deviation 1 over the training images, rather than pixels in [0, 1]. */
  readonly normalize?: boolean;
}

/**
 * Reads the bytes of a CIFAR-10 binary file as N×3×32×32 float32.
 * @param name  what to call the bytes in an error
 * @throws FormatError when the bytes are not a whole number of records, or a label is above 9
 */
export function readCifar10(
  bytes: Uint8Array,
  options: ReadCifar10Options = {},
  name = "the bytes",
): Dataset {
  const { count, normalize = false } = options;
  if (bytes.length === 0 || bytes.length % recordBytes !== 0) {
    throw new FormatError(
      `cifar10: ${name} has ${bytes.length} bytes, which is no whole number of records of ${recordBytes}; ` +
        `take the files of the binary version, and fetch them again if one is cut short.`,
    );
  }
  if (count !== undefined) expectInteger("cifar10", "count", count, 0);
  const size = Math.min(count ?? Infinity, bytes.length / recordBytes);
  const labels = new Int32Array(size);
  const pixels = new Float32Array(size * 3 * planeBytes);
  for (let i = 0; i < size; i++) {
    const record = i * recordBytes;
    labels[i] = bytes[record];
    if (labels[i] > 9) {
      throw new FormatError(
        `cifar10: record ${i} of ${name} has the label ${labels[i]}, but there are 10 classes; ` +
          `take the files of the binary version of CIFAR-10, not of CIFAR-100.`,
      );
    }
    for (let channel = 0; channel < 3; channel++) {
      const mean = normalize ? cifar10Statistics.mean[channel] : 0;
      const deviation = normalize ? cifar10Statistics.deviation[channel] : 1;
      const from = record + 1 + channel * planeBytes;
      const to = (i * 3 + channel) * planeBytes;
      for (let p = 0; p < planeBytes; p++) pixels[to + p] = (bytes[from + p] / 255 - mean) / deviation;
    }
  }
  return new Dataset(wrap(pixels, [size, 3, 32, 32]), labels, classes);
}

const trainFiles = [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`);

/** The published files, or a smaller selection of the same records. */
const files: PublishedFileSet = {
  name: "cifar10",
  title: "CIFAR-10 (binary version)",
  layouts: [
    { train: trainFiles, test: ["test_batch.bin"] },
    { train: ["train.bin"], validation: ["val.bin"], test: ["test.bin"] },
    { train: ["train.bin"], test: ["test.bin"] },
    { train: ["train.bin"], test: ["val.bin"] },
  ],
  sources: [
    {
      url: "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
      sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
      files: [...trainFiles, "test_batch.bin"],
    },
  ],
  otherwise:
    "have them fetched (170 MB) with cifar10({ download: true }), or use digits(), which needs no files",
};

/**
 * CIFAR-10 from files: N×3×32×32 float32 in [0, 1], or normalised.
 *
 * The files (plain or .gz) are the published `data_batch_1.bin` … `data_batch_5.bin` and `test_batch.bin`, or
 * `train.bin`, `val.bin` and `test.bin` of the same records. Of these three, `val.bin` is the validation set,
 * or the test set where there is no `test.bin`.
 *
 * @throws MissingDataError, saying where it looked and what to put there
 * @throws DownloadError when `download` is true and the files cannot be fetched
 * @throws FormatError for a file that is not what it should be
 */
export async function cifar10(options: Cifar10Options = {}): Promise<Splits> {
  const { folder, download, train, test, normalize = false } = options;
  const found = await obtainFiles(files, folder, download);
  const read = async (paths: readonly string[], count?: number): Promise<Dataset> => {
    if (count !== undefined) expectInteger("cifar10", "count", count, 0);
    const parts: Uint8Array[] = [];
    let records = 0;
    for (const path of paths) {
      if (records >= (count ?? Infinity) && parts.length > 0) break;
      const bytes = await readBytes(path);
      if (bytes.length % recordBytes !== 0) readCifar10(bytes, {}, path);
      records += bytes.length / recordBytes;
      parts.push(bytes);
    }
    return readCifar10(concatenate(parts), { count, normalize }, paths.join(", "));
  };
  return splits({
    name: "CIFAR-10",
    train: await read(found.train, train),
    ...(found.validation && { validation: await read(found.validation) }),
    test: await read(found.test, test),
  });
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0];
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let position = 0;
  for (const part of parts) {
    whole.set(part, position);
    position += part.length;
  }
  return whole;
}
