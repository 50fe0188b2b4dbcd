/** Collects the nodes and constants of an export, and the version of ONNX's operator set that they need. */
import { wrap, type DType, type Tensor } from "../../array/tensor.js";
import type { OnnxAttribute, OnnxNode, OnnxTensor } from "../../formats/onnx/model.js";

/** The oldest operator set that is written. */
const OLDEST = 13;

/** Whole numbers; a `Fraction` is a number that is stored as a float. */
export type Setting = number | readonly number[] | string | Fraction;

/** A number that ONNX needs as a float, even if it is whole. */
export class Fraction {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

export class Emitter {
  readonly nodes: OnnxNode[] = [];
  readonly constants: OnnxTensor[] = [];
  /** The operator set that everything so far needs. */
  opset = OLDEST;
  /** The network's dtype, for constants that belong to no layer. */
  readonly dtype: DType;
  readonly #names = new Set<string>(["input"]);
  readonly #reductions: number[] = [];

  constructor(dtype: DType) {
    this.dtype = dtype;
  }

  /**
   * Adds a node with one output.
   * @param since  the operator set since which the operator has its present meaning
   * @returns the output's name
   */
  node(
    op: string,
    name: string,
    inputs: readonly string[],
    settings: Readonly<Record<string, Setting>> = {},
    since = OLDEST,
  ): string {
    const own = this.#unique(name);
    const attributes = Object.fromEntries(
      Object.entries(settings).map(([key, value]) => [key, attributeOf(value)]),
    );
    this.nodes.push({ name: own, op, domain: "", inputs, outputs: [own], attributes });
    this.opset = Math.max(this.opset, since);
    return own;
  }

  /** Adds a reduction. Its axes are an attribute until operator set 17 and an input from 18 on: `finish` decides. */
  reduction(op: string, name: string, x: string, axes: readonly number[], keep: boolean): string {
    this.#reductions.push(this.nodes.length);
    return this.node(op, name, [x], { axes, keepdims: keep ? 1 : 0 });
  }

  /** Writes what depends on the operator set of the whole network. */
  finish(): void {
    for (const at of this.#reductions) {
      const node = this.nodes[at];
      // For sums this changed earlier, in 13.
      if (this.opset < (node.op === "ReduceSum" ? 13 : 18)) continue;
      const { axes, ...attributes } = node.attributes;
      const list = this.integers(`${node.name}.axes`, axes.value as readonly number[]);
      this.nodes[at] = { ...node, inputs: [...node.inputs, list], attributes };
    }
  }

  /** Adds a tensor of weights. @returns its name */
  weights(name: string, value: Tensor): string {
    const own = this.#unique(name);
    this.constants.push({ name: own, kind: value.dtype === "float64" ? "f64" : "f32", value });
    return own;
  }

  /** Adds a list of whole numbers, such as a shape or axes. @returns its name */
  integers(name: string, values: readonly number[]): string {
    const own = this.#unique(name);
    this.constants.push({ name: own, kind: "i64", value: wrap(Float64Array.from(values), [values.length]) });
    return own;
  }

  #unique(name: string): string {
    let own = name;
    for (let i = 2; this.#names.has(own); i++) own = `${name}_${i}`;
    this.#names.add(own);
    return own;
  }
}

function attributeOf(value: Setting): OnnxAttribute {
  if (value instanceof Fraction) return { type: "float", value: value.value };
  if (typeof value === "string") return { type: "string", value };
  return typeof value === "number" ? { type: "int", value } : { type: "ints", value };
}
