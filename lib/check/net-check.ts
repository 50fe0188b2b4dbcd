/**
 * The gradient check of a whole network on a small batch: the ritual before any long training. It finds what the
 * check of single layers cannot: a layer left out of backward, a gradient added twice, a loss of another scale.
 * Lecture E.
 */
import { ValueError } from "../array/errors.js";
import { Random } from "../array/random.js";
import { copy, full, type Tensor } from "../array/tensor.js";
import type { Engine } from "../engine/engine.js";
import type { Layer } from "../layers/layer.js";
import type { Loss, Targets } from "../losses/loss.js";
import { SoftmaxCrossEntropy } from "../losses/softmax-cross-entropy.js";
import { Pass } from "../net/pass.js";
import {
  compare,
  leaveOutOddities,
  notesOf,
  refuseFloat32,
  type Claim,
  type GradCheckOptions,
} from "./grad-check.js";
import { GradientReport } from "./report.js";

/** How `gradCheckNet` runs the network, besides what `gradCheck` takes. */
export interface NetCheckOptions extends Omit<GradCheckOptions, "dy"> {
  /** Batch norm by the batch's own statistics, dropout on (the same numbers dropped every time); true. */
  training?: boolean;
  /** `compute.engine` unless given. */
  engine?: Engine;
}

/**
 * Checks the gradients of a whole network with a loss, on a small batch: of some numbers of the input and of every
 * parameter by finite differences, of all numbers together along one direction. Do it once before a long training.
 *
 *     gradCheckNet(net, images, labels)     // compares 50 numbers of the input and of every parameter, and all of them along one direction
 *
 * @param net      a layer or network made in float64; its parameters and buffers are as before afterwards
 * @param x        a small batch, float64
 * @param targets  what the loss takes: labels, or target rows
 * @param options  arguments are called by their path, "conv1.w", and the batch "x"; `samples` is 50
 * @throws DTypeError for float32
 */
export function gradCheckNet(
  net: Layer,
  x: Tensor,
  targets: Targets,
  loss: Loss = new SoftmaxCrossEntropy(),
  options: NetCheckOptions = {},
): GradientReport {
  const { samples = 50, seed = 1, tolerance = 1e-6, training = true, engine, of } = options;
  refuseFloat32("gradCheckNet: x", x);
  for (const [path, { value }] of Object.entries(net.parameters))
    refuseFloat32(`gradCheckNet: ${path}`, value);
  const batch = copy(x);
  const newPass = (): Pass => new Pass({ training, random: new Random(seed), ...(engine && { engine }) });
  const buffers = Object.values(net.buffers).map((buffer) => ({ buffer, before: buffer.data.slice() }));
  try {
    const result = (): Tensor => {
      const pass = newPass();
      return full([1], loss.forward(net.forward(batch, pass), targets, pass), "float64");
    };
    const pass = newPass();
    loss.forward(net.forward(batch, pass), targets, pass);
    const dx = net.backward(loss.backward(pass), pass);
    const seen = new Set<object>();
    const claims: Claim[] = [{ name: "x", at: batch, gradient: dx }];
    for (const [name, parameter] of Object.entries(net.parameters)) {
      if (seen.has(parameter)) continue;
      seen.add(parameter);
      claims.push({ name, at: parameter.value, gradient: pass.gradients.get(parameter) });
    }
    const unknown = of?.find((wanted) => !claims.some(({ name }) => name === wanted));
    if (unknown !== undefined) {
      throw new ValueError(
        `gradCheckNet: the network has no ${unknown}; it has ${claims.map(({ name }) => name).join(", ")}.`,
      );
    }
    const wanted = claims.filter(({ name }) => of === undefined || of.includes(name));
    const one = full([1], 1, "float64");
    const oddities = leaveOutOddities("the loss", result(), one);
    const inputs = Object.fromEntries(claims.map(({ name, at }) => [name, at]));
    const gradients = compare(wanted, result, one, new Random(seed), {
      ...{ ...options, samples, oddities, inputs, outcome: "the loss" },
    });
    return new GradientReport(`the network (${net.kind})`, tolerance, gradients, notesOf(inputs, oddities));
  } finally {
    for (const { buffer, before } of buffers) buffer.data.set(before);
  }
}
