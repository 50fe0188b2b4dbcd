/**
 * Translates Einsum, the sum over products of named axes, to one product of matrices: the axes that both sides share and
 * the result keeps count the matrices, those that are summed are the columns of the one and the rows of the other.
 */
import { reshape, type Shape, type Tensor } from "../../array/tensor.js";
import { transpose } from "../../array/rearrange.js";
import { Reduce } from "../../layers/pooling/reduce.js";
import { MatrixProduct } from "../../net/merge.js";
import { Transpose } from "../../layers/shape/transpose.js";
import { ReshapeBatch } from "./layers.js";
import { constantPart } from "./shapes.js";
import type { NodeView, Part, PartSource } from "./view.js";

/** The letters of an equation's axes. */
interface Equation {
  readonly inputs: readonly string[];
  readonly output: string;
}

export function einsum(view: NodeView): Part[] {
  const { inputs, output } = equationOf(view);
  if (inputs.length > 2) throw view.unsupported("it multiplies more than two values; multiply two at a time");
  for (const letters of inputs)
    if (new Set(letters).size < letters.length)
      throw view.unsupported(`it takes a diagonal (“${letters}”); write it as a product with a mask`);
  const plan = new Plan(view);
  const [a, b] = inputs.map((letters, i) => {
    const others = output + inputs.filter((_, other) => other !== i).join("");
    return plan.summed(plan.operand(i, letters), (letter) => !others.includes(letter));
  });
  const result = b === undefined ? a! : product(plan, a!, b, output);
  plan.arranged(result, [...output]);
  return plan.parts;
}

/** A·B: the axes of the result that count the matrices, and then one that only A has, and one that only B has. */
function product(plan: Plan, a: Operand, b: Operand, output: string): Operand {
  // The first axis of the result is the batch's; constants have none, so it must not be inside of the matrices.
  const own = ({ letters }: Operand, other: Operand): string | undefined =>
    [...output.slice(1)].filter((one) => letters.includes(one) && !other.letters.includes(one)).at(-1);
  const last = [own(a, b), own(b, a)];
  const kept = [...output].filter((one) => !last.includes(one));
  const summed = [...a.letters].filter((one) => b.letters.includes(one) && !output.includes(one));
  const keptOf = ({ letters }: Operand): Group =>
    kept.map((one) => (letters.includes(one) ? one : undefined));
  const left = plan.matrices(a, [keptOf(a), [last[0]], summed]);
  const right = plan.matrices(b, [keptOf(b), summed, [last[1]]]);
  const y = plan.add("einsum", new MatrixProduct(), [left, right]);
  const letters = [...kept, ...last].join("");
  if (!last.includes(undefined)) return { letters, source: y };
  const squeeze = (shape: Shape): number[] =>
    shape.filter((_, axis) => axis < kept.length || last[axis - kept.length] !== undefined);
  return { letters, source: plan.add("einsum_shape", new ReshapeBatch(squeeze), [y]) };
}

/** Letters of axes; undefined is a new axis of size 1. */
type Group = readonly (string | undefined)[];

/** A value on its way to the product, with the letters of its axes. */
interface Operand {
  readonly letters: string;
  readonly source: PartSource;
  readonly constant?: Tensor | undefined;
}

/** Collects the layers. */
class Plan {
  readonly parts: Part[] = [];
  readonly #view: NodeView;

  constructor(view: NodeView) {
    this.#view = view;
  }

  operand(i: number, letters: string): Operand {
    return { letters, source: { operand: i }, constant: this.#view.factor(i) };
  }

  add(name: string, layer: Part["layer"], from: readonly PartSource[]): PartSource {
    this.parts.push({ name, layer, from });
    return { part: this.parts.length - 1 };
  }

  /** Without the axes that only this value has and the result has not. */
  summed(value: Operand, isAlone: (letter: string) => boolean): Operand {
    const axes = [...value.letters].flatMap((letter, axis) => (isAlone(letter) ? [axis] : []));
    if (axes.length === 0) return value;
    const letters = [...value.letters].filter((letter) => !isAlone(letter)).join("");
    const source = this.#computed(value);
    return { letters, source: this.add("einsum_sum", new Reduce({ kind: "sum", axes }), [source]) };
  }

  /** The same value with its axes in another order. */
  arranged(value: Operand, order: readonly string[]): Operand {
    if (order.join("") === value.letters) return value;
    const axes = order.map((letter) => value.letters.indexOf(letter));
    const letters = order.join("");
    if (value.constant) return { ...value, letters, constant: transpose(value.constant, axes) };
    return { letters, source: this.add("einsum_turn", new Transpose(axes), [value.source]) };
  }

  /** Its axes as these groups say; the last two groups become one axis each. */
  matrices(value: Operand, groups: readonly [Group, Group, Group]): PartSource {
    const wanted = groups.flat();
    const order = wanted.filter((letter) => letter !== undefined);
    const turned = this.arranged(value, order);
    if (order.length === wanted.length && groups[1].length === 1 && groups[2].length === 1)
      return this.#computed(turned);
    const to = (shape: Shape): number[] => {
      let axis = 0;
      const [kept, ...last] = groups.map((group) =>
        group.map((letter) => (letter === undefined ? 1 : shape[axis++]!)),
      );
      return [...kept!, ...last.map((sizes) => sizes.reduce((all, size) => all * size, 1))];
    };
    if (turned.constant)
      return this.#computed({ ...turned, constant: reshape(turned.constant, to(turned.constant.shape)) });
    return this.add("einsum_shape", new ReshapeBatch(to), [turned.source]);
  }

  #computed({ source, constant }: Operand): PartSource {
    if (!constant) return source;
    this.parts.push(constantPart(this.#view, constant));
    return { part: this.parts.length - 1 };
  }
}

/** "…ij,jk" as letters for all axes, and what comes out where the equation does not say it. */
function equationOf(view: NodeView): Equation {
  const text = view.text("equation", "").replaceAll(" ", "");
  const [left, right] = text.split("->") as [string, string | undefined];
  const inputs = left.split(",").map((one, i) => {
    if (!one.includes("...")) return one;
    const rank = view.operands[i]?.shape?.length ?? view.operands[i]?.constant?.shape.length;
    if (rank === undefined) throw view.unsupported("the file does not say how many axes “...” stands for");
    // Upper-case letters from the end, so that those of two values with different numbers of axes fit.
    const count = rank - (one.length - 3);
    return one.replace("...", "ZYXWVUTS".slice(0, count).split("").reverse().join(""));
  });
  const rest = [...new Set(inputs.join(""))].filter((letter) => letter >= "S" && letter <= "Z").sort();
  const once = [...new Set(inputs.join(""))].filter(
    (letter) => inputs.join("").split(letter).length === 2 && !rest.includes(letter),
  );
  const isRest = text.includes("...");
  const output =
    right?.replace("...", isRest ? rest.join("") : "") ?? [...(isRest ? rest : []), ...once.sort()].join("");
  return { inputs, output };
}
