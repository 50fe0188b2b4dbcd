/**
 * The base class of layers: parameters, a shape rule, and a forward and a backward that call the functions of the pass's
 * engine. A layer keeps nothing between calls: the pass keeps what backward needs. So an evaluation in the middle of training
 * disturbs nothing, and one layer may be used in two places.
 */
import { Printed } from "../array/printed.js";
import { DTypeError, ShapeError, StateError, showShape } from "../array/errors.js";
import type { Random } from "../array/random.js";
import { resident } from "../array/routines.js";
import { copy, dtypeOf, zeros, type DType, type Shape, type Tensor } from "../array/tensor.js";
import type { Initializer } from "./initialise.js";
import type { ReferenceFunction, Rivals } from "./rival.js";

/** A tensor that training changes. */
export class Parameter extends Printed {
  /** Whether weight decay applies to it: true for weights, false for biases and scales. */
  readonly decay: boolean;
  /** True until the value is set or trained; a container draws fresh parameters from its own seed. */
  fresh = true;
  readonly #draw: (random: Random) => Tensor;
  #value: Tensor;

  constructor(draw: (random: Random) => Tensor, random: Random, { decay = true } = {}) {
    super();
    this.#draw = draw;
    this.#value = draw(random);
    this.decay = decay;
  }

  /**
   * The numbers, to read and to write. An array of a million numbers or more may lie in the engine's memory, which threads share:
   * `slice()` and `copy` make copies of it, `structuredClone` and `postMessage` do not.
   */
  get value(): Tensor {
    return this.#value;
  }

  /** Copies the tensor in. @throws ShapeError, DTypeError when it does not have the parameter's shape and dtype */
  set value(value: Tensor) {
    if (showShape(value.shape) !== showShape(this.#value.shape)) {
      throw new ShapeError(
        `parameter: a ${showShape(value.shape)} tensor cannot become the value of a ${showShape(this.#value.shape)} parameter.`,
      );
    }
    if (dtypeOf(value) !== dtypeOf(this.#value)) {
      throw new DTypeError(
        `parameter: a ${dtypeOf(value)} tensor cannot become the value of a ${dtypeOf(this.#value)} parameter; cast it first.`,
      );
    }
    this.#value = resident(copy(value));
    this.fresh = false;
  }

  toString(): string {
    const { shape, dtype } = this.#value;
    return `parameter ${showShape(shape)} ${dtype}, ${this.decay ? "decays" : "does not decay"}`;
  }

  /** Its first value stays: no container draws it anew. */
  settle(): void {
    this.fresh = false;
    this.#value = resident(this.#value);
  }

  /** Draws a new initial value. */
  draw(random: Random): void {
    this.#value = resident(this.#draw(random));
  }
}

/** A pass as a layer sees it; net/pass.ts implements it. */
export interface LayerPass {
  /** The engine that computes: `pass.engine.of(conv2dForward)`. */
  readonly engine: Rivals;
  /** True while training: batch norm uses the batch's statistics, dropout drops. */
  readonly training: boolean;
  /** The random generator, for dropout and other random layers. */
  readonly random: Random;
  /** Keeps the cache that this layer's backward needs. Caches are returned last in, first out. */
  keep(owner: object, cache: unknown): void;
  /** Returns the kept cache. @throws StateError when backward came before forward */
  take(owner: object): unknown;
  /** Adds a gradient to the parameter's sum. */
  addGradient(parameter: Parameter, gradient: Tensor): void;
}

/** What a layer that runs other layers also needs of a pass. */
export interface ContainerPass extends LayerPass {
  /** Whether somebody may look at the tensors between layers: no two layers are then computed at once. */
  readonly watched: boolean;
  /**
   * Runs a whole network, forward or backward. Tensors that pass between its layers may lie in memory that the
   * engine takes back after the backward; what comes out, and what taps see, is ordinary.
   */
  enclose(run: () => Tensor): Tensor;
  /**
   * A network's input, in the engine's memory.
   * @throws ValueError when it holds NaN or an infinity
   */
  enter(x: Tensor): Tensor;
  /**
   * Called by a container that will not read a tensor again after it has passed it from one of its layers to the next: the
   * engine may then reuse the tensor's memory.
   * @param stillRead  tensors that will still be read, and may be views of the same memory
   */
  passedOn(phase: "forward" | "backward", tensor: Tensor, stillRead: readonly Tensor[]): void;
  /** Runs a container's named part: errors and taps inside get the name. */
  within<T>(name: string, run: () => T): T;
  /** Passes a tensor at the current path to the taps of this pass. */
  tap(phase: TapPhase, tensor: Tensor): void;
}

/** What a tap sees of a layer: what goes in, what comes out, and the gradient of the loss it passes back (dx). */
export type TapPhase = "input" | "forward" | "backward";

/** One step of a network: a shape rule, a forward and a backward, and what is trained in it. */
export abstract class Layer extends Printed {
  /** By name, such as `w` and `b`. */
  readonly parameters: Readonly<Record<string, Parameter>> = {};
  /** Tensors that belong to the layer's state but are not trained, such as running means. */
  readonly buffers: Readonly<Record<string, Tensor>> = {};
  /** Its inner layers by name, in the order of its forward; most layers have none. */
  readonly children: Readonly<Record<string, Layer>> = {};

  /** The reference functions that `forward` calls through the engine; `compute.report` shows how the engine computes them. */
  get functions(): readonly ReferenceFunction[] {
    return [];
  }

  /** The reference function that `forward` is, where it does nothing else; undefined for a layer that does more. */
  get plainForward(): ReferenceFunction | undefined {
    return undefined;
  }

  /** The reference function that `backward` is, apart from handing over gradients. */
  get plainBackward(): ReferenceFunction | undefined {
    return undefined;
  }

  /** Whether a user's backward replaces the library's; it gets the cache of the reference's forward. */
  get ownBackward(): boolean {
    return false;
  }

  /** The class's name: "Conv2d". */
  get kind(): string {
    return this.constructor.name;
  }

  /** A few words for the network's table: "Conv2d, 8 filters of 5×5, pad 2". */
  describe(): string {
    return this.kind;
  }

  toString(): string {
    return this.describe();
  }

  /** The shape of one output from the shape of one input, without the batch axis. @throws ShapeError */
  abstract outputShape(input: Shape): number[];

  /**
   * The shape of a whole output from that of a whole input, with the batch axis. Layers that move the batch axis, which occur in
   * networks from other programs, override it.
   * @throws ShapeError
   */
  batchShape(input: Shape): number[] {
    return [input[0], ...this.outputShape(input.slice(1))];
  }

  /** Multiply-adds of one forward on one input. */
  multiplyAdds(_input: Shape): number {
    return 0;
  }

  /**
   * Its inner layers and merges, in the order of its forward, with their input shapes. A layer with children overrides it; it
   * must run the children with `pass.within(name, …)` and call `pass.tap` (of a ContainerPass), so that errors and taps find them.
   * @param input  the shape of one example of the layer's input; without it the result needs no shapes
   * @throws ShapeError; StateError for a layer that has children but does not override it
   */
  inside(input?: Shape): readonly Inside[] {
    const children = Object.entries(this.children).map(([name, layer]) => ({ name, layer }));
    if (input === undefined || children.length === 0) return children;
    throw new StateError(
      `${this.kind}: it has layers inside and does not say which shapes they are given; define inside(input).`,
    );
  }

  /**
   * Computes the outputs for a batch of inputs, and keeps in the pass what backward needs.
   * @param x     a batch; its first axis counts the examples
   * @param next  the layer that alone reads the output, if a container says so and nobody looks at the output in between:
   *              an engine may compute both at once. A layer may ignore it.
   */
  abstract forward(x: Tensor, pass: LayerPass, next?: Layer): Tensor;

  /**
   * @param dy      the upstream gradient: of the loss with respect to this layer's output
   * @param pass    the pass that the forward ran in; it receives the parameters' gradients
   * @param wanted  whether dx is needed; true. During training the dx of a network's first layer is not needed, and a layer
   *                whose dx is expensive may then return an empty tensor instead
   * @param next    the layer whose backward alone reads dx, as in `forward`
   * @returns dx, the gradient of the loss with respect to this layer's input
   */
  abstract backward(dy: Tensor, pass: LayerPass, wanted?: boolean, next?: Layer): Tensor;
}

/** Merges several inputs of a graph into one output. Like a layer it keeps nothing between calls. */
export abstract class Merge extends Printed {
  /** The class's name: "Add". */
  get kind(): string {
    return this.constructor.name;
  }

  /** A few words for the network's table. */
  describe(): string {
    return this.kind;
  }

  toString(): string {
    return this.describe();
  }

  /** The shape of one output from the shapes of the inputs, all without the batch axis. @throws ShapeError */
  abstract outputShape(inputs: readonly Shape[]): number[];

  /** The same with the batch axis first; a merge that can broadcast along it overrides this. @throws ShapeError */
  batchShape(inputs: readonly Shape[]): number[] {
    return [inputs[0][0], ...this.outputShape(inputs.map((shape) => shape.slice(1)))];
  }

  /** Multiply-adds of one forward on one example of each input. */
  multiplyAdds(_inputs: readonly Shape[]): number {
    return 0;
  }

  /**
   * Computes one output from several inputs.
   * @param xs one tensor or more, of one dtype, each a batch
   */
  abstract forward(xs: readonly Tensor[], pass: LayerPass): Tensor;

  /** @returns the gradient of every input */
  abstract backward(dy: Tensor, pass: LayerPass): Tensor[];
}

/** A named part of a container. */
export interface Inside {
  readonly name: string;
  readonly layer: Layer | Merge;
  /** The shapes of one example of its inputs: one for a layer, one or more for a merge. */
  readonly inputs?: readonly Shape[];
  /** The shape of one example of its output, if it does not follow from the inputs alone. */
  readonly output?: Shape;
  /** How many examples it gets for each example of the container; 1. */
  readonly count?: number;
  /** The layer that alone reads its output, if there is one. */
  readonly next?: Layer;
}

/** What a layer returns for a dx that is not needed. */
export const unwanted: Tensor = zeros([0]);

/** Options that every layer with parameters has. */
export interface ParameterOptions {
  /** The seed of this layer's initial weights; without it the container draws them from its own seed. */
  seed?: number;
  /** "float32" (default) to train, "float64" to check gradients. */
  dtype?: DType;
  /** The initialiser of the weights; `heNormal`. */
  init?: Initializer;
}

/** A parameter that starts at zero and does not decay: a bias. */
export function biasParameter(size: number, dtype: DType, random: Random): Parameter {
  return new Parameter(() => zeros([size], dtype), random, { decay: false });
}

/** Marks parameters as drawn from an explicit seed, so that no container draws them again. */
export function settle(parameters: Readonly<Record<string, Parameter>>, seed: number | undefined): void {
  if (seed !== undefined) for (const parameter of Object.values(parameters)) parameter.settle();
}
