/**
 * The TypeScript engine: the same equations as the reference, in loops that a JavaScript engine compiles well. It runs
 * wherever JavaScript runs, in either precision. Functions that are missing here are already one plain loop in the reference,
 * or are not worth a second version.
 */
import { Engine } from "../engine.js";
import { reference } from "../reference.js";
import { batchNorm } from "./batch-norm.js";
import { convolutions } from "./convolution.js";
import { linear } from "./linear.js";
import { maxPools } from "./max-pool.js";
import { steps } from "./optimizers.js";
import { relu } from "./relu.js";

/** The engine that needs nothing but JavaScript. */
export const typescript = new Engine("typescript", {
  rivals: [...convolutions, ...maxPools, ...linear, ...relu, ...batchNorm, ...steps],
  next: reference,
  why: "in loops that a JavaScript engine compiles well",
});
