/**
 * The user's own pictures as a data set: a folder that has a folder for each class, with PNG and JPEG files.
 *
 *     pictures/cats/tom.jpg   pictures/cats/2.png   pictures/dogs/rex.jpeg …
 */
import { inside, lastName, namesIn, readFileNow } from "#host/files";
import { expectInteger } from "../array/check.js";
import { ValueError } from "../array/errors.js";
import { Random } from "../array/random.js";
import { flat, wrap, type Tensor } from "../array/tensor.js";
import { Dataset, splits, type Splits } from "./dataset.js";
import { readImage } from "./image.js";
import { resized } from "./resample.js";

/**
 * How `imageFolder` and `imageFiles` prepare pictures: their size and channels, and the fraction for the test set.
 */
export interface ImageFolderOptions {
  /** The height and width of all images; one number for a square. */
  readonly size: number | readonly [height: number, width: number];
  /** 3 for colour, 1 for grey; 3. In colour a grey picture gets three equal channels. */
  readonly channels?: 1 | 3;
  /** How to treat another aspect ratio: "crop" cuts off the ends of the longer side, "stretch" distorts; "crop". */
  readonly fit?: "crop" | "stretch";
  /** The fraction of each class for the test set, at least one picture; 0.2. */
  readonly test?: number;
  /** The seed that chooses the test pictures; 1. */
  readonly seed?: number;
}

const PICTURE = /\.(?:png|jpe?g)$/i;

/** A file that a user has given to a page; it has a `webkitRelativePath` when the user chose a whole folder. */
export interface PictureFile {
  readonly name: string;
  readonly webkitRelativePath?: string;
  /** The file's bytes. */
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** A picture of a class, not yet read. */
interface Picture {
  readonly path: string;
  bytes(): Uint8Array;
}

/**
 * Reads a folder that has one folder of pictures for each class, in the order of their names. Other files, and names that
 * begin with a dot, are ignored.
 * @returns train and test images, N×C×H×W float32 in [0, 1]; every class is in both
 * @throws ValueError when there are fewer than two classes, or a class has fewer than two pictures; and in a browser, which
 *   cannot read a folder by its path: use `imageFiles` there
 * @throws FormatError naming the file that cannot be read
 */
export function imageFolder(folder: string, options: ImageFolderOptions): Splits {
  const classes = new Map<string, Picture[]>();
  for (const name of listed(folder).folders) {
    const files = listed(inside(folder, name)).files.map((file) => inside(folder, name, file));
    classes.set(
      name,
      files.map((path) => ({ path, bytes: () => readFileNow(path) })),
    );
  }
  return splitsOf("imageFolder", folder, classes, options);
}

/**
 * Does the same with files that a user has given to a page: `imageFiles(input.files, { size: 32 })` for an
 * `<input type="file" webkitdirectory>`. A file's class is the name of its folder.
 * @throws ValueError, FormatError as `imageFolder`
 */
export async function imageFiles(files: Iterable<PictureFile>, options: ImageFolderOptions): Promise<Splits> {
  let folder = "pictures";
  const classes = new Map<string, Picture[]>();
  const sorted = [...files]
    .map((file) => ({ file, path: file.webkitRelativePath || file.name }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  for (const { file, path } of sorted) {
    const parts = path.split("/");
    const [name = ""] = parts.slice(-2, -1);
    if (parts.length > 2) folder = parts.slice(0, -2).join("/");
    if (name === "" || parts.some((part) => part.startsWith("."))) continue;
    const bytes = PICTURE.test(path) ? new Uint8Array(await file.arrayBuffer()) : new Uint8Array();
    classes.set(name, [...(classes.get(name) ?? []), { path, bytes: () => bytes }]);
  }
  return splitsOf("imageFiles", folder, classes, options);
}

function splitsOf(
  who: string,
  folder: string,
  pictures: ReadonlyMap<string, readonly Picture[]>,
  options: ImageFolderOptions,
): Splits {
  const { channels = 3, fit = "crop", test = 0.2, seed = 1 } = options;
  const [height, width] = typeof options.size === "number" ? [options.size, options.size] : options.size;
  expectInteger(who, "the height", height, 1);
  expectInteger(who, "the width", width, 1);
  if (!(test > 0 && test < 1))
    throw new ValueError(`${who}: the test's part is ${test}; give a number between 0 and 1, such as 0.2.`);
  const classes = [...pictures.keys()].sort();
  if (classes.length < 2)
    throw new ValueError(
      `${who}: ${folder} has ${classes.length === 0 ? "no folder" : `one folder (${classes[0]})`}; make one for each class, two at least, and put the class's pictures into it.`,
    );
  const random = new Random(seed);
  const parts = {
    train: { images: [] as Tensor[], labels: [] as number[] },
    test: { images: [] as Tensor[], labels: [] as number[] },
  };
  for (const [label, name] of classes.entries()) {
    const files = pictures.get(name)!.filter(({ path }) => PICTURE.test(path));
    if (files.length < 2)
      throw new ValueError(
        `${who}: ${inside(folder, name)} has ${files.length === 0 ? "no picture" : "one picture"} (.png, .jpg, .jpeg); a class needs two at least, one to learn from and one for the test.`,
      );
    const held = Math.min(files.length - 1, Math.max(1, Math.round(test * files.length)));
    for (const [i, at] of random.permutation(files.length).entries()) {
      const { path, bytes } = files[at];
      const image = inChannels(readImage(bytes(), path), channels);
      const part = i < held ? parts.test : parts.train;
      part.images.push(resized(fit === "crop" ? cropped(image, width / height) : image, height, width));
      part.labels.push(label);
    }
  }
  const dataset = ({ images, labels }: (typeof parts)["train"]): Dataset =>
    new Dataset(stacked(images, [channels, height, width]), labels, classes);
  return splits({ name: lastName(folder), train: dataset(parts.train), test: dataset(parts.test) });
}

/** The names in a folder, in alphabetical order. */
function listed(folder: string): ReturnType<typeof namesIn> {
  try {
    const { folders, files } = namesIn(folder);
    const shown = (names: readonly string[]): string[] =>
      names.filter((name) => !name.startsWith(".")).sort();
    return { folders: shown(folders), files: shown(files) };
  } catch (error) {
    throw new ValueError(`imageFolder: ${folder} cannot be read (${(error as Error).message}).`, {
      cause: error,
    });
  }
}

/** Converts to grey with the eye's weights of colours (ITU-R BT.601), or repeats grey three times. */
function inChannels(x: Tensor, channels: 1 | 3): Tensor {
  const [found, height, width] = x.shape;
  if (found === channels) return x;
  const values = flat(x);
  const size = height * width;
  const result = new Float32Array(channels * size);
  for (let i = 0; i < size; i++) {
    if (channels === 1)
      result[i] = 0.299 * values[i] + 0.587 * values[size + i] + 0.114 * values[2 * size + i];
    else result[i] = result[size + i] = result[2 * size + i] = values[i];
  }
  return wrap(result, [channels, height, width]);
}

/** The largest middle part of a picture with this ratio of width to height. */
function cropped(x: Tensor, ratio: number): Tensor {
  const [channels, rows, columns] = x.shape;
  const height = Math.max(1, Math.min(rows, Math.round(columns / ratio)));
  const width = Math.max(1, Math.min(columns, Math.round(rows * ratio)));
  const [top, left] = [(rows - height) >> 1, (columns - width) >> 1];
  const values = flat(x);
  const result = new Float32Array(channels * height * width);
  for (let c = 0; c < channels; c++)
    for (let i = 0; i < height; i++) {
      const from = (c * rows + top + i) * columns + left;
      result.set(values.subarray(from, from + width), (c * height + i) * width);
    }
  return wrap(result, [channels, height, width]);
}

function stacked(images: readonly Tensor[], shape: readonly number[]): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const all = new Float32Array(images.length * size);
  images.forEach((image, i) => all.set(flat(image), i * size));
  return wrap(all, [images.length, ...shape]);
}
