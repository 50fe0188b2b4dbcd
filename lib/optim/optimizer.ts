/** What an optimiser is: a rule that turns gradients into new parameter values, and what it remembers between steps. */
import { Printed, showOptions } from "../array/printed.js";
import { sameDType } from "../array/check.js";
import { ShapeError, ValueError, showShape } from "../array/errors.js";
import { copy, zeros, type Tensor } from "../array/tensor.js";
import type { Parameter } from "../layers/layer.js";
import type { Rivals } from "../layers/rival.js";

/** All that an optimiser remembers, for a checkpoint; the tensors are copies. */
export interface OptimizerState {
  /** The optimiser's class: "Adam". */
  readonly kind: string;
  readonly lr: number;
  /** How many steps each parameter has had, by the parameter's path. */
  readonly steps: Readonly<Record<string, number>>;
  /** What is remembered of each parameter, by its path and what it is: "conv1.w.velocity". */
  readonly tensors: Readonly<Record<string, Tensor>>;
}

/** What an optimiser remembers of one parameter. */
interface Memory {
  steps: number;
  readonly tensors: Record<string, Tensor>;
}

/** Options that every optimiser has. */
export interface OptimizerOptions {
  /** Learning rate η, above 0. */
  lr?: number;
  /** λ, from 0 up; 0. Biases and normalisation parameters do not decay. */
  weightDecay?: number;
}

/** A rule that turns gradients into new parameter values. A rule of one's own defines `update`. */
export abstract class Optimizer<Options extends OptimizerOptions = OptimizerOptions> extends Printed {
  /** The learning rate, which schedules change between steps. */
  lr: number;
  readonly options: Options;
  readonly #memories = new Map<Parameter, Memory>();

  /** @param lr  the learning rate to begin with */
  constructor(options: Options, lr: number) {
    super();
    this.options = options;
    this.lr = lr;
  }

  toString(): string {
    return showOptions(this.constructor.name, { ...this.options, lr: this.lr });
  }

  /**
   * Changes every parameter that has a gradient.
   * @param gradients  what a pass gathered: `pass.gradients`
   * @param engine     whose functions do the work: `pass.engine`
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
   * @param engine   whose functions do the work
   * @param options  with the learning rate and the weight decay of this step
   * @param t        which step of this parameter it is, from 1
   */
  protected abstract update(
    parameter: Parameter,
    gradient: Tensor,
    engine: Rivals,
    options: Options & { lr: number },
    t: number,
  ): void;

  /** What it remembers, as copies. @param parameters by path, such as a network's `parameters`: those whose memory is wanted */
  state(parameters: Readonly<Record<string, Parameter>>): OptimizerState {
    const steps: Record<string, number> = {};
    const tensors: Record<string, Tensor> = {};
    for (const [path, parameter] of Object.entries(parameters)) {
      const memory = this.#memories.get(parameter);
      if (memory === undefined) continue;
      steps[path] = memory.steps;
      for (const [name, value] of Object.entries(memory.tensors)) tensors[`${path}.${name}`] = copy(value);
    }
    return { kind: this.constructor.name, lr: this.lr, steps, tensors };
  }

  /**
   * Goes on from a state, bit for bit as if it had never stopped; what was remembered before is forgotten.
   * @param parameters  by the paths that the state was taken with
   * @throws ValueError when the state is another optimiser's or names a parameter that is not there; ShapeError,
   *   DTypeError when a tensor does not fit its parameter. Nothing is changed then.
   */
  load(parameters: Readonly<Record<string, Parameter>>, state: OptimizerState): void {
    if (state.kind !== this.constructor.name) {
      throw new ValueError(
        `${this.constructor.name}: the state is that of ${state.kind}; make a new ${state.kind} to load it into.`,
      );
    }
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
      memory.tensors[key.slice(dot + 1)] = copy(value);
    }
    this.#memories.clear();
    for (const [parameter, memory] of memories) this.#memories.set(parameter, memory);
    this.lr = state.lr;
  }

  /** A tensor of the parameter's kind that is kept between steps, zeros at first. */
  protected slot(parameter: Parameter, name: string): Tensor {
    const { tensors } = this.#memory(parameter);
    return (tensors[name] ??= zeros(parameter.value.shape, parameter.value.dtype));
  }

  #memory(parameter: Parameter): Memory {
    let memory = this.#memories.get(parameter);
    if (memory === undefined) this.#memories.set(parameter, (memory = { steps: 0, tensors: {} }));
    return memory;
  }
}

/** The tensors of one step are of one shape and dtype. @throws ShapeError, DTypeError */
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

/** Options by name, each with whether it fits and its range in words. @throws ValueError for the first that does not */
export function checkRanges(
  optimizer: string,
  ranges: Readonly<Record<string, readonly [value: number, fits: boolean, range: string]>>,
): void {
  for (const [name, [value, fits, range]] of Object.entries(ranges)) {
    if (fits && Number.isFinite(value)) continue;
    throw new ValueError(`${optimizer}: ${name} is ${value}; it must be ${range}.`);
  }
}
