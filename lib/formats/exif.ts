/**
 * The camera's orientation: the tag Orientation of EXIF 2.3, section 4.6.4, in a TIFF directory. A phone stores the pixels
 * in the order of its sensor, and the program that shows the picture must rotate it.
 */
import { copy, type Tensor } from "../array/tensor.js";

const ORIENTATION = 0x0112;

/**
 * @param tiff  the EXIF data of a picture, from the bytes "II" or "MM" on
 * @returns 1 to 8; 1 (upright) when the tag is missing or cannot be read
 */
export function orientationOf(tiff: Uint8Array): number {
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  if (tiff.length < 8 || (tiff[0] !== 0x49 && tiff[0] !== 0x4d) || tiff[1] !== tiff[0]) return 1;
  const little = tiff[0] === 0x49;
  const directory = view.getUint32(4, little);
  if (view.getUint16(2, little) !== 42 || directory + 2 > tiff.length) return 1;
  const count = view.getUint16(directory, little);
  for (let at = directory + 2; at < directory + 2 + 12 * count && at + 12 <= tiff.length; at += 12) {
    if (view.getUint16(at, little) !== ORIENTATION) continue;
    const value = view.getUint16(at + 8, little);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

/**
 * The picture, rotated upright.
 * @param image        C×H×W
 * @param orientation  as `orientationOf` returns it
 * @returns C×H×W, or C×W×H where the camera lay on its side
 */
export function upright(image: Tensor, orientation: number): Tensor {
  if (orientation === 1) return image;
  const turned = orientation >= 5 ? (image.transpose(0, 2, 1) as Tensor) : image;
  const rows = [3, 4, 7, 8].includes(orientation) ? -1 : 1;
  const columns = [2, 3, 6, 7].includes(orientation) ? -1 : 1;
  return copy(turned.step(1, rows, columns) as Tensor);
}
