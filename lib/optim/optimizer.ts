/** The base class of optimisers: a rule that turns gradients into new parameter values, and its state between steps. */
import { Printed, showOptions } from "../array/printed.js";
import { sameDType } from "../array/check.js";
import { resident } from "../array/routines.js";
import { ShapeError, ValueError, showShape } from "../array/errors.js";
import { copy, zeros, type Tensor } from "../array/tensor.js";
import type { Parameter } from "../layers/layer.js";
import type { Rivals } from "../layers/rival.js";

/** The complete state of an optimiser, for a checkpoint; the tensors are copies. */
export interface OptimizerState {
  /** The optimiser's class: "Adam". */
  readonly kind: string;
  readonly lr: number;
  /** The momentum of a rule that has one; absent in files of before. */
  readonly momentum?: number;
  /** How many steps each parameter has had, by the parameter's path. */
  readonly steps: Readonly<Record<string, number>>;
  /** The tensors kept for each parameter, by its path and their name: "conv1.w.velocity". */
  readonly tensors: Readonly<Record<string, Tensor>>;
}

/** The state that an optimiser keeps for one parameter. */
interface Memory {
  steps: number;
  readonly tensors: Record<string, Tensor>;
}

/** Options that every optimiser has. */
export interface OptimizerOptions {
  /** Learning rate η, above 0. */
  lr?: number;
  /** λ, 0 or more; 0. Biases and normalisation parameters do not decay. */
  weightDecay?: number;
}

/** A rule that turns gradients into new parameter values. Your own rule defines `update`. */
export abstract class Optimizer<Options extends OptimizerOptions = OptimizerOptions> extends Printed {
  #lr: number;
  #options: Options;
  /**
   * Whether `update` has done with a gradient when it returns. `fit` then lends it gradients that lie in the engine's
   * memory; a rule of your own, which might keep them, gets ordinary tensors unless it says true.
   */
  readonly borrows: boolean = false;
  readonly #memories = new Map<Parameter, Memory>();

  /** @param lr  the initial learning rate */
  constructor(options: Options, lr: number) {
    super();
    this.#options = options;
    this.#lr = lr;
  }

  /** The learning rate, which schedules and readers change between steps. @throws ValueError for less than 0 or no number */
  get lr(): number {
    return this.#lr;
  }
  set lr(lr: number) {
    checkRanges(this.constructor.name, { lr: [lr, lr >= 0, "0 or more"] });
    this.#lr = lr;
  }

  /** What it was made with, and what was changed since. */
  get options(): Options {
    return this.#options;
  }

  /** For rules with options that may change between two steps. */
  protected change(options: Partial<Options>): void {
    this.#options = { ...this.#options, ...options };
  }

  toString(): string {
    return showOptions(this.constructor.name, { ...this.options, lr: this.lr });
  }

  /**
   * Changes every parameter that has a gradient.
   * @param gradients  the gradients of a pass: `pass.gradients`
   * @param engine     the engine that computes: `pass.engine`
   */
  step(gradients: ReadonlyMap<Parameter, Tensor>, engine: Rivals): void {
    for (const [parameter, gradient] of gradients) {
      const t = ++this.#memory(parameter).steps;
      const weightDecay = parameter.decay ? this.options.weightDecay : 0;
      this.update(parameter, gradient, engine, { ...this.options, lr: this.lr, weightDecay }, t);
      parameter.fresh = false;
    }
  }

  /**
   * Changes one parameter, in place.
   * @param engine   the engine that computes
   * @param options  with the learning rate and the weight decay of this step
   * @param t        the number of this parameter's step, from 1
   */
  protected abstract update(
    parameter: Parameter,
    gradient: Tensor,
    engine: Rivals,
    options: Options & { lr: number },
    t: number,
  ): void;

  /** A copy of its state for some parameters. @param parameters by path, such as a network's `parameters` */
  state(parameters: Readonly<Record<string, Parameter>>): OptimizerState {
    const steps: Record<string, number> = {};
    const tensors: Record<string, Tensor> = {};
    for (const [path, parameter] of Object.entries(parameters)) {
      const memory = this.#memories.get(parameter);
      if (memory === undefined) continue;
      steps[path] = memory.steps;
      for (const [name, value] of Object.entries(memory.tensors)) tensors[`${path}.${name}`] = copy(value);
    }
    return {
      kind: this.constructor.name,
      lr: this.lr,
      ...(hasMomentum(this) && { momentum: this.momentum }),
      steps,
      tensors,
    };
  }

  /**
   * Continues from a state, bit for bit as if it had never stopped; it replaces the old state.
   * @param parameters  by the same paths as when the state was saved
   * @throws ValueError when the state belongs to another optimiser or names a parameter that does not exist; ShapeError,
   *   DTypeError when a tensor does not fit its parameter. Then nothing is changed.
   */
  load(parameters: Readonly<Record<string, Parameter>>, state: OptimizerState): void {
    if (state.kind !== this.constructor.name) {
      throw new ValueError(
        `${this.constructor.name}: the state is that of ${state.kind}; make a new ${state.kind} to load it into.`,
      );
    }
    const { lr, momentum = 0 } = state;
    checkRanges(state.kind, {
      lr: [lr, lr >= 0, "0 or more"],
      momentum: [momentum, momentum >= 0 && momentum < 1, "from 0 to below 1"],
    });
    const memories = new Map<Parameter, Memory>();
    for (const [path, steps] of Object.entries(state.steps)) {
      const parameter = parameters[path];
      if (parameter === undefined) {
        throw new ValueError(
          `${state.kind}: the state speaks of "${path}", but the parameters are ${Object.keys(parameters).join(", ")}; ` +
            `load it with the network it was saved with.`,
        );
      }
      memories.set(parameter, { steps, tensors: {} });
    }
    for (const [key, value] of Object.entries(state.tensors)) {
      const dot = key.lastIndexOf(".");
      const parameter = parameters[key.slice(0, dot)];
      const memory = parameter && memories.get(parameter);
      if (memory === undefined) {
        throw new ValueError(
          `${state.kind}: the state has "${key}" but no count of steps for it; it is damaged.`,
        );
      }
      expectLike(`${state.kind}: ${key}`, value, parameter.value);
      memory.tensors[key.slice(dot + 1)] = resident(copy(value));
    }
    this.#memories.clear();
    for (const [parameter, memory] of memories) this.#memories.set(parameter, memory);
    this.lr = lr;
    if (state.momentum !== undefined && hasMomentum(this)) this.momentum = state.momentum;
  }

  /** A tensor of the parameter's shape and dtype that is kept between steps; zeros at first. */
  protected slot(parameter: Parameter, name: string): Tensor {
    const { tensors } = this.#memory(parameter);
    return (tensors[name] ??= resident(zeros(parameter.value.shape, parameter.value.dtype)));
  }

  /** Whether the tensor of this name has been kept for the parameter. */
  protected hasSlot(parameter: Parameter, name: string): boolean {
    return this.#memories.get(parameter)?.tensors[name] !== undefined;
  }

  #memory(parameter: Parameter): Memory {
    let memory = this.#memories.get(parameter);
    if (memory === undefined) this.#memories.set(parameter, (memory = { steps: 0, tensors: {} }));
    return memory;
  }
}

/** A rule with a momentum that can be changed between two steps. */
export interface HasMomentum {
  /** μ, from 0 to below 1. */
  momentum: number;
}

/** Whether a rule has a momentum. */
export function hasMomentum(optimizer: Optimizer): optimizer is Optimizer & HasMomentum {
  return typeof (optimizer as Partial<HasMomentum>).momentum === "number";
}

/** Checks that the tensors of one step have one shape and dtype. @throws ShapeError, DTypeError */
export function checkStep(
  operation: string,
  value: Tensor,
  tensors: Readonly<Record<string, Tensor | undefined>>,
): void {
  sameDType(operation, { value, ...tensors });
  for (const [name, x] of Object.entries(tensors)) {
    if (x === undefined || showShape(x.shape) === showShape(value.shape)) continue;
    throw new ShapeError(
      `${operation}: the ${name} is ${showShape(x.shape)}, the parameter ${showShape(value.shape)}; they must agree.`,
    );
  }
}

function expectLike(what: string, x: Tensor, value: Tensor): void {
  sameDType(what, { saved: x, parameter: value });
  if (showShape(x.shape) === showShape(value.shape)) return;
  throw new ShapeError(
    `${what} is ${showShape(x.shape)}, but the parameter is ${showShape(value.shape)}; load it with the network it was saved with.`,
  );
}

/** Checks options, given by name with a test and the range in words. @throws ValueError for the first one out of range */
export function checkRanges(
  optimizer: string,
  ranges: Readonly<Record<string, readonly [value: number, fits: boolean, range: string]>>,
): void {
  for (const [name, [value, fits, range]] of Object.entries(ranges)) {
    if (fits && Number.isFinite(value)) continue;
    throw new ValueError(`${optimizer}: ${name} is ${value}; it must be ${range}.`);
  }
}
