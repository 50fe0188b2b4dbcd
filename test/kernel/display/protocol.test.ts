/** The display protocol: what a value may say of itself, and what is refused by name. */
import { describe, expect, it } from "vitest";
import { DISPLAY, bundleOf, encodeBundle, isBundle, metadataOf } from "../../../kernel/display/protocol.js";

const showing = (bundle: unknown): object => ({ [DISPLAY]: () => bundle });

describe("bundleOf", () => {
  it("prefers the symbol, then $display, then formatters, then Node's text", async () => {
    const both = { ...showing({ "text/plain": "symbol" }), $display: () => ({ "text/plain": "method" }) };
    expect(bundleOf(both)).toEqual({ "text/plain": "symbol" });
    expect(bundleOf({ $display: () => ({ "text/plain": "method" }) })).toEqual({ "text/plain": "method" });
    const formatter = { test: Array.isArray, format: () => ({ "text/html": "<list>" }) };
    expect(bundleOf([1], [formatter])).toEqual({ "text/html": "<list>" });
    expect(bundleOf({ a: 1 }, [formatter])).toEqual({ "text/plain": "{ a: 1 }" });
    expect(await bundleOf(showing(Promise.resolve({ "text/plain": "later" })))).toEqual({
      "text/plain": "later",
    });
  });

  it("shows strings, functions and null as Node does", () => {
    expect(bundleOf("a")).toEqual({ "text/plain": "'a'" });
    expect(bundleOf(null)).toEqual({ "text/plain": "null" });
    expect(bundleOf(() => 1)).toEqual({ "text/plain": "[Function (anonymous)]" });
  });
});

describe("encodeBundle", () => {
  it("encodes bytes of a view, and only of the view", () => {
    const bytes = new Uint8Array([9, 1, 2, 3, 9]).subarray(1, 4);
    expect(encodeBundle({ "image/png": bytes })).toEqual({ "image/png": "AQID" });
  });

  it("keeps JSON types objects, with nothing that JSON has not", () => {
    const spec = { mark: "bar", data: { values: [1, undefined, 2] }, f: () => 1 };
    expect(encodeBundle({ "application/vnd.vegalite.v5+json": spec })).toEqual({
      "application/vnd.vegalite.v5+json": { mark: "bar", data: { values: [1, null, 2] } },
    });
  });

  it("leaves out undefined", () => {
    expect(encodeBundle({ "text/plain": "a", "text/html": undefined })).toEqual({ "text/plain": "a" });
  });

  it.each([
    [{ png: "x" }, '"png" is not a MIME type'],
    [{ "image/png": 3 }, 'the content of "image/png" must be a Uint8Array or a string, and is a number'],
    [{ "text/html": { a: 1 } }, 'the content of "text/html" must be a string, and is an instance of Object'],
    [{ "application/json": 1n }, 'the content of "application/json" is not JSON'],
    [{}, "the bundle is empty"],
    ["text", "returned a string"],
    [null, "returned null"],
  ])("refuses %o", (bundle, message) => {
    expect(() => encodeBundle(bundle)).toThrow(message);
  });
});

it("asks a value for the metadata of its bundle", async () => {
  const sized = { [Symbol.for("Jupyter.displayMetadata")]: () => ({ "image/png": { width: 5 } }) };
  expect(metadataOf(sized)).toEqual({ "image/png": { width: 5 } });
  expect(await metadataOf({ [Symbol.for("Jupyter.displayMetadata")]: async () => ({ a: 1 }) })).toEqual({
    a: 1,
  });
  expect(metadataOf(null)).toEqual({});
  expect(metadataOf("text")).toEqual({});
});

it("tells a bundle from another object", () => {
  expect(isBundle({ "text/plain": "a" })).toBe(true);
  expect(isBundle({ "text/plain": "a", other: 1 })).toBe(false);
  expect(isBundle({})).toBe(false);
  expect(isBundle([["text/plain"]])).toBe(false);
});
