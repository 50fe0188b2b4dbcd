/**
 * An engine: its own versions of the functions that layers, losses and optimisers compute with. All engines mean the
 * same; they differ in speed. The reference functions define what is right, and every engine runs their tests.
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

/** What an engine is made of. */
export interface EngineOptions {
  /** Its own versions of reference functions; none. */
  rivals?: Iterable<RivalEntry>;
  /** The engine that computes what this one has no function for; the reference functions do unless given. */
  next?: Engine;
  /** One sentence on how its own functions compute, for `compute.report`. */
  why?: string;
}

/**
 * Memory of an engine for one pass through a network. Tensors that the arena's functions make may lie in it; they last
 * until they are recycled or the arena is released. Whoever shows one to somebody else gives `own` of it.
 */
export interface Arena {
  /** The engine's functions, whose results lie in the arena. */
  readonly engine: Rivals;
  /** The tensor in the arena, and whether it is known that all its numbers are finite. */
  enter(tensor: Tensor): { readonly tensor: Tensor; readonly finite: boolean };
  /** The tensor itself when its memory is its own, else a copy. */
  own(tensor: Tensor): Tensor;
  /** Takes back a tensor's memory, unless one of `stillRead` lies in it too. */
  recycle(tensor: Tensor, stillRead: readonly Tensor[]): void;
  /** Takes back the memory of all the arena's tensors. The arena may go on. */
  release(): void;
}

/**
 * An engine of one's own:
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
  /** The engine that computes what this one has no function for; undefined where the reference functions do. */
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
    // The map's type cannot say that a rival is of its reference's kind; those who fill it check.
    const own: unknown = this.#rivals.get(reference) ?? this.next?.of(reference) ?? reference;
    return own as Rival<F>;
  }

  /** Whether it has a version of its own of the reference function; those of `next` do not count. */
  has(reference: ReferenceFunction): boolean {
    return this.#rivals.has(reference);
  }

  /** The reference functions that it has versions of its own of. */
  get references(): readonly ReferenceFunction[] {
    return [...this.#rivals.keys()];
  }

  /** Opens memory for one pass; undefined for an engine that has no faster memory than JavaScript's. */
  openArena(): Arena | undefined {
    return undefined;
  }

  /**
   * The same engine, but every output depends on the numbers alone that the equations make it of: fast convolutions, which
   * by rounding let a bright pixel shine on its neighbours, are left to direct ones. For whatever shows who sees what.
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

  /** Threads that it computes with; an engine that knows no threads has 1. Results are the same for any number. */
  get threads(): number {
    return 1;
  }
  set threads(_count: number) {
    // An engine without threads goes on with one.
  }
}
