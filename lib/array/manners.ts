/**
 * What a tensor can do besides what `ndarray` gives it: `for (const image of batch)`, destructuring, `String(x)`,
 * template strings, `console.log(x)`, and the transpose, of which `ndarray`'s types promise `x.T` and its code has nothing. `ndarray` makes one class for each dtype and number of axes; each gets
 * these methods when the first tensor of it is made.
 */
import ndarray from "ndarray";
import { showTensor, showTensorInLine } from "./show.js";
import type { Tensor } from "./types.js";

/** As Node's `util.inspect` and the kernel ask for it. */
const inspect = Symbol.for("nodejs.util.inspect.custom");
/** Up to how many axes the classes of a dtype have their manners. */
const taught = new Map<string, number>();

/** Gives the class of x, and those of its parts, their methods. */
export function teach(x: Tensor): void {
  const { length: rank } = x.shape;
  const known = taught.get(x.dtype) ?? -1;
  if (rank <= known) return;
  for (let axes = known + 1; axes <= rank; axes++) {
    const one = ndarray(x.data, new Array<number>(axes).fill(1)) as Tensor;
    const prototype: object = Object.getPrototypeOf(one);
    const give = (key: string | symbol, value: (this: Tensor, ...given: never[]) => unknown): void => {
      Object.defineProperty(prototype, key, { value, configurable: true, writable: true });
    };
    give("toString", text);
    give(inspect, inspected);
    give("transpose", turned((prototype as Tensor).transpose));
    Object.defineProperty(prototype, "T", { get: backwards, configurable: true });
    if (axes > 0) give(Symbol.iterator, parts); // a single number has no parts
  }
  taught.set(x.dtype, rank);
}

function text(this: Tensor): string {
  return showTensor(this);
}

/** Inside another value a tensor takes one line: its numbers when they are few, else only its kind. */
function inspected(this: Tensor, depth?: number, options?: { readonly depth?: number | null }): string {
  const inside = typeof depth === "number" && typeof options?.depth === "number" && depth < options.depth;
  return inside ? showTensorInLine(this) : showTensor(this);
}

/** The same numbers with the axes in the opposite order, as a view. */
function backwards(this: Tensor): Tensor {
  return this.transpose(...this.shape.map((_, axis) => this.shape.length - 1 - axis));
}

/** `x.transpose()` is `x.T`, as in NumPy; `ndarray`'s own would change nothing. */
function turned(own: Tensor["transpose"]): (this: Tensor, ...order: number[]) => Tensor {
  return function transpose(this: Tensor, ...order) {
    return order.length === 0 && this.shape.length > 0 ? backwards.call(this) : own.apply(this, order);
  };
}

function* parts(this: Tensor): IterableIterator<Tensor> {
  const rest = this.shape.slice(1).map(() => null);
  for (let i = 0; i < this.shape[0]; i++) yield this.pick(i, ...rest);
}
