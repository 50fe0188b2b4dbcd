/**
 * The native routines against those of WebAssembly that they replace: the same names and arguments, and the same bits, where
 * WebAssembly's multiply-add is fused too. The other files of this project run the engines' own tests on them.
 */
import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { Random } from "../../../lib/array/random.js";
import { flat, type Tensor } from "../../../lib/array/tensor.js";
import { compute } from "../../../lib/engine/compute.js";
import { WasmEngine } from "../../../lib/engine/wasm/engine.js";
import { builds, findBuild, Machine } from "../../../lib/engine/wasm/machine.js";
import { CONTRACT, findNative, type Native } from "../../../lib/engine/wasm/native.js";
import { nativeFile } from "../../support/native-file.js";
import {
  conv2dBackward,
  conv2dForward,
  linearBackward,
  linearForward,
  type Conv2dOptions,
} from "../../../lib/index.js";

const { native } = findNative(nativeFile ?? "off");
const [relaxed] = builds();
/** Whether WebAssembly rounds a multiply-add once: a processor without fused multiply-add rounds it twice. */
const isFused = findBuild()?.build === "relaxed";

/** The routines in the set of instructions, for an engine. */
function engineOf(instructions: string): WasmEngine {
  const found: Native = { ...native!, instructions };
  return new WasmEngine(relaxed, () => ({ native: found, why: "", refused: false }));
}

interface Results {
  readonly [name: string]: Tensor;
}

function linear(engine: WasmEngine, [N, K, D]: readonly number[], hasBias: boolean): Results {
  const random = new Random(1);
  const [x, w, dy] = [random.normal([N, D]), random.normal([K, D]), random.normal([N, K])];
  const { y, cache } = engine.of(linearForward)(x, w, hasBias ? random.normal([K]) : undefined);
  const { dx, dw } = engine.of(linearBackward)(dy, cache);
  return { y, dx, dw };
}

function convolution(
  engine: WasmEngine,
  [N, C, H, W, F, size]: readonly number[],
  options: Conv2dOptions,
): Results {
  const random = new Random(2);
  const x = random.normal([N, C, H, W]);
  const w = random.normal([F, C / (options.groups ?? 1), size, size]);
  const { y, cache } = engine.of(conv2dForward)(x, w, random.normal([F]), options);
  const { dx, dw } = engine.of(conv2dBackward)(random.normal(y.shape), cache);
  return { y, dx, dw };
}

/** The results whose bits differ. */
function differing(got: Results, expected: Results): string[] {
  return Object.keys(expected).filter((name) => {
    const [a, b] = [flat(got[name]), flat(expected[name])];
    return a.length !== b.length || a.some((value, i) => !Object.is(value, b[i]));
  });
}

/** N, K, D: single rows, edges of tiles, more than one block of the depth and of the rows. */
const products = [
  [1, 10, 3],
  [1, 21, 515],
  [2, 3, 4],
  [5, 10, 784],
  [64, 72, 96],
  [7, 17, 300],
  [13, 100, 700],
  [97, 30, 20],
  [200, 12, 3],
];
/** N, C, H, W, F, size: Winograd's with images in blocks and in bands, few channels, narrow maps; direct ones of every kind. */
const images: readonly (readonly [readonly number[], Conv2dOptions])[] = [
  [[2, 3, 8, 8, 8, 3], { pad: 1 }],
  [[3, 3, 32, 32, 16, 5], { pad: 2 }],
  [[2, 5, 7, 9, 10, 3], { pad: 1, flip: true }],
  [[1, 16, 56, 50, 24, 3], { pad: 1 }],
  [[5, 16, 8, 8, 33, 3], {}],
  [[9, 4, 5, 6, 8, 5], { pad: 2 }],
  [[2, 40, 8, 8, 40, 3], { pad: 1 }],
  [[1, 8, 3, 3, 8, 3], { pad: 1 }],
  [[4, 16, 14, 14, 20, 5], { pad: 2 }],
  [[2, 1, 28, 28, 8, 5], { pad: 2 }],
  [[2, 3, 23, 23, 9, 11], { stride: 4 }],
  [[3, 8, 13, 13, 7, 3], { stride: 2, pad: 1, round: "floor" }],
  [[2, 4, 9, 9, 6, 1], {}],
  [[2, 8, 9, 9, 18, 3], { groups: 2, pad: 1, stride: 2 }],
  [[2, 4, 9, 30, 8, 3], { dilation: 2, pad: 2 }],
  [[1, 2, 40, 70, 24, 4], { stride: 3, round: "floor" }],
];

it("is built where there is a compiler, for the arguments that this library gives", () => {
  if (nativeFile === undefined) return;
  expect(native?.addon.contract).toBe(CONTRACT);
  expect(compute.native).toBe(`${nativeFile} computes in ${native!.instructions} instructions`);
});

describe.skipIf(native === undefined)("native routines", () => {
  it("have the names of WebAssembly's, and take as many arguments", () => {
    const { call, heap } = new Machine(relaxed, 1);
    const routines = native!.addon.open(new Uint8Array(heap.memory.buffer), native!.instructions);
    expect(Object.keys(routines).sort()).toEqual([
      "direct",
      "directWeights",
      "product",
      "productScratch",
      "winograd",
      "winogradFilterGradient",
      "winogradFilters",
      "winogradPointBytes",
      "winogradScratch",
      "winogradWeights",
    ]);
    for (const [name, routine] of Object.entries(routines)) {
      const count = call[name].length;
      const wrong = (): number => routine(...Array.from({ length: count + 1 }, () => 0));
      expect(wrong).toThrow(`${name} takes ${count} numbers, and was given ${count + 1} values`);
    }
    expect(() => routines.product(...(Array(14).fill("a") as number[]))).toThrow("product takes 14 numbers");
  });

  it("say which sets of instructions they have", () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    expect(() => native!.addon.open(new Uint8Array(memory.buffer), "abacus")).toThrow(
      "this processor does not run that set of instructions",
    );
    expect(() => native!.addon.open(memory as never, native!.instructions)).toThrow(
      "open takes an array over WebAssembly's memory and the name of a set of instructions",
    );
  });

  describe.each(native?.addon.instructions ?? [])("in %s", (instructions) => {
    const ours = engineOf(instructions);
    const theirs = new WasmEngine(relaxed);
    ours.threads = theirs.threads = 1;

    it.runIf(isFused).each(products)("multiply %i rows, %i columns, %i deep to the same bits", (...sizes) => {
      for (const hasBias of [false, true]) {
        const expected = linear(theirs, sizes, hasBias);
        expect(differing(linear(ours, sizes, hasBias), expected)).toEqual([]);
      }
    });

    it.runIf(isFused).each(images)("convolve %j %j to the same bits", (sizes, options) => {
      expect(differing(convolution(ours, sizes, options), convolution(theirs, sizes, options))).toEqual([]);
    });

    it("spread no NaN and no infinity beyond the outputs that see it", () => {
      for (const odd of [NaN, Infinity]) {
        const x = new Random(3).normal([2, 4, 9, 10]);
        x.data[4 * 90 + 37] = odd;
        const w = new Random(4).normal([8, 4, 3, 3]);
        const [got, expected] = [ours, theirs].map((engine) => {
          const { y } = engine.of(conv2dForward)(x, w, undefined, { pad: 1 });
          return Array.from(flat(y), (value) => Number.isFinite(value));
        });
        expect(got).toEqual(expected);
        expect(got.filter((isFinite) => !isFinite).length).toBe(8 * 9);
      }
    });

    it("give the same bits in any number of threads", () => {
      const alone = convolution(ours, [7, 8, 12, 12, 16, 3], { pad: 1 });
      for (const threads of [2, 3, 7]) {
        ours.threads = threads;
        for (let round = 0; round < 3; round++) {
          expect(differing(convolution(ours, [7, 8, 12, 12, 16, 3], { pad: 1 }), alone)).toEqual([]);
        }
      }
      ours.threads = 1;
    });
  });

  it("keep their memory as long as they are there, and let a process end", () => {
    const script = `
      const addon = require(${JSON.stringify(nativeFile)});
      let routines = addon.open(new Uint8Array(new WebAssembly.Memory({ initial: 64, maximum: 64, shared: true }).buffer), addon.instructions[0]);
      gc();
      routines.product(0, 1, 65536, 8, 8, 8, 4096, 8, 1, 8192, 8, 1, 16384, 0); // in memory that nothing else holds
      routines = undefined;
      gc();
      console.log("done");`;
    const words = ["--expose-gc", "--eval", script];
    expect(execFileSync(process.execPath, words, { encoding: "utf8" }).trim()).toBe("done");
  });
});
