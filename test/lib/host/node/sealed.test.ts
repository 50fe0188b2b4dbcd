/** Sealed values: what comes back is what went in, whatever was changed on the way is refused unread, parts are shared. */
import { serialize } from "node:v8";
import { expect, it } from "vitest";
import { idOf, seal, sealProgram, unseal, unsealProgram } from "../../../../lib/host/node/sealed.js";

const KEY = "a key of the tests";

it("gives back what was sealed, of every kind that structured cloning copies", () => {
  const value = { a: [1, "two", 3n, undefined, null], m: new Map([[1, new Set([2])]]), d: new Date(0), t: new Float64Array([NaN, -0]) };
  expect(unseal(seal(value, KEY), KEY)).toEqual(value);
}); // prettier-ignore

it("refuses another key, a changed byte and a cut end, before it looks into the bytes", () => {
  const bytes = seal({ a: 1 }, KEY);
  const changed = Uint8Array.from(bytes);
  changed[40]! ^= 1;
  const unsigned = serialize({ a: 1 });
  for (const [bad, key] of [[bytes, `${KEY}s`], [changed, KEY], [bytes.slice(0, -1), KEY], [bytes.slice(0, 10), KEY], [new Uint8Array(0), KEY], [unsigned, KEY]] as const)
    expect(() => unseal(bad, key)).toThrow("it is not signed with the key that is set here (CHAINRULE_WORKER_KEY)");
}); // prettier-ignore

it("takes large arrays out, once for equal ones, and puts them back as they were", async () => {
  const large = Float32Array.from({ length: 20_000 }, (_, i) => i / 7);
  const view = large.subarray(1, 18_001);
  const program = {
    one: { data: large, shape: [2, 10_000] },
    two: [large.slice()],
    view,
    small: new Int8Array(3),
  };
  const { bytes, parts, id } = sealProgram(program, KEY);
  expect(parts.size).toBe(2);
  expect(bytes.length).toBeLessThan(1_000);
  expect(id).toBe(idOf(bytes));
  const back = (await unsealProgram(bytes, KEY, async (part) => parts.get(part)!)) as typeof program;
  expect(back).toEqual(program);
  expect(back.one.data).toBeInstanceOf(Float32Array);
});

it("refuses a program that is too large, with its size", () => {
  expect(() => sealProgram({ images: new Float64Array(9 * 2 ** 20) }, KEY)).toThrow(
    "the values that travel with it have 72 MB, and at most 64 MB are sent; load large data inside the function, for example with mnist().",
  );
});
