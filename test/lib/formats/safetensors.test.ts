/** safetensors: what is written is read, other programs' dtypes are read exactly, and damaged files are refused by name. */
import { describe, expect, test } from "vitest";
import { FormatError, Random, flat, readSafetensors, tensor, writeSafetensors } from "../../../lib/index.js";
import { laidOut } from "../../support/engines.js";
import { mutate } from "./mutations.js";

/** A file made by hand: any header, any bytes. */
function file(header: unknown, data: Uint8Array = new Uint8Array(0), claimed?: bigint): Uint8Array {
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, claimed ?? BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

const one = { dtype: "F32", shape: [2], data_offsets: [0, 8] };
const numbers = new Uint8Array(8);

describe("safetensors", () => {
  const random = new Random(1);
  const tensors = {
    "conv1.w": random.normal([2, 3, 5, 5]),
    "conv1.b": random.normal([2], 0, 1, "float64"),
    scalar: tensor(3.25),
    empty: tensor(new Float32Array(0), [0, 4]),
  };

  test("gives back what was written, bit for bit, with its metadata", () => {
    const back = readSafetensors(writeSafetensors(tensors, { epoch: "3", ü: '\u0000"' }));
    expect(back.metadata).toEqual({ epoch: "3", ü: '\u0000"' });
    expect(Object.keys(back.tensors).sort()).toEqual(Object.keys(tensors).sort());
    for (const [name, x] of Object.entries(tensors)) {
      expect(back.tensors[name].dtype).toBe(x.dtype);
      expect(back.tensors[name].shape).toEqual(x.shape);
      expect(flat(back.tensors[name])).toEqual(flat(x));
    }
  });

  test("writes the elements of any view, row-major", () => {
    const x = random.normal([3, 4]);
    for (const layout of ["sliced", "transposed", "reversed", "offset"] as const) {
      expect(writeSafetensors({ x: laidOut(x, layout) })).toEqual(writeSafetensors({ x }));
    }
  });

  test("reads from the middle of a larger buffer, at an odd place", () => {
    const bytes = writeSafetensors(tensors);
    const larger = new Uint8Array(bytes.length + 9);
    larger.set(bytes, 3);
    expect(readSafetensors(larger.subarray(3, 3 + bytes.length))).toEqual(readSafetensors(bytes));
  });

  test("reads every dtype exactly", () => {
    const cases: [string, number[], number[], string][] = [
      ["BOOL", [0, 1], [0, 1], "float32"],
      ["U8", [0, 255], [0, 255], "float32"],
      ["I8", [0x80, 0x7f], [-128, 127], "float32"],
      ["U16", [0xff, 0xff], [65535], "float32"],
      ["I16", [0, 0x80], [-32768], "float32"],
      ["I32", [0xff, 0xff, 0xff, 0x7f], [2147483647], "float64"],
      ["U32", [0xff, 0xff, 0xff, 0xff], [4294967295], "float64"],
      ["I64", [0xfe, ...Array<number>(7).fill(0xff)], [-2], "float64"],
      ["U64", [1, 0, 0, 0, 0, 0, 0x10, 0], [2 ** 52 + 1], "float64"],
      ["F16", [0, 0x3c, 1, 0, 0, 0xfc, 0xff, 0x7b], [1, 2 ** -24, -Infinity, 65504], "float32"],
      ["BF16", [0x80, 0x3f, 0x49, 0xc0], [1, -3.140625], "float32"],
      ["F64", [0, 0, 0, 0, 0, 0, 0xf0, 0x3f], [1], "float64"],
      // The largest, the smallest, one below zero, and what is not a number: "8-bit Floating Point Specification", OCP 2023.
      ["F8_E4M3", [0x7e, 0x01, 0x07, 0xb8, 0x80, 0x7f], [448, 2 ** -9, 7 * 2 ** -9, -1, -0, NaN], "float32"],
      ["F8_E5M2", [0x7b, 0x01, 0xbc, 0xfc, 0x7e], [57344, 2 ** -16, -1, -Infinity, NaN], "float32"],
      ["F8_E8M0", [0, 127, 254, 255], [2 ** -127, 1, 2 ** 127, NaN], "float32"],
    ];
    for (const [dtype, bytes, expected, kept] of cases) {
      const header = { x: { dtype, shape: [expected.length], data_offsets: [0, bytes.length] } };
      const { x } = readSafetensors(file(header, Uint8Array.from(bytes))).tensors;
      expect([...flat(x)], dtype).toEqual(expected);
      expect(x.dtype, dtype).toBe(kept);
    }
  });

  test("gives the others and tells of what no tensor holds exactly", () => {
    const header = {
      a: { dtype: "F32", shape: [1], data_offsets: [0, 4] },
      complex: { dtype: "C64", shape: [1], data_offsets: [4, 12] },
      id: { dtype: "I64", shape: [1], data_offsets: [12, 20] },
      small: { dtype: "F4", shape: [3, 2], data_offsets: [20, 23] },
      future: { dtype: "Q7", shape: [5], data_offsets: [23, 24] },
      b: { dtype: "U8", shape: [2], data_offsets: [24, 26] },
    };
    const bytes = file(header, new Uint8Array(26).fill(1));
    const told: Record<string, string> = {};
    const { tensors } = readSafetensors(bytes, { onLeftOut: (name, why) => (told[name] = why) });
    expect(Object.keys(tensors)).toEqual(["a", "b"]);
    expect([...flat(tensors.b)]).toEqual([1, 1]);
    expect(told.complex).toContain(`"complex" holds complex numbers (C64)`);
    expect(told.id).toContain("72340172838076673 is beyond ±2⁵³");
    expect(told.small).toContain("floats of 4 bits");
    expect(told.future).toContain(`"Q7" is not one of BOOL`);
    expect(() => tensors.complex).toThrow(told.complex);
    const wrong = { ...header, complex: { ...header.complex, shape: [2] } };
    expect(() => readSafetensors(file(wrong, new Uint8Array(26)))).toThrow("takes 16 bytes");
  });

  test.each([
    ["too short", new Uint8Array(7), "too few"],
    [
      "a header longer than the file",
      file({ x: one }, numbers, 2n ** 63n),
      "claims 9223372036854776000 bytes",
    ],
    ["no JSON", file("{not JSON}"), "the header"],
    ["no object", file("[1]"), `does not begin with "{"`],
    ["bytes that are not UTF-8", file({}, undefined).map((b, i) => (i === 9 ? 0xff : b)), "the header"],
    [
      "a name twice",
      file(`{"x":${JSON.stringify(one)},"x":${JSON.stringify(one)}}`, numbers),
      `"x" is there twice`,
    ],
    [
      "a key twice",
      file(`{"x":{"dtype":"F32","dtype":"F64","shape":[1],"data_offsets":[0,8]}}`, numbers),
      "twice",
    ],
    [
      "an escaped name twice",
      file(`{"x":${JSON.stringify(one)},"\\u0078":${JSON.stringify(one)}}`, numbers),
      "twice",
    ],
    ["an unknown dtype", file({ x: { ...one, dtype: "F8" } }, numbers), `"F8" is not one of BOOL`],
    ["a dtype that every object has", file({ x: { ...one, dtype: "toString" } }, numbers), "is not one of"],
    ["a shape that does not fit", file({ x: { ...one, shape: [3] } }, numbers), "takes 12 bytes"],
    ["a negative extent", file({ x: { ...one, shape: [-2] } }, numbers), "is not the shape"],
    ["a fractional extent", file({ x: { ...one, shape: [0.5] } }, numbers), "is not the shape"],
    [
      "a product beyond memory",
      file({ x: { ...one, shape: [2 ** 40, 2 ** 40] } }, numbers),
      "is not the shape",
    ],
    ["a thousand axes", file({ x: { ...one, shape: Array(1000).fill(1) } }, numbers), "is not the shape"],
    ["no offsets", file({ x: { dtype: "F32", shape: [2] } }, numbers), "data_offsets are undefined"],
    ["a hole", file({ x: one, y: { ...one, data_offsets: [9, 17] } }, new Uint8Array(17)), "nobody's"],
    ["an overlap", file({ x: one, y: { ...one, data_offsets: [4, 12] } }, new Uint8Array(12)), "overlaps"],
    ["the same bytes twice", file({ x: one, y: one }, numbers), "overlaps"],
    ["a tail", file({ x: one }, new Uint8Array(9)), "something behind its end"],
    ["a cut", file({ x: one }, new Uint8Array(7)), "cut off"],
    ["metadata that is no text", file({ __metadata__: { a: 1 }, x: one }, numbers), "__metadata__"],
    ["a tensor that is no object", file({ x: null }), "an object with dtype"],
    ["deep nesting", file(`{"x":${"[".repeat(200_000)}`), "the header"],
  ])("refuses %s", (_, bytes, message) => {
    expect(() => readSafetensors(bytes)).toThrow(FormatError);
    expect(() => readSafetensors(bytes)).toThrow(message);
  });

  test("keeps names that objects have already", () => {
    const bytes = file(
      `{"__proto__":${JSON.stringify(one)},"constructor":{"dtype":"U8","shape":[],"data_offsets":[8,9]}}`,
      new Uint8Array(9),
    );
    expect(Object.keys(readSafetensors(bytes).tensors)).toEqual(["__proto__", "constructor"]);
  });

  test("a tensor cannot have the metadata's name", () => {
    expect(() => writeSafetensors({ __metadata__: tensor(1) })).toThrow("another name");
  });

  test("2,000 damaged files: refused or read, never anything else", () => {
    const { wrong, refused, slowest, memory } = mutate(writeSafetensors(tensors, { a: "b" }), 2000, (bytes) =>
      readSafetensors(bytes, { onLeftOut: () => {} }),
    );
    expect(wrong).toEqual([]);
    expect(refused).toBeGreaterThan(1000);
    expect(slowest).toBeLessThan(500);
    expect(memory).toBeLessThan(2_000_000);
  });
});
