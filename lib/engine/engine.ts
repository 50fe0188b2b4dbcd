/**
 * An engine has its own versions of the functions that layers, losses and optimisers call. All engines compute the same;
 * they differ in speed. The reference functions define the right results, and every engine is tested against them.
 */
import { Printed } from "../array/printed.js";
import { sizeOf, type Shape, type Tensor } from "../array/tensor.js";
import type { Layer } from "../layers/layer.js";
import type { ReferenceFunction, Rival, Rivals } from "../layers/rival.js";

/** How an engine computes a layer. */
export interface Route {
  /** "winograd", "direct", "vectors", "typescript", "reference", … */
  readonly route: string;
  /** One sentence. */
  readonly why: string;
}

/** A reference function and an engine's own version of it; `rivals` and `rivalStep` make them, and check the types. */
export type RivalEntry = readonly [reference: ReferenceFunction, own: ReferenceFunction];

/** The parts of an engine. */
export interface EngineOptions {
  /** Its own versions of reference functions; none. */
  rivals?: Iterable<RivalEntry>;
  /** The engine for everything that this one has no function for; the reference functions unless given. */
  next?: Engine;
  /** One sentence on how its own functions compute, for `compute.report`. */
  why?: string;
}

/** What an arena does besides. */
export interface ArenaOptions {
  /** Whether the gradients of parameters may lie in the arena too, until its `end`, rather than in new tensors; false. */
  lend?: boolean;
  /**
   * Whether losses, norms and counts are read later, and which steps belong together: those with the same object. After a loss
   * that is not finite none of them changes weights.
   */
  late?: object;
}

/**
 * An engine's memory for one pass through a network. Tensors that the arena's functions make may lie in it; they are valid
 * until they are recycled or the arena is released. Code that passes such a tensor on to a user must pass `own` of it.
 */
export interface Arena {
  /** The engine's functions, whose results lie in the arena. */
  readonly engine: Rivals;
  /**
   * The functions for what comes around the network in a late pass: the loss, the norm, the optimiser's step. Unless given, they
   * are those of an engine without an arena.
   */
  readonly outside?: Rivals;
  /** The tensor, copied into the arena, and whether it need not be searched for numbers that are not finite. */
  enter(tensor: Tensor): { readonly tensor: Tensor; readonly finite: boolean };
  /** The tensor itself if it does not lie in the arena, or is a gradient that the arena lends; else a copy outside it. */
  own(tensor: Tensor): Tensor;
  /** Frees a tensor's memory, unless one of `stillRead` also lies in it. */
  recycle(tensor: Tensor, stillRead: readonly Tensor[]): void;
  /** Frees the memory of all the arena's tensors but those that are lent. The arena can be used further. */
  release(): void;
  /** Frees the memory of the gradients that are lent; in a late pass, asks for the numbers that are read later. */
  end(): void;
}

/**
 * Example of your own engine:
 *
 *     const counting = new Engine("counting", {
 *       rivals: rivals(reluForward, myForward, reluBackward, myBackward),
 *       next: compute.engine,
 *     });
 *     net.forward(x, new Pass({ engine: counting }));
 */
export class Engine extends Printed implements Rivals {
  /** "reference", "typescript", … */
  readonly name: string;
  /** The engine for everything that this one has no function for; undefined for the reference functions. */
  readonly next: Engine | undefined;
  readonly #rivals: ReadonlyMap<ReferenceFunction, ReferenceFunction>;
  readonly #why: string;

  constructor(name: string, { rivals = [], next, why = "in functions of its own" }: EngineOptions = {}) {
    super();
    this.name = name;
    this.next = next;
    this.#rivals = new Map(rivals);
    this.#why = why;
  }

  toString(): string {
    return `engine ${this.name}`;
  }

  of<F extends ReferenceFunction>(reference: F): Rival<F> {
    // The map's type cannot express that a rival has the type of its reference; `rivals` and `rivalStep` check it.
    const own: unknown = this.#rivals.get(reference) ?? this.next?.of(reference) ?? reference;
    return own as Rival<F>;
  }

  before(_next: ReferenceFunction): Engine {
    return this;
  }

  /** Whether inside a network it computes the layer together with the layer that alone reads its output. */
  fuses(_layer: Layer, _next: Layer): boolean {
    return false;
  }

  /** Whether it has its own version of the reference function; the versions of `next` do not count. */
  has(reference: ReferenceFunction): boolean {
    return this.#rivals.has(reference);
  }

  /** The reference functions of which it has its own versions. */
  get references(): readonly ReferenceFunction[] {
    return [...this.#rivals.keys()];
  }

  /** Opens memory for one pass; undefined for an engine that has no faster memory than JavaScript's. */
  openArena(_options?: ArenaOptions): Arena | undefined {
    return undefined;
  }

  /**
   * The same engine, but every output depends only on the numbers in its equation. Fast convolutions round in a way that lets a
   * bright pixel affect its neighbours; here direct convolutions replace them. Use it to show what a unit depends on.
   */
  get local(): Engine {
    const next = this.next?.local;
    if (next === this.next) return this;
    return new Engine(this.name, { rivals: this.#rivals as Iterable<RivalEntry>, next, why: this.#why });
  }

  /** How it computes a layer for one example of the shape `input`, and why. */
  route(layer: Layer, input: Shape): Route {
    if (layer.functions.some((reference) => this.has(reference))) return { route: this.name, why: this.#why };
    return (
      this.next?.route(layer, input) ?? {
        route: "reference",
        why: `${layer.kind} on ${sizeOf(input)} numbers is computed by the loops of its own file`,
      }
    );
  }

  /** Bytes of its own memory that are in use. */
  get memoryInUse(): number {
    return 0;
  }

  /** The number of threads; 1 for an engine without threads. The results are the same for any number. */
  get threads(): number {
    return 1;
  }
  set threads(_count: number) {
    // An engine without threads keeps one.
  }
}
