/**
 * Tensor arithmetic on the WASM routines. Tensors are stored in JavaScript's memory; so they are copied through a small
 * WebAssembly memory in pieces that stay in the processor's cache. Every addition, product, quotient, square root, comparison
 * and rounding has the bits of the plain loops; exp, log and tanh are within two units in the last place of float32, and
 * within 10⁻¹⁵ of themselves in float64. Sums run in double precision, eight at a time, piece by piece.
 */
import type { Arithmetic, Columns, Fold, FoldOptions, Loop } from "../../array/routines.js";
import type { Tensor } from "../../array/tensor.js";
import { arrays as bytes } from "./bytes.js";
import { decode, type Exports } from "./machine.js";

type Values = Float32Array | Float64Array;

/** The operations in the order in which assembly/arrays.ts counts them. */
const operations = [
  ...["add", "subtract", "multiply", "divide", "maximum", "minimum"],
  ...["equal", "notEqual", "greater", "greaterEqual", "less", "lessEqual"],
  ...["negate", "exp", "log", "sqrt", "abs", "sign", "tanh", "floor", "ceil", "round"],
  ...["where", "clip"],
];
const folds: Readonly<Record<Fold, number>> = { sum: 0, squares: 1, products: 2, max: 3, min: 4 };

/** Numbers in a piece, and the most columns that are folded at once. */
const PIECE = 4096;
/** Numbers in an area: four rows of so many columns. */
const AREA = 4 * PIECE;
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

  foldColumns(kind: Exclude<Fold, "products">, x: Values, start: number, rows: number, into: Columns): void {
    const precision = this.#of(x);
    const run = this.#call[`foldColumns${precision.bits}`];
    const { values, count, centres } = into;
    const isSum = kind === "sum" || kind === "squares";
    const [X] = precision.areas;
    const [results, middles] = [(isSum ? this.#double : precision).areas[1], this.#double.areas[2]];
    for (let first = 0; first < count; first += PIECE) {
      const wide = Math.min(PIECE, count - first);
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

  #of(x: Values): Precision {
    return x instanceof Float32Array ? this.#single : this.#double;
  }

  /** The operation along tensors of one axis. */
  #along(code: number, out: Tensor, operands: readonly Tensor[]): void {
    const { areas: spaces, bits, lanes } = this.#of(out.data);
    const run = this.#call[`elementwise${bits}`];
    const steps = [0, 0, 0];
    operands.forEach(({ data, offset, stride }, i) => {
      if (stride[0] === 0) spaces[i].fill(data[offset], 0, lanes);
      else steps[i] = 16;
    });
    const [Y, length] = [spaces[3], out.size];
    for (let from = 0; from < length; from += PIECE) {
      const count = Math.min(PIECE, length - from);
      for (let i = 0; i < operands.length; i++) {
        if (steps[i] === 0) continue;
        const { data, offset } = operands[i];
        spaces[i].set(data.subarray(offset + from, offset + from + count));
      }
      run(code, count, areas[0], steps[0], areas[1], steps[1], areas[2], steps[2], areas[3]);
      out.data.set(Y.subarray(0, count), out.offset + from);
    }
  }
}
