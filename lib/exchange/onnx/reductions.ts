/** Translates reductions: means, sums, extremes and norms along axes. */
import { Exponential, Logarithm } from "../../layers/activation/exponential.js";
import { Power } from "../../layers/activation/power.js";
import { UnitNorm } from "../../layers/normalisation/unit-norm.js";
import { GlobalAveragePool } from "../../layers/pooling/global-average-pool.js";
import { Reduce, type ReduceKind } from "../../layers/pooling/reduce.js";
import { Add, Subtract } from "../../net/merge.js";
import type { Shape } from "../../array/tensor.js";
import { ReshapeBatch } from "./layers.js";
import type { NodeView, Part } from "./view.js";

const kinds: Readonly<Record<string, ReduceKind>> = {
  ReduceL1: "l1",
  ReduceL2: "l2",
  ReduceLogSum: "sum",
  ReduceMax: "max",
  ReduceMean: "mean",
  ReduceMin: "min",
  ReduceSum: "sum",
  ReduceSumSquare: "sum",
};

export function reduce(view: NodeView): Part[] {
  const { op } = view.node;
  const given = view.attributeOrInput("axes", 1) ?? [];
  if (given.length === 0 && view.number("noop_with_empty_axes", 0)) return [];
  const every = view.shape.map((_, axis) => axis);
  const axes = (given.length > 0 ? given.map((axis) => view.axis(axis)) : every).sort((a, b) => a - b);
  const keep = view.number("keepdims", 1) !== 0;
  const places = every.slice(2);
  // There is a layer for the mean over each channel's positions.
  if (op === "ReduceMean" && places.length > 0 && axes.join() === places.join()) {
    const ones = new ReshapeBatch(([n, c]) => [n, c, ...places.map(() => 1)]);
    const pool: Part = { name: "pool", layer: new GlobalAveragePool() };
    return keep ? [pool, { name: "pool_shape", layer: ones }] : [pool];
  }
  const layer = new Reduce({ kind: kinds[op], axes, ...(keep && { keep }) });
  return [
    ...(op === "ReduceSumSquare" ? [{ name: "square", layer: new Power({ exponent: 2 }) }] : []),
    { name: "reduce", layer },
    ...(op === "ReduceLogSum" ? [{ name: "log", layer: new Logarithm() }] : []),
  ];
}

/** The logarithm of a sum of exponentials. The maximum is subtracted first and added at the end, so that nothing overflows. */
export function logSumExp(view: NodeView): Part[] {
  const given = view.attributeOrInput("axes", 1) ?? view.shape.map((_, axis) => axis);
  const axes = given.map((axis) => view.axis(axis)).sort((a, b) => a - b);
  const whole: Part[] = [
    { name: "max", layer: new Reduce({ kind: "max", axes, keep: true }) },
    { name: "centred", layer: new Subtract(), from: [{ operand: 0 }, { part: 0 }] },
    { name: "exp", layer: new Exponential() },
    { name: "sum", layer: new Reduce({ kind: "sum", axes, keep: true }) },
    { name: "log", layer: new Logarithm() },
    { name: "logsumexp", layer: new Add(), from: [{ part: 0 }, { part: 4 }] },
  ];
  if (view.number("keepdims", 1)) return whole;
  const to = (shape: Shape): number[] => shape.filter((_, axis) => !axes.includes(axis));
  return [...whole, { name: "logsumexp_shape", layer: new ReshapeBatch(to) }];
}

export function lpNormalization(view: NodeView): Part[] {
  const power = view.number("p", 2);
  if (power !== 1 && power !== 2)
    throw view.unsupported(`its norm is the ${power}th, and lengths are of p 1 or 2`);
  const axis = view.number("axis", -1);
  return [{ name: "norm", layer: new UnitNorm({ axis: view.knownShape ? view.axis(axis) : axis, power }) }];
}
