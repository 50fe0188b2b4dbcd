/**
 * An engine: one table of the functions that layers, losses and optimisers compute with. All engines mean the
 * same; they differ in speed. The reference table defines what is right, and every engine runs its tests.
 */
import type { Shape, Tensor } from "../array/tensor.js";
import type { Layer } from "../layers/layer.js";
import type { LayerOperations } from "../layers/operations.js";
import type { LossOperations } from "../losses/loss.js";
import type { OptimizerOperations } from "../optim/optimizer.js";
import type { Path } from "./report.js";

export interface Operations extends LayerOperations, LossOperations, OptimizerOperations {}

export interface Engine extends Operations {
  /** "reference", "typescript", … */
  readonly name: string;
  /** Begins a session, when the engine has faster memory than JavaScript's for what a network passes on inside. */
  openSession?(): Session;
  /** How it computes a layer, for `compute.report`; undefined for layers that it leaves to the reference's loops. */
  describe?(layer: Layer, input: Shape): Path | undefined;
  /** Bytes of its own memory that are in use, for an engine that has its own. */
  readonly memoryInUse?: number;
  /** Threads it computes with, where it can use several. Results are the same for any number. */
  threads?: number;
}

/**
 * The engine for one pass through a network. Its tensors may lie in memory of the engine and last until `release`:
 * who shows one to somebody else gives `own` of it.
 */
export interface Session extends Engine {
  /** The tensor in the session's memory, and whether it is known that all its numbers are finite. */
  enter(tensor: Tensor): { readonly tensor: Tensor; readonly finite: boolean };
  /** The tensor itself when its memory is its own, else a copy. */
  own(tensor: Tensor): Tensor;
  /** Takes back a tensor's memory, unless one of `stillRead` lies in it too. */
  recycle(tensor: Tensor, stillRead: readonly Tensor[]): void;
  /** Takes back the memory of all the session's tensors. The session may go on. */
  release(): void;
}
