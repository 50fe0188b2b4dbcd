/**
 * One forward through a network and, if wanted, its backward. A pass holds everything that does not belong to the network
 * itself: the caches that backward needs, the gradients that it sums up, the engine in use, and the taps.
 */
import { Printed } from "../array/printed.js";
import { expectFinite } from "../array/check.js";
import { DTypeError, ShapeError, StateError, ValueError } from "../array/errors.js";
import { Random } from "../array/random.js";
import type { Tensor } from "../array/tensor.js";
import { compute } from "../engine/compute.js";
import type { Arena, Engine } from "../engine/engine.js";
import { OutOfMemoryError } from "../engine/wasm/heap.js";
import { sumOfUses } from "../layers/gradient-sums.js";
import type { ContainerPass, Parameter, TapPhase } from "../layers/layer.js";
import type { Rivals } from "../layers/rival.js";
import type { LossPass } from "../losses/loss.js";

/**
 * Called with every tensor that passes through the network.
 * @param path    the layer's name in the network: "conv1", "block2.conv1"
 * @param phase   "input" or "forward" (what a layer takes and gives) or "backward" (the dx it passes back)
 * @param tensor  not a copy: read it, do not write into it
 */
export type Tap = (path: string, phase: TapPhase, tensor: Tensor) => void;

/** What a `Pass` is for: training or evaluation, with a backward or without, on which engine. */
export interface PassOptions {
  /** Whether batch norm uses the batch's statistics and dropout is on; false. */
  training?: boolean;
  /** Whether a backward may follow, so that caches are kept; true. */
  backward?: boolean;
  /** The random generator for layers that need one. */
  random?: Random;
  /** `compute.engine` unless given. */
  engine?: Engine;
  tap?: Tap;
  /**
   * Whether the gradients of parameters may lie in the engine's memory, so that a step makes no new arrays; false. They
   * are then valid until `pass.end()`, which must be called: copy what is to last longer.
   */
  lend?: boolean;
  /**
   * Given: the loss, the norm and the count of right answers may be read later, so that an engine on a graphics card goes on
   * meanwhile. Then `pass.end()` must be called. Passes with the same object are the steps of one network: after a loss that is
   * not finite none of them changes weights.
   */
  late?: object;
}

/**
 * One forward through a network and, if wanted, the backward that belongs to it. The pass keeps the caches that
 * backward needs and sums up the gradients. The network itself is not changed, so that an evaluation in the middle of
 * training disturbs nothing.
 *
 *     const pass = new Pass({ training: true });
 *     const y = net.forward(x, pass);
 *     const loss = crossEntropy.forward(y, labels, pass);
 *     net.backward(crossEntropy.backward(pass), pass);
 *     pass.gradients                             // ∂loss/∂parameter, for an optimiser's step
 */
export class Pass extends Printed implements ContainerPass, LossPass {
  readonly training: boolean;
  readonly random: Random;
  /** ∂loss/∂parameter, summed over all uses of the parameter in this pass. */
  readonly gradients = new Map<Parameter, Tensor>();
  readonly #caches: Map<object, unknown[]> | undefined;
  readonly #tap: Tap | undefined;
  readonly #path: string[] = [];
  readonly #engine: Engine;
  readonly #lend: boolean;
  readonly #late: object | undefined;
  /** The engine's memory for this pass, from the first `enclose` on. */
  #arena: Arena | undefined;
  #enclosed = false;
  /** How many caches are kept and not yet taken. */
  #kept = 0;

  constructor({
    training = false,
    backward = true,
    random = new Random(0),
    engine = compute.engine,
    tap,
    lend = false,
    late,
  }: PassOptions = {}) {
    super();
    this.training = training;
    this.#caches = backward ? new Map() : undefined;
    this.random = random;
    this.#engine = engine;
    this.#tap = tap;
    this.#lend = lend;
    this.#late = late;
  }

  toString(): string {
    const purpose = this.training ? "training" : "inference";
    return `Pass for ${purpose} on ${this.#engine.toString()}, gradients of ${this.gradients.size} parameters`;
  }

  /** A tap looks; a class derived from Pass, or a method put in the place of `tap`, may. */
  get watched(): boolean {
    return (
      this.#tap !== undefined || Object.getPrototypeOf(this) !== Pass.prototype || Object.hasOwn(this, "tap")
    );
  }

  /** The engine whose functions layers call. Inside a network their results lie in the engine's memory for this pass. */
  get engine(): Rivals {
    return (this.#enclosed ? this.#arena?.engine : this.#arena?.outside) ?? this.#engine;
  }

  enclose(run: () => Tensor): Tensor {
    if (this.#enclosed) return run();
    this.#arena ??= this.#engine.openArena({ lend: this.#lend, late: this.#late });
    this.#enclosed = true;
    try {
      return this.#own(run());
    } finally {
      this.#enclosed = false;
      if (this.#kept === 0) this.#arena?.release();
    }
  }

  enter(x: Tensor): Tensor {
    const { tensor, finite } = this.#arena?.enter(x) ?? { tensor: x, finite: false };
    if (!finite) expectFinite("net", "x", x);
    return tensor;
  }

  passedOn(phase: "forward" | "backward", tensor: Tensor, stillRead: readonly Tensor[]): void {
    const cached = phase === "forward" && this.#caches !== undefined; // a layer may have kept it for its backward
    if (this.#enclosed && !cached) this.#arena?.recycle(tensor, stillRead);
  }

  keep(owner: object, cache: unknown): void {
    if (this.#caches === undefined) return;
    const stack = this.#caches.get(owner);
    if (stack) stack.push(cache);
    else this.#caches.set(owner, [cache]);
    this.#kept++;
  }

  take(owner: object): unknown {
    if (this.#caches === undefined) {
      throw new StateError(
        `${owner.constructor.name}: this pass was made with backward: false and keeps nothing; make it with new Pass().`,
      );
    }
    const stack = this.#caches.get(owner);
    if (stack === undefined || stack.length === 0) {
      throw new StateError(
        `${owner.constructor.name}: backward came before forward in this pass (or twice after one forward); ` +
          `call forward(…, pass) first and give backward the same pass.`,
      );
    }
    this.#kept--;
    return stack.pop();
  }

  addGradient(parameter: Parameter, gradient: Tensor): void {
    const sum = this.gradients.get(parameter);
    // In the arena also where the network has done: the sum may lie where a single gradient does.
    const engine = this.#arena?.engine ?? this.#engine;
    const total = sum === undefined ? gradient : engine.of(sumOfUses)(sum, gradient);
    this.gradients.set(parameter, this.#own(total));
  }

  /** Ends a pass that lends gradients or is late: the gradients' memory goes back to the engine, and `gradients` is empty. */
  end(): void {
    this.gradients.clear();
    this.#arena?.end();
  }

  within<T>(name: string, run: () => T): T {
    this.#path.push(name);
    try {
      return run();
    } catch (error) {
      throw named(error, name, this.#path.length === 1);
    } finally {
      this.#path.pop();
    }
  }

  tap(phase: TapPhase, tensor: Tensor): void {
    this.#tap?.(this.#path.join("."), phase, this.#own(tensor));
  }

  /** The tensor, copied if needed into memory that stays valid when the arena is released. */
  #own(tensor: Tensor): Tensor {
    return this.#arena?.own(tensor) ?? tensor;
  }
}

/** Adds to the library's own errors the layer in which they arose: "block2.conv1: conv2d: …". */
function named(error: unknown, name: string, outermost: boolean): unknown {
  const kinds = [ShapeError, DTypeError, ValueError, StateError, OutOfMemoryError];
  const ours = kinds.some((kind) => error instanceof kind);
  if (!ours) return error;
  const where = error as Error & { layerPath?: string };
  where.message = where.layerPath === undefined ? `${name}: ${where.message}` : `${name}.${where.message}`;
  if (outermost) delete where.layerPath;
  else where.layerPath = name;
  return error;
}
