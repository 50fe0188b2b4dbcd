/**
 * MNIST: 28×28 grey images of handwritten digits, 60,000 to train with and 10,000 to test with
 * (Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document recognition", 1998).
 */
import { expectInteger } from "../array/check.js";
import { FormatError, ValueError, showShape } from "../array/errors.js";
import { wrap } from "../array/tensor.js";
import { Dataset, splits, type Splits } from "./dataset.js";
import { obtainFiles, type PublishedFileSet } from "./download.js";
import { readBytes } from "./files.js";
import { readIdx, type IdxArray } from "../formats/idx.js";

/** Where `mnist` finds or fetches its four files, and how it splits them. */
export interface MnistOptions {
  /** The folder with the four files. Default: where `CHAINRULE_DATA` says, else the cache folder. */
  readonly folder?: string;
  /** Fetch the files when they are missing, into the folder or the cache folder (11 MB), and check them. Default false. */
  readonly download?: boolean;
  /** Take only this many training images, from the first on. Default: all that are not for validation. */
  readonly train?: number;
  /** Use this many of the training images, the last ones, for validation. Default 0: no validation set. */
  readonly validation?: number;
  /** Take only this many test images, from the first on. Default: all. */
  readonly test?: number;
}

const names = Array.from({ length: 10 }, (_, digit) => String(digit));

const mirror = "https://storage.googleapis.com/cvdf-datasets/mnist";

/** The four published files, with their SHA-256. */
const published = {
  "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
  "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
  "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
  "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
};

const files: PublishedFileSet = {
  name: "mnist",
  title: "MNIST",
  // The published names, and the names from programs that unpack "-idx3-ubyte" as a file name's ending.
  layouts: ["-", "."].map((mark) => ({
    train: [`train-images${mark}idx3-ubyte`, `train-labels${mark}idx1-ubyte`],
    test: [`t10k-images${mark}idx3-ubyte`, `t10k-labels${mark}idx1-ubyte`],
  })),
  sources: Object.entries(published).map(([file, sha256]) => ({
    url: `${mirror}/${file}`,
    sha256,
    files: [file],
  })),
  otherwise:
    "have them fetched (11 MB) with mnist({ download: true }), or use digits(), which draws its own and needs no files",
};

/**
 * MNIST from its four IDX files (plain or .gz, `train-images-idx3-ubyte` or `train-images.idx3-ubyte`): N×1×28×28 float32, 0 the paper and 1 the ink.
 *
 * @throws MissingDataError, saying where it looked and what to put there
 * @throws DownloadError when `download` is true and the files cannot be fetched
 * @throws FormatError for a file that is not what it should be
 * @throws ValueError when there are fewer training images than train and validation ask for
 */
export async function mnist(options: MnistOptions = {}): Promise<Splits> {
  const { folder, download, train, validation = 0, test } = options;
  for (const [name, count] of Object.entries({ train, validation, test })) {
    if (count !== undefined) expectInteger("mnist", name, count, 0);
  }
  const found = await obtainFiles(files, folder, download);
  const [learn, judge] = [await read(found.train), await read(found.test)];
  const total = learn.labels.length;
  if (validation + (train ?? 0) > total) {
    throw new ValueError(
      `mnist: ${train ?? 0} training and ${validation} validation images are more than the ${total} there are; ` +
        `ask for fewer.`,
    );
  }
  const first = total - validation;
  return splits({
    name: "MNIST",
    train: part(learn, 0, train ?? first),
    ...(validation > 0 && { validation: part(learn, first, total) }),
    test: part(judge, 0, Math.min(test ?? Infinity, judge.labels.length)),
  });
}

/** A pair of files as read: one byte for each pixel and each label. */
interface Raw {
  readonly pixels: ArrayLike<number>;
  readonly labels: IdxArray["data"];
  readonly rows: number;
  readonly columns: number;
}

async function read([imagePath, labelPath]: readonly string[]): Promise<Raw> {
  const images = readIdx(await readBytes(imagePath), imagePath);
  const labels = readIdx(await readBytes(labelPath), labelPath);
  if (images.type !== "uint8" || images.shape.length !== 3) {
    throw new FormatError(
      `mnist: ${imagePath} holds ${showShape(images.shape)} ${images.type}, expected count×rows×columns uint8; ` +
        `check which file it is.`,
    );
  }
  if (labels.type !== "uint8" || labels.shape.length !== 1 || labels.shape[0] !== images.shape[0]) {
    throw new FormatError(
      `mnist: ${labelPath} holds ${showShape(labels.shape)} ${labels.type}, expected ${images.shape[0]} uint8, ` +
        `one an image; take both files from the same set.`,
    );
  }
  const [, rows, columns] = images.shape;
  return { pixels: images.data, labels: labels.data, rows, columns };
}

/** The examples from index `from` up to, but not including, `to`. */
function part({ pixels, labels, rows, columns }: Raw, from: number, to: number): Dataset {
  const area = rows * columns;
  const values = new Float32Array((to - from) * area);
  for (let i = 0; i < values.length; i++) values[i] = pixels[from * area + i] / 255;
  return new Dataset(wrap(values, [to - from, 1, rows, columns]), labels.slice(from, to), names);
}
