/**
 * The optimisers' steps on the WASM routines. Small weights are stored in JavaScript's memory, where users read them. So they
 * are copied through the WebAssembly memory in pieces that stay in the processor's cache. Large ones lie in the WebAssembly memory
 * (`residents.ts`). The bits are the reference's.
 */
import { areDense } from "../../array/in-place.js";
import { flat, type Tensor } from "../../array/tensor.js";
import { adadeltaStep, type AdadeltaOptions } from "../../optim/adadelta.js";
import { adagradStep, type AdagradOptions } from "../../optim/adagrad.js";
import { adamNumbers, adamStep, type AdamStepOptions } from "../../optim/adam.js";
import { squareSum, squareSums } from "../../optim/clip.js";
import { checkStep } from "../../optim/optimizer.js";
import { rmsPropStep, type RMSPropOptions } from "../../optim/rmsprop.js";
import { sgdStep, type SGDOptions } from "../../optim/sgd.js";
import { isOurs, placedStep } from "../placed-rivals.js";
import type { WasmRival } from "./rivals.js";
import type { InWorkspace } from "./workspace.js";

/** The steps of all optimisers, and the sum of squares for the norm of the gradients. */
export const steps: readonly WasmRival[] = [
  placedStep(sgdStep, sgd),
  placedStep(adagradStep, adagrad),
  placedStep(adadeltaStep, adadelta),
  placedStep(rmsPropStep, rmsProp),
  placedStep(adamStep, adam),
  {
    reference: squareSums,
    bind: (run) => (xs: readonly Tensor[]) =>
      run((workspace) =>
        xs.map((x) =>
          isOurs(x) && workspace.holds(x)
            ? workspace.machine.call.squareSum(x.size, workspace.read(x))
            : squareSum(x),
        ),
      ),
  },
];

type Routine = "adadelta" | "adagrad" | "adam" | "descend" | "descendAlong" | "rmsProp" | "rmsPropAlong";

/** Weights in a piece. */
const PIECE = 8192;
/** For fewer weights the copies cost more than they save. */
const LEAST = 256;

/**
 * Calls a routine piece by piece; all tensors but the gradient are changed. Returns true: the step is taken.
 * @param numbers  the routine's arguments before the addresses
 */
function inPieces(
  run: InWorkspace,
  routine: Routine,
  numbers: readonly number[],
  gradient: Tensor,
  changed: readonly Tensor[],
): boolean {
  const tensors = [changed[0], gradient, ...changed.slice(1)];
  const count = gradient.size;
  run((workspace) => {
    const { machine } = workspace;
    // A resident weight, or a gradient that a pass has lent, lies in the engine's memory already.
    const there = tensors.map((x) => (workspace.holds(x) ? workspace.read(x) : undefined));
    const isCopied = there.includes(undefined);
    const places = there.map((at) => at ?? workspace.space(Math.min(PIECE, count)));
    const step = isCopied ? PIECE : count;
    for (let from = 0; from < count; from += step) {
      const to = Math.min(from + step, count);
      const addresses = places.map((at, i) => (there[i] === undefined ? at : at + 4 * from));
      const copied = tensors.flatMap((x, i) =>
        there[i] === undefined
          ? [{ i, piece: flat(x).subarray(from, to), copy: machine.floats(places[i], to - from) }]
          : [],
      );
      for (const { piece, copy } of copied) copy.set(piece);
      machine.call[routine](to - from, ...numbers, ...addresses);
      for (const { i, piece, copy } of copied) if (i !== 1) piece.set(copy);
    }
  });
  return true;
}

/** Whether the routines take these tensors: float32, dense, and enough of it. */
function fits(value: Tensor, others: readonly (Tensor | undefined)[]): boolean {
  const isFloat = (x: Tensor | undefined): boolean => x === undefined || x.data instanceof Float32Array;
  return value.size >= LEAST && [value, ...others].every(isFloat) && areDense([value, ...others]);
}

function sgd(
  run: InWorkspace,
  value: Tensor,
  gradient: Tensor,
  velocity: Tensor | undefined,
  options: SGDOptions,
): boolean {
  if (!fits(value, [gradient, velocity])) return false;
  checkStep("sgdStep", value, { gradient, velocity });
  const { lr, momentum = 0, nesterov = false, weightDecay = 0 } = options;
  if (velocity === undefined) return inPieces(run, "descend", [lr, weightDecay], gradient, [value]);
  const numbers = [lr, weightDecay, momentum, Number(nesterov)];
  return inPieces(run, "descendAlong", numbers, gradient, [value, velocity]);
}

function adagrad(
  run: InWorkspace,
  value: Tensor,
  gradient: Tensor,
  sum: Tensor,
  options: AdagradOptions,
): boolean {
  if (!fits(value, [gradient, sum])) return false;
  checkStep("adagradStep", value, { gradient, sum });
  const { lr = 0.01, epsilon = 1e-10, weightDecay = 0 } = options;
  return inPieces(run, "adagrad", [lr, weightDecay, epsilon], gradient, [value, sum]);
}

function adadelta(
  run: InWorkspace,
  value: Tensor,
  gradient: Tensor,
  means: { readonly square: Tensor; readonly change: Tensor },
  options: AdadeltaOptions,
): boolean {
  const { square, change } = means;
  if (!fits(value, [gradient, square, change])) return false;
  checkStep("adadeltaStep", value, { gradient, ...means });
  const { lr = 1, rho = 0.95, epsilon = 1e-6, weightDecay = 0 } = options;
  return inPieces(run, "adadelta", [lr, weightDecay, epsilon, rho], gradient, [value, square, change]);
}

function rmsProp(
  run: InWorkspace,
  value: Tensor,
  gradient: Tensor,
  means: { readonly square: Tensor; readonly velocity?: Tensor },
  options: RMSPropOptions,
): boolean {
  const { square, velocity } = means;
  if (!fits(value, [gradient, square, velocity])) return false;
  checkStep("rmsPropStep", value, { gradient, ...means });
  const { lr = 0.01, rho = 0.99, momentum = 0, epsilon = 1e-8, weightDecay = 0 } = options;
  const numbers = [lr, weightDecay, epsilon, rho];
  if (velocity === undefined) return inPieces(run, "rmsProp", numbers, gradient, [value, square]);
  return inPieces(run, "rmsPropAlong", [...numbers, momentum], gradient, [value, square, velocity]);
}

function adam(
  run: InWorkspace,
  value: Tensor,
  gradient: Tensor,
  means: { readonly mean: Tensor; readonly square: Tensor },
  t: number,
  options: AdamStepOptions,
): boolean {
  const { mean, square } = means;
  if (!(t >= 1) || !fits(value, [gradient, mean, square])) return false;
  checkStep("adamStep", value, { gradient, ...means });
  const { lr, decays, epsilon, betas, corrections } = adamNumbers(t, options);
  const numbers = [lr, ...decays, epsilon, ...betas, ...corrections];
  return inPieces(run, "adam", numbers, gradient, [value, mean, square]);
}
