/** What a list of variables says of values, and that looking at them runs none of their code. */
import ndarray from "ndarray";
import { describe, expect, it } from "vitest";
import { summaryOf } from "../../../kernel/display/value-summary.js";

const pixels = (grey: string | undefined): number[] => [...Buffer.from(grey ?? "", "base64")];

describe("a tensor", () => {
  it("has its extents, its bytes, its first numbers and a picture of its last two axes", () => {
    const x = ndarray(new Float32Array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]), [2, 2, 3]);
    const { thumbnail, ...rest } = summaryOf(x);
    expect(rest).toEqual({
      kind: "value",
      text: "0 1 2 3 4 5 …",
      shape: [2, 2, 3],
      bytes: 48,
      length: 12,
    });
    expect(thumbnail).toMatchObject({ width: 3, height: 2 });
    expect(pixels(thumbnail?.grey)).toEqual([0, 51, 102, 153, 204, 255]);
  });

  it("that is a view is read by its strides and its offset", () => {
    const x = ndarray(new Float64Array([0, 1, 2, 3, 4, 5]), [2, 3]);
    const summary = summaryOf(x.transpose(1, 0).lo(1, 0));
    expect(summary).toMatchObject({ shape: [2, 2], text: "1 4 2 5", bytes: 32 });
  });

  it("with numbers that are not finite, or all alike, has a picture too", () => {
    expect(pixels(summaryOf(new Float32Array([NaN, 1, 3, Infinity])).thumbnail?.grey)).toEqual([
      0, 0, 255, 0,
    ]);
    expect(pixels(summaryOf(new Float32Array([2, 2])).thumbnail?.grey)).toEqual([128, 128]);
    expect(summaryOf(new Float32Array(0))).toMatchObject({ shape: [0], text: "Float32Array" });
  });

  it("that is large has a picture of 32 by 32 pixels", () => {
    const { thumbnail } = summaryOf(ndarray(new Float32Array(100 * 60), [100, 60]));
    expect(thumbnail).toMatchObject({ width: 32, height: 32 });
  });

  it("is found in the object that holds it", () => {
    class Parameter {
      readonly value = ndarray(new Float32Array(4), [2, 2]);
    }
    expect(summaryOf(new Parameter())).toMatchObject({ shape: [2, 2], text: "Parameter 0 0 0 0" });
  });

  it("whose parts do not fit is an object like another", () => {
    expect(summaryOf({ data: new Float32Array(2), shape: [2, 1], stride: [1] }).shape).toBeUndefined();
    expect(summaryOf({ data: [1, 2], shape: [2], stride: [1] }).shape).toBeUndefined();
    expect(summaryOf({ data: new Float32Array(2), shape: [-1], stride: [1] }).shape).toBeUndefined();
  });
});

it("says of other values what they are, in one line", () => {
  const texts = [
    1.23456,
    "one\n  two",
    10n,
    null,
    undefined,
    Symbol("s"),
    [1, "a", [2], { b: 1 }, new Map()],
    { name: "n", size: 3, more: {} },
    new Map([[1, 2]]),
    new Set(),
    new Date(0),
    new RangeError("far"),
    Promise.resolve(1),
    Object.create(null) as unknown,
  ].map((value) => summaryOf(value).text);
  expect(texts).toEqual([
    "1.23456",
    '"one\\n two"',
    "10n",
    "null",
    "undefined",
    "Symbol(s)",
    '[1, "a", […], Object, Map]',
    '{ name: "n", size: 3, more }',
    "Map",
    "Set",
    "1970-01-01T00:00:00.000Z",
    "RangeError: far",
    "Promise",
    "{}",
  ]);
  expect(summaryOf(new Map([[1, 2]])).length).toBe(1);
  expect(summaryOf("x".repeat(500))).toMatchObject({ length: 500 });
  expect(summaryOf("x".repeat(500)).text).toHaveLength(80);
  expect(summaryOf((x: number) => x)).toMatchObject({ kind: "function", text: "(x) => x" });
  expect(summaryOf(class Net {})).toMatchObject({ kind: "class" });
});

it("runs none of a value's code", () => {
  const touched: string[] = [];
  const note =
    (name: string): (() => never) =>
    () => {
      touched.push(name);
      throw new Error(name);
    };
  const handler = Object.fromEntries(
    Object.getOwnPropertyNames(Reflect).map((trap) => [trap, note(trap)]),
  ) as ProxyHandler<object>;
  const proxy = new Proxy(() => {}, handler);
  const hostile = {
    get data() {
      return note("data")();
    },
    get message() {
      return note("message")();
    },
    get value() {
      return note("value")();
    },
    toString: note("toString"),
    toJSON: note("toJSON"),
    [Symbol.toPrimitive]: note("toPrimitive"),
    get [Symbol.toStringTag]() {
      return note("toStringTag")();
    },
    get [Symbol.for("Jupyter.display")]() {
      return note("display")();
    },
    [Symbol.for("nodejs.util.inspect.custom")]: note("inspect"),
    inside: proxy,
  };
  class Getters {
    get size(): never {
      return note("size")();
    }
    static get [Symbol.hasInstance](): never {
      return note("hasInstance")();
    }
  }
  const array: unknown[] = [1, proxy];
  Object.defineProperty(array, 2, { get: note("element"), enumerable: true });
  const under = Object.create(new Proxy({}, handler)) as unknown;
  const values = [proxy, hostile, new Getters(), array, under, { data: new Proxy(new Float32Array(2), {}) }];
  for (const value of values) expect(summaryOf(value).text).not.toBe("a value that cannot be looked at");
  for (const value of [[hostile], { shape: proxy, data: new Float32Array(1), stride: proxy }])
    summaryOf(value);
  expect(touched).toEqual([]);
});
