/** Reads JPEG files (ITU-T T.81) as tensors. jpeg-js decodes; this file converts colours and enlarges planes as libjpeg does. */
import { expectBytes } from "./bytes.js";
import jpeg from "jpeg-js";
import { FormatError } from "../array/errors.js";
import { wrap, type Tensor } from "../array/tensor.js";
import { enlarged } from "./chroma.js";
import { orientationOf, upright } from "./exif.js";

/** More than any file has: a block of 16×16 pixels of one colour takes at least six bits, which is 341 pixels per byte. */
const pixelsPerByte = 1024;

/** The information that a file gives before its pixels. */
interface Frame {
  readonly rows: number;
  readonly columns: number;
  /** The planes in the order of the file: their ids and sampling factors. */
  readonly components: readonly { readonly id: number; readonly across: number; readonly down: number }[];
  /** Whether the file says that it follows JFIF. */
  readonly isJfif: boolean;
  /** Where Adobe's marker begins, and its colour transform: 0 none, 1 YCbCr, 2 YCCK. */
  readonly adobe?: { readonly at: number; readonly transform: number };
  /** The orientation, as in EXIF; 1 if the file gives none. */
  readonly orientation: number;
}

/**
 * Reads a JPEG file, baseline or progressive; grey, colour or CMYK. The picture is rotated upright by its EXIF orientation.
 * @param bytes  the whole file
 * @param name   what to call it in an error
 * @returns C×H×W float32 in [0, 1], C being 1 or 3
 * @throws FormatError for a file that is damaged, cut short, or of another kind
 */
export function readJpeg(bytes: Uint8Array, name = "the bytes"): Tensor {
  expectBytes("readJpeg", bytes);
  const frame = frameOf(bytes, name);
  const { rows, columns, components } = frame;
  const area = rows * columns;
  if (area > pixelsPerByte * bytes.length) {
    throw new FormatError(
      `jpeg: ${name} says that it has ${rows}×${columns} pixels, more than its ${bytes.length} bytes can hold; ` +
        `fetch the file again.`,
    );
  }
  const isColour = components.length === 3;
  const data = decoded(isColour ? withoutNote(bytes, frame) : bytes, name, isColour);
  if (data.length !== 3 * area) {
    throw new FormatError(
      `jpeg: ${name} holds ${data.length} numbers, expected ${3 * area}; fetch it again.`,
    );
  }
  const pixels = isColour ? inColour(data, frame) : data;
  const channels = components.length === 1 ? 1 : 3;
  const values = new Float32Array(channels * area);
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < area; i++) values[c * area + i] = pixels[3 * i + c] / 255;
  }
  return upright(wrap(values, [channels, rows, columns]), frame.orientation);
}

/** The pixels' red, green and blue, from planes that jpeg-js has enlarged by repeating samples. */
function inColour(data: Uint8Array, frame: Frame): Uint8Array {
  const { rows, columns, components } = frame;
  const [most, tallest] = [
    Math.max(...components.map(({ across }) => across)),
    Math.max(...components.map(({ down }) => down)),
  ];
  components.forEach(({ across, down }, c) => {
    if (across < most || down < tallest)
      enlarged(data, 3, c, { rows, columns }, most / across, tallest / down);
  });
  return isLuminance(frame) ? fromLuminance(data) : data;
}

/** Whether the planes are luminance and two colour differences (YCbCr), by libjpeg's rules. */
function isLuminance({ components, isJfif, adobe }: Frame): boolean {
  if (isJfif) return true;
  if (adobe) return adobe.transform !== 0;
  return String.fromCharCode(...components.map(({ id }) => id)) !== "RGB";
}

/** Converts by JFIF 1.02. Fractions are cut off, as in jpeg-js, rather than rounded: its samples are up to one step too high. */
function fromLuminance(data: Uint8Array): Uint8Array {
  const pixels = new Uint8ClampedArray(data.length);
  for (let i = 0; i < data.length; i += 3) {
    const [y, blue, red] = [data[i], data[i + 1] - 128, data[i + 2] - 128];
    pixels[i] = Math.floor(y + 1.402 * red);
    pixels[i + 1] = Math.floor(y - 0.3441363 * blue - 0.71413636 * red);
    pixels[i + 2] = Math.floor(y + 1.772 * blue);
  }
  return new Uint8Array(pixels.buffer);
}

/** The file without Adobe's marker: jpeg-js would follow the marker rather than its option. */
function withoutNote(bytes: Uint8Array, { adobe }: Frame): Uint8Array {
  if (!adobe) return bytes;
  const copy = bytes.slice();
  copy[adobe.at] = 0;
  return copy;
}

/** Reads the markers before the pixels, up to the frame header (SOFn). */
function frameOf(bytes: Uint8Array, name: string): Frame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 || view.getUint16(0) !== 0xffd8) {
    throw new FormatError(`jpeg: ${name} does not begin as a JPEG file; check which file it is.`);
  }
  const isText = (at: number, text: string): boolean =>
    [...text].every((letter, i) => bytes[at + i] === letter.charCodeAt(0));
  let isJfif = false;
  let adobe: Frame["adobe"];
  let orientation: number | undefined;
  for (let at = 2; at + 10 <= bytes.length;) {
    const marker = view.getUint16(at);
    if (marker === 0xffff) {
      at++; // a marker may have any number of fill bytes before it
      continue;
    }
    const isFrame = marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker);
    if (isFrame) {
      const [bits, rows, columns, count] = [
        bytes[at + 4],
        view.getUint16(at + 5),
        view.getUint16(at + 7),
        bytes[at + 9],
      ];
      if (rows === 0 || columns === 0 || at + 10 + 3 * count > bytes.length) break;
      if (marker > 0xffc2 || bits !== 8) {
        const kind = marker > 0xffc8 ? "with arithmetic coding" : "without loss, or in several sizes";
        throw new FormatError(
          `jpeg: ${name} is stored ${marker > 0xffc2 ? kind : `with ${bits} bits a colour`}, which is not read; ` +
            `save it as a baseline or progressive JPEG of 8 bits, or as PNG.`,
        );
      }
      const components = Array.from({ length: count }, (_, i) => {
        const [id, samples] = bytes.subarray(at + 10 + 3 * i);
        return { id, across: samples >> 4, down: samples & 15 };
      });
      return { rows, columns, components, isJfif, adobe, orientation: orientation ?? 1 };
    }
    if (marker < 0xff00) break;
    const end = at + 2 + view.getUint16(at + 2);
    if (marker === 0xffe0 && isText(at + 4, "JFIF\0")) isJfif = true;
    if (marker === 0xffe1 && isText(at + 4, "Exif\0\0"))
      orientation ??= orientationOf(bytes.subarray(at + 10, end));
    if (marker === 0xffee && isText(at + 4, "Adobe")) adobe = { at: at + 4, transform: bytes[at + 15] };
    at = end;
  }
  throw new FormatError(
    `jpeg: ${name} has no frame header with a size; the file is damaged, fetch it again.`,
  );
}

/** Three numbers for each pixel. @param asStored  the planes of a colour picture without conversion to red, green, blue */
function decoded(bytes: Uint8Array, name: string, asStored: boolean): Uint8Array {
  const limits = { maxResolutionInMP: 200, maxMemoryUsageInMB: 2048 };
  const options = { useTArray: true, formatAsRGBA: false, tolerantDecoding: false, ...limits } as const;
  try {
    return jpeg.decode(bytes, { ...options, ...(asStored && { colorTransform: false }) }).data;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FormatError(`jpeg: ${name} is damaged (${reason}); fetch the file again.`);
  }
}
