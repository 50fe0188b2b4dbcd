/** The padded shortcut: what it takes, what it adds, its backward by differences, adjoint and PyTorch, its refusals. */
import { expect, it } from "vitest";
import { PaddedShortcut, Pass, Random, zeros, type Tensor } from "../../../../lib/index.js";
import { paddedShortcutForward } from "../../../../lib/functions.js";
import { checkOperations, type OperationCase } from "../catalogue.js";

const dtype = "float64";
const random = new Random(12);
const image = random.normal([3, 3, 7, 6], 0, 1, dtype);

const cases = [
  [5, 2, "F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 0, 2))"],
  [3, 3, "x[:, :, ::3, ::3]"],
  [4, 1, "F.pad(x, (0, 0, 0, 0, 0, 1))"],
].map(([out, stride, python]): OperationCase => ({
  name: `to ${out} channels by steps of ${stride}`,
  operation: "paddedShortcut",
  inputs: { x: image },
  call: ({ x }: Readonly<Record<string, Tensor>>) => [x, { out, stride }],
  python: python as string,
  linear: true,
  layer: () => new PaddedShortcut({ out: out as number, stride: stride as number }),
}));
checkOperations(cases);

it("PaddedShortcut takes every second pixel, from the first on, and appends empty channels", () => {
  const layer = new PaddedShortcut({ out: 3 });
  const x = random.normal([2, 2, 3, 5], 0, 1, dtype);
  const y = layer.forward(x, new Pass());
  expect(y.shape).toEqual([2, 3, 2, 3]);
  for (let n = 0; n < 2; n++) {
    for (let c = 0; c < 3; c++) {
      for (let i = 0; i < 2; i++) {
        for (let j = 0; j < 3; j++) {
          expect(y.get(n, c, i, j)).toBe(c < 2 ? x.get(n, c, 2 * i, 2 * j) : 0);
        }
      }
    }
  }
});

it("refuses what does not fit, in words", () => {
  expect(() => new PaddedShortcut({ out: 2 }).outputShape([3, 4, 4])).toThrow("at most 2 channels");
  expect(() => new PaddedShortcut({ out: 2, stride: 0 }).outputShape([1, 4, 4])).toThrow("stride is 0");
  expect(() => paddedShortcutForward(zeros([2, 3, 4]), { out: 4 })).toThrow("expected N×C×H×W");
  const pass = new Pass();
  const layer = new PaddedShortcut({ out: 4 });
  layer.forward(zeros([1, 3, 4, 4]), pass);
  expect(() => layer.backward(zeros([1, 4, 2, 3]), pass)).toThrow("dy is 1×4×2×3, expected 1×4×2×2");
});
