/**
 * Tensor arithmetic on the WASM routines. Tensors are stored in JavaScript's memory; so they are copied through a small
 * WebAssembly memory in pieces that stay in the processor's cache. Every addition, product, quotient, square root, comparison
 * and rounding has the bits of the plain loops; exp, log and tanh are within two units in the last place of float32, and
 * within 10⁻¹⁵ of themselves in float64. Sums run in double precision, eight at a time, piece by piece.
 */
import type { Arithmetic, Fold, FoldOptions, Loop, Results } from "../../array/routines.js";
import type { Tensor } from "../../array/tensor.js";
import { arrays as bytes } from "./bytes.js";
import { decode } from "./machine.js";
import type { Exports } from "./native.js";

type Values = Float32Array | Float64Array;

/** The operations in the order in which assembly/arrays.ts counts them. */
const operations = [
  ...["add", "subtract", "multiply", "divide", "maximum", "minimum"],
  ...["equal", "notEqual", "greater", "greaterEqual", "less", "lessEqual"],
  ...["negate", "exp", "log", "sqrt", "abs", "sign", "tanh", "floor", "ceil", "round"],
  ...["where", "clip"],
];
const folds: Readonly<Record<Fold, number>> = { sum: 0, squares: 1, products: 2, max: 3, min: 4 };

/** Numbers in a piece of each operand: more would not stay in the processor's cache beside one another. */
const PIECE = 8192;
/** Numbers in an area. */
const AREA = 16384;
/** The most columns that are folded at once: four rows of them fill an area. */
const COLUMNS = AREA / 4;
/** Vectors at the end of an area may reach a little beyond it. */
const SLACK = 64;
/** Four areas of the memory, for three operands and a result, behind the module's own data. */
const areas = [0, 1, 2, 3].map((i) => 1024 + i * (8 * AREA + SLACK));

/** One precision: the memory's areas as its numbers, and the routines' names. */
interface Precision {
  readonly areas: readonly Values[];
  readonly bits: 32 | 64;
  /** How many numbers fill a vector of 16 bytes. */
  readonly lanes: number;
}

/** Tensor arithmetic in WebAssembly. Works in one small memory, and so does one thing after another. */
export class Arrays implements Arithmetic {
  readonly #call: Exports;
  readonly #single: Precision;
  readonly #double: Precision;
  readonly #loops = new Map<string, Loop>();

  constructor() {
    const module = new WebAssembly.Module(decode(bytes) as BufferSource);
    const { exports } = new WebAssembly.Instance(module, {});
    this.#call = exports as unknown as Exports;
    const { buffer } = exports["memory"] as WebAssembly.Memory;
    this.#single = { areas: areas.map((at) => new Float32Array(buffer, at, AREA)), bits: 32, lanes: 4 };
    this.#double = { areas: areas.map((at) => new Float64Array(buffer, at, AREA)), bits: 64, lanes: 2 };
    operations.forEach((operation, code) =>
      this.#loops.set(operation, (out, ...operands) => this.#along(code, out, operands)),
    );
  }

  loop(operation: string): Loop | undefined {
    return this.#loops.get(operation);
  }

  fold(
    kind: Fold,
    x: Values,
    start: number,
    end: number,
    { z, zStart = 0, centre = 0 }: FoldOptions = {},
  ): number {
    const precision = this.#of(x);
    const run = this.#call[`fold${precision.bits}`];
    const [X, Z] = precision.areas;
    let result: number | undefined;
    for (let from = start; from < end; from += AREA) {
      const count = Math.min(AREA, end - from);
      X.set(x.subarray(from, from + count));
      if (z) Z.set(z.subarray(zStart + from - start, zStart + from - start + count));
      const part = run(folds[kind], count, areas[0], areas[1], centre);
      if (result === undefined) result = part;
      else if (kind === "max") result = Math.max(result, part);
      else if (kind === "min") result = Math.min(result, part);
      else result += part;
    }
    return result ?? 0;
  }

  foldRows(kind: Exclude<Fold, "products">, x: Values, start: number, length: number, into: Results): void {
    const { values, centres } = into;
    if (length > AREA) {
      for (let i = into.start, from = start; i < into.start + into.count; i++, from += length)
        values[i] = this.fold(kind, x, from, from + length, { centre: centres?.[i] });
      return;
    }
    const run = this.#call[`foldRows${this.#of(x).bits}`];
    const middles = this.#double.areas[2];
    this.#rows(x, start, length, into, (rows, place) => {
      if (centres) middles.set(centres.subarray(place, place + rows));
      run(folds[kind], rows, length, areas[0], areas[2], areas[1]);
    });
  }

  positions(kind: "max" | "min", x: Values, start: number, length: number, into: Results): void {
    if (length > AREA) {
      for (let i = into.start, from = start; i < into.start + into.count; i++, from += length)
        into.values[i] = this.position(kind, x, from, from + length) - from;
      return;
    }
    const run = this.#call[`findRows${this.#of(x).bits}`];
    this.#rows(x, start, length, into, (rows) => run(folds[kind], rows, length, areas[0], areas[1]));
  }

  position(kind: "max" | "min", x: Values, start: number, end: number): number {
    const precision = this.#of(x);
    const [run, find] = [this.#call[`fold${precision.bits}`], this.#call[`find${precision.bits}`]];
    let [best, place] = [NaN, start];
    for (let from = start; from < end; from += AREA) {
      const count = Math.min(AREA, end - from);
      precision.areas[0].set(x.subarray(from, from + count));
      const part = run(folds[kind], count, areas[0], areas[0], 0);
      if (from > start && (kind === "max" ? part <= best : part >= best)) continue;
      best = part;
      place = from + find(count, areas[0], part);
      if (Number.isNaN(part)) break;
    }
    return place;
  }

  foldColumns(kind: Exclude<Fold, "products">, x: Values, start: number, rows: number, into: Results): void {
    const precision = this.#of(x);
    const run = this.#call[`foldColumns${precision.bits}`];
    const { values, count, centres } = into;
    const isSum = kind === "sum" || kind === "squares";
    const [X] = precision.areas;
    const [results, middles] = [(isSum ? this.#double : precision).areas[1], this.#double.areas[2]];
    for (let first = 0; first < count; first += COLUMNS) {
      const wide = Math.min(COLUMNS, count - first);
      const [from, to] = [into.start + first, into.start + first + wide];
      results.set(values.subarray(from, to));
      if (centres) middles.set(centres.subarray(from, to));
      const most = Math.floor(AREA / wide);
      for (let row = 0; row < rows; row += most) {
        const high = Math.min(most, rows - row);
        const at = start + row * count + first;
        if (wide === count) X.set(x.subarray(at, at + high * count));
        else
          for (let i = 0; i < high; i++) X.set(x.subarray(at + i * count, at + i * count + wide), i * wide);
        run(folds[kind], high, wide, areas[0], areas[2], areas[1]);
      }
      values.set(results.subarray(0, wide), from);
    }
  }

  /** Rows in the first area, and their results from the second, as many rows at once as there is room for. */
  #rows(
    x: Values,
    start: number,
    length: number,
    into: Results,
    run: (rows: number, place: number) => void,
  ): void {
    const [X, results] = [this.#of(x).areas[0], this.#double.areas[1]];
    const most = Math.floor(AREA / length);
    for (let row = 0; row < into.count; row += most) {
      const rows = Math.min(most, into.count - row);
      const from = start + row * length;
      X.set(x.subarray(from, from + rows * length));
      run(rows, into.start + row);
      into.values.set(results.subarray(0, rows), into.start + row);
    }
  }

  #of(x: Values): Precision {
    return x instanceof Float32Array ? this.#single : this.#double;
  }

  /** The operation over matrices, some rows or a piece of one at a time. */
  #along(code: number, out: Tensor, operands: readonly Tensor[]): void {
    const { areas: spaces, bits, lanes } = this.#of(out.data);
    const run = this.#call[`elementwise${bits}`];
    const [count, length] = out.shape;
    const wide = Math.min(length, PIECE);
    const high = Math.min(count, Math.floor(PIECE / wide));
    const steps = [0, 0, 0];
    // What is the same in all pieces stays where it is.
    const moving: [space: Values, operand: Tensor][] = [];
    operands.forEach((x, i) => {
      const isNumber = x.stride.every((stride) => stride === 0);
      if (isNumber) spaces[i].fill(x.data[x.offset], 0, lanes);
      else steps[i] = 16;
      if (!isNumber && x.stride[0] === 0 && wide === length) lay(spaces[i], x, 0, high, 0, wide);
      else if (!isNumber) moving.push([spaces[i], x]);
    });
    const Y = spaces[3];
    for (let row = 0; row < count; row += high) {
      const rows = Math.min(high, count - row);
      for (let from = 0; from < length; from += wide) {
        const columns = Math.min(wide, length - from);
        for (const [space, x] of moving) lay(space, x, row, rows, from, columns);
        const size = rows * columns;
        run(code, size, areas[0], steps[0], areas[1], steps[1], areas[2], steps[2], areas[3]);
        out.data.set(Y.subarray(0, size), out.offset + row * length + from);
      }
    }
  }
}

/** Copies a block of a matrix, whose numbers then follow one another. */
function lay(space: Values, x: Tensor, row: number, rows: number, from: number, columns: number): void {
  const [down, across] = x.stride;
  const at = x.offset + row * down + from * across;
  if (across === 1 && (down === columns || rows === 1)) {
    space.set(x.data.subarray(at, at + rows * columns));
    return;
  }
  for (let i = 0, start = at; i < rows; i++, start += down) {
    if (across === 0) space.fill(x.data[start], i * columns, (i + 1) * columns);
    else space.set(x.data.subarray(start, start + columns), i * columns);
  }
}
