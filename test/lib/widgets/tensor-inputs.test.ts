/** The widgets whose value is a tensor: what keys and the pointer change, their values from both sides, and bad input. */
import { describe, expect, it } from "vitest";
import { toNested, zeros, tensor } from "../../../lib/array/index.js";
import {
  DrawingCanvas,
  interact,
  MatrixInput,
  PicturePicker,
  type Act,
  type FigureKind,
  type TensorInput,
} from "../../../lib/widgets/index.js";
import { figure as canvas, type CanvasState } from "../../../lib/widgets/figures/canvas.js";
import { DARK, LIGHT } from "../../../lib/widgets/figures/figure-kind.js";
import { figure as matrix, type MatrixEditState } from "../../../lib/widgets/figures/matrix-edit.js";
import { figure as picture } from "../../../lib/widgets/figures/picture-click.js";

const page = { width: 688, palette: LIGHT };

/** Does what a reader does, as a page would. */
function does<S extends object>(kind: FigureKind<S>, widget: TensorInput<S>, ...acts: readonly Act[]): void {
  for (const act of acts) {
    const changes = kind.act!(widget.state, act, page);
    if (changes) widget.set(changes as never);
  }
}
const key = (name: string): Act => ({ kind: "key", key: name });
const rows = (widget: { readonly value: Parameters<typeof toNested>[0] }): number[][] =>
  toNested(widget.value) as number[][];

/** Where a pixel's middle is drawn. */
function placeOf(
  body: string,
  at: string,
  row: number,
  column: number,
): { at: string; x: number; y: number } {
  const found = new RegExp(
    `data-at="${at}"[^>]* transform="translate\\(([\\d.]+) ([\\d.]+)\\) scale\\(([\\d.]+)\\)"`,
  );
  const [left, top, cell] = found.exec(body)!.slice(1).map(Number);
  return { at, x: left + (column + 0.5) * cell, y: top + (row + 0.5) * cell };
}

it.each([canvas, picture, matrix] as unknown as FigureKind<object>[])(
  "$name draws inside its page in light and dark, and says what is there",
  (kind) => {
    for (const width of [300, 688])
      for (const palette of [LIGHT, DARK]) {
        const { body } = kind.draw(kind.state, { width, palette });
        expect(body).not.toMatch(/NaN|undefined|Infinity/);
        for (const [, x, w] of body.matchAll(/<rect x="([-\d.]+)"[^>]* width="([-\d.]+)"/g))
          expect(Number(x) + Number(w)).toBeLessThanOrEqual(width + 1);
      }
    expect(kind.words(kind.state)).toMatch(/\d.*\.$/);
    expect(kind.act!(kind.state, key("q"), page)).toBeUndefined();
  },
);

describe("the canvas", () => {
  it("gives what was drawn, by the pointer where it points and by the keys", () => {
    const paper = new DrawingCanvas({ rows: 12, columns: 20 });
    expect(paper.value.shape).toEqual([12, 20]);
    const { body } = canvas.draw(paper.state, page);
    does<CanvasState>(
      canvas,
      paper,
      { kind: "press", ...placeOf(body, "paper", 3, 4) },
      { kind: "drag", ...placeOf(body, "paper", 3, 15) },
    );
    expect(rows(paper)[3].slice(4, 16)).toEqual(Array.from({ length: 12 }, () => 1));
    expect(rows(paper)[8].every((value) => value === 0)).toBe(true);
    paper.set({ tool: "rub out", row: 3.5, column: 10.5 });
    does(canvas, paper, key("Enter"));
    expect(rows(paper)[3][10]).toBe(0);
    does(canvas, paper, { kind: "button", name: "clear" });
    expect(rows(paper)).toEqual(toNested(zeros([12, 20])));
  });

  it("takes a tensor, and says what it cannot take", () => {
    const paper = new DrawingCanvas({
      value: tensor([
        [0, 1],
        [1, 0.5],
      ]),
    });
    expect(rows(paper)).toEqual([
      [0, 1],
      [1, 0.5],
    ]);
    paper.value = zeros([3, 3]);
    expect(paper.value.shape).toEqual([3, 3]);
    expect(() => new DrawingCanvas({ rows: 0 })).toThrow(
      "DrawingCanvas: 0 × 28 pixels; give whole numbers from 1 to 128",
    );
    expect(() => (paper.value = zeros([1, 3, 3]))).toThrow(
      "DrawingCanvas: the tensor is 1×3×3; give rows × columns",
    );
    expect(() => new DrawingCanvas({ value: tensor([[Number.NaN]]) })).toThrow("not finite");
  });
});

describe("the picture", () => {
  const image = tensor(Array.from({ length: 6 }, (_, i) => Array.from({ length: 9 }, (_, j) => i * 10 + j)));

  it("gives the patch under the pointer, whole at the borders, and a pixel for a patch of 1", () => {
    const picker = new PicturePicker(image, { size: 3 });
    const { body } = picture.draw(picker.state, page);
    does(picture, picker, { kind: "press", ...placeOf(body, "picture", 3, 4) });
    expect(picker.place).toEqual([2, 3]);
    expect(rows(picker)).toEqual([
      [23, 24, 25],
      [33, 34, 35],
      [43, 44, 45],
    ]);
    does(picture, picker, { kind: "press", ...placeOf(body, "picture", 5, 8) });
    expect(picker.place).toEqual([3, 6]);
    picker.set({ size: 1, row: 5, column: 8 });
    expect(rows(picker)).toEqual([[58]]);
    expect(picture.words(picker.state)).toBe("Row 5, column 8: 58.");
    does(picture, picker, key("ArrowUp"), key("ArrowRight"));
    expect(picker.place).toEqual([4, 8]);
  });

  it("says what it cannot take", () => {
    expect(() => new PicturePicker(zeros([1, 2, 3]))).toThrow("PicturePicker: the tensor is 1×2×3");
  });
});

describe("the matrix", () => {
  it("takes what is typed, cell by cell", () => {
    const input = new MatrixInput(zeros([2, 2]));
    does<MatrixEditState>(matrix, input, key("ArrowRight"), key("-"));
    expect(matrix.words(input.state)).toContain("“-” is no number yet");
    does(matrix, input, key("1"), key("."), key("5"));
    expect(rows(input)).toEqual([
      [0, -1.5],
      [0, 0],
    ]);
    does(matrix, input, key("Backspace"), key("Enter"), key("ArrowDown"), key("7"));
    expect(rows(input)).toEqual([
      [0, -1],
      [0, 7],
    ]);
  });

  it("changes by a drag and by keys, a step each time", () => {
    const input = new MatrixInput(tensor([[1, 2]]), { step: 0.25 });
    does<MatrixEditState>(
      matrix,
      input,
      { kind: "press", at: "cell 0 1", x: 0, y: 100 },
      { kind: "drag", at: "cell 0 1", x: 0, y: 64 },
    );
    expect(rows(input)).toEqual([[1, 2.75]]);
    does(matrix, input, key("PageDown"), key("ArrowLeft"), key("PageUp"));
    expect(rows(input)).toEqual([[1.25, 2.5]]);
    expect(() => new MatrixInput(zeros([2, 2]), { step: 0 })).toThrow(
      "the step is 0; give a positive number",
    );
  });
});

it("interact calls its function with the tensor after each change, and says nothing of the rest of the state", async () => {
  const seen: number[][][] = [];
  const made = await interact(({ w }) => void seen.push(toNested(w) as number[][]), {
    w: new MatrixInput(tensor([[1, 2]])),
  });
  const { w } = made.controls as unknown as { w: MatrixInput };
  w.set({ row: 0, column: 1 });
  does<MatrixEditState>(matrix, w, key("5"));
  await made.refresh();
  expect(seen[0]).toEqual([[1, 2]]);
  expect(seen.at(-1)).toEqual([[1, 5]]);
});
