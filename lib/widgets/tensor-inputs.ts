/** Widgets whose value is a tensor: a paper to draw on, a picture to press, a matrix to change. */
import { ShapeError, showShape, ValueError } from "../array/errors.js";
import { tensor, toNested, type Tensor } from "../array/tensor.js";
import { figure as canvasKind, type CanvasState } from "./figures/canvas.js";
import type { FigureKind } from "./figures/figure-kind.js";
import { LiveFigure } from "./figures/live-figure.js";
import { figure as matrixKind, type MatrixEditState } from "./figures/matrix-edit.js";
import { code as canvasCode } from "./figures/modules/canvas.js";
import { code as matrixCode } from "./figures/modules/matrix-edit.js";
import { code as pictureCode } from "./figures/modules/picture-click.js";
import { figure as pictureKind, patchOf, type PictureClickState } from "./figures/picture-click.js";
import type { SeenState } from "./kinds.js";

type Rows = readonly (readonly number[])[];

export type { CanvasState, MatrixEditState, PictureClickState };

/** A figure that gives a tensor: its `value`. `interact` takes it as a control. */
export abstract class TensorInput<S extends object> extends LiveFigure<S> {
  readonly #names: readonly string[];

  constructor(kind: FigureKind<S>, module: string, given: Partial<S>, names: readonly (keyof S & string)[]) {
    super(kind, module, given);
    this.#names = names;
  }

  /** What the reader has made or chosen, in float32. */
  abstract get value(): Tensor;

  /** Calls a function after each change of the value, from whichever side. @returns a function that ends it */
  onValue(call: (value: Tensor) => unknown): () => void {
    const ends = this.#names.map((name) =>
      this.observe(name as keyof (S & SeenState) & string, () => call(this.value)),
    );
    return () => ends.forEach((end) => end());
  }
}

/** The rows of a matrix. @throws ShapeError when it has not two axes, ValueError when it has no numbers or one that is not finite */
function rowsOf(name: string, matrix: Tensor): number[][] {
  if (matrix.shape.length !== 2)
    throw new ShapeError(`${name}: the tensor is ${showShape(matrix.shape)}; give rows × columns.`);
  const rows = toNested(matrix) as number[][];
  if (matrix.size === 0 || !rows.flat().every(Number.isFinite))
    throw new ValueError(
      `${name}: the tensor is empty or holds a number that is not finite; give finite numbers.`,
    );
  return rows;
}

const asTensor = (rows: Rows): Tensor =>
  tensor(
    rows.map((row) => [...row]),
    "float32",
  );

/** A paper to draw on; `value` is rows × columns, 0 for paper and 1 for ink. */
export class DrawingCanvas extends TensorInput<CanvasState> {
  /** @throws ValueError for a number of rows or columns that is not a whole number from 1 to 128 */
  constructor({ rows = 28, columns = 28, value }: { rows?: number; columns?: number; value?: Tensor } = {}) {
    for (const count of [rows, columns])
      if (!Number.isInteger(count) || count < 1 || count > 128)
        throw new ValueError(`DrawingCanvas: ${rows} × ${columns} pixels; give whole numbers from 1 to 128.`);
    const paper = value
      ? rowsOf("DrawingCanvas", value)
      : Array.from({ length: rows }, () => Array.from({ length: columns }, () => 0));
    super(canvasKind, canvasCode, { value: paper, row: paper.length / 2, column: paper[0].length / 2 }, [
      "value",
    ]);
  }

  override get value(): Tensor {
    return asTensor(this.state.value);
  }

  override set value(value: Tensor) {
    this.set({ value: rowsOf("DrawingCanvas", value) });
  }
}

/** A picture to press; `value` are the numbers of the patch that is chosen, size × size. Of a feature map it is a unit. */
export class PicturePicker extends TensorInput<PictureClickState> {
  /**
   * @param image rows × columns
   * @param options the patch's side, in pixels, and where it is at first
   */
  constructor(image: Tensor, options: { size?: number; row?: number; column?: number } = {}) {
    const rows = rowsOf("PicturePicker", image);
    super(pictureKind, pictureCode, { ...options, image: rows }, ["size", "row", "column", "image"]);
  }

  override get value(): Tensor {
    return asTensor(patchOf(this.state));
  }

  /** The row and the column of the upper left pixel that is chosen. */
  get place(): readonly [row: number, column: number] {
    const { row, column } = this.state;
    return [row, column];
  }
}

/** A matrix whose numbers the reader changes; `value` is rows × columns. */
export class MatrixInput extends TensorInput<MatrixEditState> {
  /**
   * @param matrix rows × columns
   * @param options what a step of a drag or a key adds; 0.5
   * @throws ValueError for a step that is not positive
   */
  constructor(matrix: Tensor, { step = 0.5 }: { step?: number } = {}) {
    if (!(step > 0) || !Number.isFinite(step))
      throw new ValueError(`MatrixInput: the step is ${step}; give a positive number.`);
    super(matrixKind, matrixCode, { value: rowsOf("MatrixInput", matrix), step }, ["value"]);
  }

  override get value(): Tensor {
    return asTensor(this.state.value);
  }

  override set value(value: Tensor) {
    this.set({ value: rowsOf("MatrixInput", value), typed: "" });
  }
}
