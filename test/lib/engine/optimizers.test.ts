/** The optimisers' float32 loops and routines make the reference's very bits, step after step, with every option. */
import { describe, expect, it } from "vitest";
import { Random } from "../../../lib/array/random.js";
import { copy, flat, full, type Tensor } from "../../../lib/array/tensor.js";
import type { Engine } from "../../../lib/engine/engine.js";
import { reference } from "../../../lib/engine/reference.js";
import { typescript } from "../../../lib/engine/typescript/engine.js";
import { WasmEngine } from "../../../lib/engine/wasm/engine.js";
import { builds } from "../../../lib/engine/wasm/machine.js";
import { adadeltaStep, adagradStep, adamStep, rmsPropStep, sgdStep } from "../../../lib/index.js";

type State = Readonly<Record<string, Tensor>>;

const [relaxed, plain] = builds().map((build) => new WasmEngine(build));
/** Some weights, enough for the routines with one left over, and more than a piece. */
const shapes = [
  [3, 7],
  [3, 7, 61],
  [90, 101],
];
const engines = shapes.flatMap((shape) => [
  { name: `typescript, ${shape.join("×")}`, engine: typescript, shape },
  { name: `wasm, relaxed, ${shape.join("×")}`, engine: relaxed!, shape },
  { name: `wasm, plain, ${shape.join("×")}`, engine: plain!, shape },
]);
const decay = { weightDecay: 0.01 };
const cases: Record<string, (engine: Engine, state: State, gradient: Tensor, t: number) => void> = {
  sgd: (engine, { w }, g) => engine.of(sgdStep)(w!, g, undefined, { lr: 0.1 }),
  "sgd, decay": (engine, { w }, g) => engine.of(sgdStep)(w!, g, undefined, { lr: 0.1, ...decay }),
  "sgd, momentum": (engine, { w, m }, g) =>
    engine.of(sgdStep)(w!, g, m, { lr: 0.1, momentum: 0.9, ...decay }),
  "sgd, Nesterov": (engine, { w, m }, g) =>
    engine.of(sgdStep)(w!, g, m, { lr: 0.1, momentum: 0.9, nesterov: true, ...decay }),
  adagrad: (engine, { w, m }, g) => engine.of(adagradStep)(w!, g, m!, { lr: 0.1, ...decay }),
  adadelta: (engine, { w, m, v }, g) =>
    engine.of(adadeltaStep)(w!, g, { square: m!, change: v! }, { lr: 0.7, ...decay }),
  rmsprop: (engine, { w, m }, g) => engine.of(rmsPropStep)(w!, g, { square: m! }, { lr: 0.1, ...decay }),
  "rmsprop, momentum": (engine, { w, m, v }, g) =>
    engine.of(rmsPropStep)(w!, g, { square: m!, velocity: v! }, { lr: 0.1, momentum: 0.9, ...decay }),
  adam: (engine, { w, m, v }, g, t) =>
    engine.of(adamStep)(w!, g, { mean: m!, square: v! }, t, { lr: 0.1, ...decay }),
  "adam, decoupled": (engine, { w, m, v }, g, t) =>
    engine.of(adamStep)(w!, g, { mean: m!, square: v! }, t, { lr: 0.1, decoupled: true, ...decay }),
};

/** How many numbers differ. */
function different(got: Tensor, expected: Tensor): number {
  const E = flat(expected);
  return [...flat(got)].reduce((count, value, i) => count + (Object.is(value, E[i]) ? 0 : 1), 0);
}

describe.each(engines)("$name", ({ engine: rival, shape }) =>
  it.each(Object.entries(cases))("%s", (_, step) => {
    const random = new Random(3);
    const start = { w: random.normal(shape), m: full(shape, 0), v: full(shape, 0) };
    const gradients = Array.from({ length: 5 }, () => random.normal(shape));
    const [ours, theirs] = [rival, reference].map((engine) => {
      const state = Object.fromEntries(Object.entries(start).map(([name, x]) => [name, copy(x)]));
      gradients.forEach((gradient, i) => step(engine, state, gradient, i + 1));
      return state;
    });
    for (const name of ["w", "m", "v"]) expect(different(ours![name]!, theirs![name]!), name).toBe(0);
    expect(different(ours!["w"]!, start.w)).toBe(start.w.size);
  }),
);
