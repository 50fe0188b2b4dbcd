/** The site's `node:assert/strict` agrees with Node's about what holds. */
import nodes from "node:assert/strict";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import own, { AssertionError } from "../../../kernel/site/worker/node/assert-strict.js";

/** Whether a call throws. */
function throws(call: () => void): boolean {
  try {
    call();
    return false;
  } catch {
    return true;
  }
}

class Point {
  constructor(
    readonly x: number,
    readonly y: number,
  ) {}
}
const circle: { self?: unknown } = {};
circle.self = circle;
const other: { self?: unknown } = {};
other.self = other;

const values: unknown[] = [
  ...[0, -0, NaN, 1, "1", "", null, undefined, true, false, 1n],
  ...[[], {}, [1, 2], [1, 3], [1, , 3], { a: 1 }, { a: 1, b: undefined }, { a: { b: [1] } }],
  ...[new Point(1, 2), { x: 1, y: 2 }, new Date(0), new Date(1), /a/, /a/g],
  ...[
    new Map([[1, { a: 1 }]]),
    new Map([[1, { a: 2 }]]),
    new Set([1]),
    new Set([{ a: 1 }]),
    new Set([{ a: 1 }]),
  ],
  ...[Float32Array.of(1, 2), Float64Array.of(1, 2), Float32Array.of(1, NaN), Float32Array.of(1, NaN)],
  ...[new Error("a"), new Error("b"), new RangeError("a"), circle, other, Symbol.iterator],
];

describe("equality", () => {
  it("is Node's, for every pair of values", () => {
    for (const a of values)
      for (const b of values)
        for (const name of ["equal", "notEqual", "deepEqual", "notDeepEqual"] as const)
          expect([name, a, b, throws(() => own[name](a, b))]).toEqual([
            name,
            a,
            b,
            throws(() => nodes[name](a, b)),
          ]);
  });

  it("is Node's, for anything", () => {
    const value = fc.anything({ withTypedArray: true, withMap: true, withSet: true, withDate: true });
    fc.assert(
      fc.property(value, value, (a, b) => {
        const copy: unknown = structuredClone(a);
        return (
          throws(() => own.deepEqual(a, b)) === throws(() => nodes.deepEqual(a, b)) &&
          throws(() => own.deepEqual(a, copy)) === throws(() => nodes.deepEqual(a, copy))
        );
      }),
      { seed: 18, numRuns: 300 },
    );
  });
});

it("the other assertions hold where Node's do", async () => {
  const bad = (): never => {
    throw new RangeError("too far");
  };
  const cases: ((assert: typeof own) => void)[] = [
    (assert) => assert(1),
    (assert) => assert(0),
    (assert) => assert.ok("", "said"),
    (assert) => assert.match("abc", /b/),
    (assert) => assert.match("abc", /d/),
    (assert) => assert.doesNotMatch("abc", /d/),
    (assert) => assert.doesNotMatch("abc", /b/),
    (assert) => assert.throws(bad),
    (assert) => assert.throws(bad, RangeError),
    (assert) => assert.throws(bad, TypeError),
    (assert) => assert.throws(bad, /too/),
    (assert) => assert.throws(bad, /near/),
    (assert) => assert.throws(bad, { message: "too far" }),
    (assert) => assert.throws(bad, { name: "RangeError", message: /near/ }),
    (assert) => assert.throws(bad, (error: unknown) => error instanceof RangeError),
    (assert) => assert.throws(() => {}),
    (assert) => assert.doesNotThrow(() => {}),
    (assert) => assert.doesNotThrow(bad),
    (assert) => assert.fail(),
  ];
  for (const one of cases)
    expect([String(one), throws(() => one(own))]).toEqual([
      String(one),
      throws(() => one(nodes as unknown as typeof own)),
    ]);
  await own.rejects(Promise.reject(new Error("x")), /x/);
  await expect(own.rejects(Promise.resolve())).rejects.toBeInstanceOf(AssertionError);
});

it("says both values", () => {
  expect(() => own.equal(1, 2)).toThrow("Expected values to be strictly equal:\n\n1 !== 2\n");
  expect(() => own.equal(1, 2, "my words")).toThrow("my words");
});
