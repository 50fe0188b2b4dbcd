/** Data sets: drawn by programs, fetched from their publishers, read from folders; and their augmentation. */
export { Dataset, splits, type Splits } from "./dataset.js";
export { clutteredDigits, type ClutteredDigitsOptions, type Place, type Scenes } from "./cluttered-digits.js";
export { digitScenes, type DigitScenes, type DigitScenesOptions, type SceneObject } from "./digit-scenes.js";
export { digits, drawDigit, type DigitsOptions, type DrawDigitOptions } from "./digits.js";
export { gratings, type GratingsOptions } from "./gratings.js";
export { deadLeaves, type DeadLeavesOptions } from "./dead-leaves.js";
export { vowelFormants, vowelRate, vowels, type Vowel, type VowelsOptions } from "./vowels.js";
export { mnist, type MnistOptions } from "./mnist.js";
export {
  cifar10,
  cifar10Statistics,
  readCifar10,
  type Cifar10Options,
  type ReadCifar10Options,
} from "./cifar10.js";
export { spokenDigits, type SpokenDigitsOptions, type Recording } from "./spoken-digits.js";
export { cacheFolder, MissingDataError } from "./files.js";
export { DownloadError } from "./download.js";
export { readImage } from "./image.js";
export { imageFiles, imageFolder, type ImageFolderOptions, type PictureFile } from "./image-folder.js";
export {
  augment,
  centreCrop,
  randomCrop,
  randomFlip,
  randomJitter,
  randomShift,
  type Augmentation,
  type AugmentOptions,
} from "./augment.js";
export { DataTable, readCsv, tableOf, type Cell, type CsvOptions } from "./data-table.js";
