/** Readers say what they were given where it is not the bytes of a file: it is no damaged file. */
import { expect, test } from "vitest";
import {
  importOnnx,
  readIdx,
  readImage,
  readJpeg,
  readNpy,
  readNpz,
  readOnnx,
  readPng,
  readSafetensors,
  readWav,
  ValueError,
} from "../../../lib/index.js";

const readers: Record<string, (bytes: Uint8Array) => unknown> = {
  ...{ readIdx, readImage, readJpeg, readNpy, readNpz, readOnnx, readPng, readSafetensors, readWav },
  importOnnx,
};

test.each(Object.entries(readers))("%s", (name, read) => {
  const operation = name === "importOnnx" ? "readOnnx" : name;
  for (const [given, told] of [
    [undefined, "undefined"],
    [null, "null"],
    ["net.npz", "a value of the kind String"],
    [[1, 2], "a value of the kind Array"],
    [new ArrayBuffer(64), "a value of the kind ArrayBuffer"],
    [new DataView(new ArrayBuffer(64)), "a value of the kind DataView"],
  ] as const) {
    const run = (): unknown => read(given as unknown as Uint8Array);
    expect(run).toThrow(ValueError);
    expect(run).toThrow(`${operation} was given ${told}, and needs the bytes of a file, a Uint8Array: `);
  }
  expect(() => read(new ArrayBuffer(8) as unknown as Uint8Array)).toThrow("new Uint8Array(buffer)");
});
