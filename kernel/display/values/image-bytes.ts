/** Bytes that are a picture, as sharp and canvases write them: PNG, JPEG, GIF and WebP, told by their first bytes. */
import type { Recogniser } from "./recogniser.js";

/** The most bytes of a picture that are sent to a front end. */
const MOST_BYTES = 20_000_000;

interface Kind {
  readonly mime: string;
  readonly name: string;
  /** The first bytes; undefined for a byte that may be anything. */
  readonly starts: readonly (number | undefined)[];
  /** The width and height in pixels, where they stand at a fixed place. */
  size?(view: DataView): readonly [width: number, height: number];
}

const any = undefined;
const letters = (text: string): number[] => [...text].map((letter) => letter.charCodeAt(0));

const KINDS: readonly Kind[] = [
  {
    mime: "image/png",
    name: "PNG",
    starts: [0x89, ...letters("PNG\r\n\x1a\n"), any, any, any, any, ...letters("IHDR")],
    size: (view) => [view.getUint32(16), view.getUint32(20)],
  },
  { mime: "image/jpeg", name: "JPEG", starts: [0xff, 0xd8, 0xff] },
  {
    mime: "image/gif",
    name: "GIF",
    starts: letters("GIF8"),
    size: (view) => [view.getUint16(6, true), view.getUint16(8, true)],
  },
  {
    mime: "image/webp",
    name: "WebP",
    starts: [...letters("RIFF"), any, any, any, any, ...letters("WEBP")],
  },
];

/** The fewest bytes that a picture has. */
const FEWEST_BYTES = 24;

export const imageBytes: Recogniser = (value) => {
  if (!(value instanceof Uint8Array) || value.length < FEWEST_BYTES) return undefined;
  const kind = KINDS.find(({ starts }) => starts.every((byte, i) => byte === any || byte === value[i]));
  if (!kind) return undefined;
  const size = kind.size?.(new DataView(value.buffer, value.byteOffset, value.byteLength));
  const pixels = size ? `, ${size[0]} × ${size[1]} pixels` : "";
  const text = `${kind.name} picture${pixels}, ${value.length.toLocaleString("en")} bytes`;
  if (value.length > MOST_BYTES) return { "text/plain": `${text}: too many to be shown here` };
  return { [kind.mime]: value, "text/plain": text };
};
