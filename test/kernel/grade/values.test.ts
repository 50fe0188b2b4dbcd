/** Values between processes: all that a test may pass arrives as it was, and rubbish is refused. */
import ndarray from "ndarray";
import { expect, it } from "vitest";
import { arraysIn, decode, encode, ValueFormatError } from "../../../kernel/grade/values.js";

const throughJson = (value: unknown): unknown => decode(JSON.parse(JSON.stringify(encode(value))));

it.each([
  [1.5],
  [0],
  [-0],
  [NaN],
  [Infinity],
  [-Infinity],
  ["text"],
  [true],
  [null],
  [undefined],
  [[1, [undefined, NaN]]],
  [{ a: 1, b: { c: [2] } }],
  [new Float64Array([1, NaN, -0])],
  [new Int32Array([3])],
])("keeps %j", (value) => {
  expect(throughJson(value)).toEqual(value);
});

it("keeps a strided view, its whole buffer included", () => {
  const x = ndarray(new Float64Array([1, 2, 3, 4, 5, 6]), [2, 2], [-3, 1], 4);
  const copy = throughJson(x) as typeof x;
  expect(copy).toMatchObject({ shape: [2, 2], stride: [-3, 1], offset: 4 });
  expect(copy.get(1, 1)).toBe(x.get(1, 1));
  expect(copy.data).toEqual(x.data);
});

it.each([
  ["a function", () => 1],
  ["a symbol", Symbol("s")],
  ["an object of class Map", new Map()],
])("refuses %s and says where it is", (what, value) => {
  expect(() => encode({ list: [1, value] })).toThrow(`the value.list[1] is ${what}`);
});

it("refuses a loop", () => {
  const loop: unknown[] = [];
  loop.push(loop);
  expect(() => encode(loop)).toThrow(ValueFormatError);
});

it.each([
  [{ $kind: "tensor", shape: [9], stride: [1], offset: 0, data: { $kind: "Float64Array", bytes: "" } }],
  [
    {
      $kind: "tensor",
      shape: [1],
      stride: [1],
      offset: -1,
      data: { $kind: "Float64Array", bytes: "AAAAAAAAAAA=" },
    },
  ],
  [
    {
      $kind: "tensor",
      shape: "no",
      stride: [1],
      offset: 0,
      data: { $kind: "Float64Array", bytes: "AAAAAAAAAAA=" },
    },
  ],
  [{ $kind: "Float64Array", bytes: "AAAA" }],
  [{ $kind: "constructor" }],
  [{ $kind: "tensor", shape: [1], stride: [1], offset: 0, data: [1] }],
])("refuses forged %j", (forged) => {
  expect(() => decode(forged)).toThrow(ValueFormatError);
});

it("finds the arrays that a call may write into, in a fixed order", () => {
  const [a, b] = [new Float64Array(1), new Float32Array(2)];
  expect(arraysIn([{ x: ndarray(a, [1]) }, [b], 3, null])).toEqual([a, b]);
});
