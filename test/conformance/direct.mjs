/**
 * ONNX's losses and optimisers by the library's own functions: a network has neither, so that they do not go through the
 * importer. Each gives the node's outputs in order.
 */
import {
  adagradStep,
  adamStep,
  copy,
  flat,
  LogSoftmax,
  negativeLogLikelihoodForward,
  Pass,
  sgdStep,
  softmaxCrossEntropyForward,
  tensor,
  zeros,
} from "../../dist/lib/index.js";

/** @typedef {import("../../dist/lib/index.js").Tensor} Tensor */

/** By operator: the node's outputs from its inputs. @type {Record<string, (inputs: Tensor[], node: import("../../dist/lib/index.js").OnnxNode) => Tensor[]>} */
export const direct = {
  SoftmaxCrossEntropyLoss: (inputs, node) => {
    const logProbabilities = new LogSoftmax({ axis: 1 }).forward(inputs[0], new Pass({ backward: false }));
    return [loss(softmaxCrossEntropyForward, inputs, node), logProbabilities];
  },
  NegativeLogLikelihoodLoss: (inputs, node) => [loss(negativeLogLikelihoodForward, inputs, node)],
  Momentum: (inputs, node) =>
    updates(
      inputs,
      1,
      (x, g, [velocity], { lr, t, value }) => {
        const beta = t > 0 ? value("beta") : 1;
        const nesterov = value("mode") === "nesterov";
        if (nesterov && beta !== 1) throw new Error("Nesterov's momentum with a beta is not the library's");
        // β scales the whole gradient, decay included.
        scale(g, beta);
        const weightDecay = beta * value("norm_coefficient");
        sgdStep(x, g, velocity, { lr, momentum: value("alpha"), nesterov, weightDecay });
      },
      node,
    ),
  Adagrad: (inputs, node) =>
    updates(
      inputs,
      1,
      (x, g, [sum], { lr, t, value }) => {
        const rate = lr / (1 + t * value("decay_factor", 0));
        adagradStep(x, g, sum, {
          lr: rate,
          epsilon: value("epsilon", 0),
          weightDecay: value("norm_coefficient", 0),
        });
      },
      node,
    ),
  Adam: (inputs, node) =>
    updates(
      inputs,
      2,
      (x, g, [mean, square], { lr, t, value }) => {
        const betas = [value("alpha", 0.9), value("beta", 0.999)];
        // At T = 0 ONNX does not correct the means, as after infinitely many steps; else its ε stands outside the correction.
        const [step, correction] = t > 0 ? [t, Math.sqrt(1 - betas[1] ** t)] : [Infinity, 1];
        const epsilon = value("epsilon", 0) / correction;
        adamStep(x, g, { mean, square }, step, {
          lr,
          betas,
          epsilon,
          weightDecay: value("norm_coefficient", 0),
        });
        scale(x, 1 - value("norm_coefficient_post", 0));
      },
      node,
    ),
};

function loss(forward, [scores, targets, weights], node) {
  const setting = (name, otherwise) => node.attributes[name]?.value ?? otherwise;
  const reduction = setting("reduction", "mean");
  const labels = Int32Array.from(flat(targets));
  const ignoreIndex = setting("ignore_index");
  const options = {
    ...(weights && { classWeights: flat(weights) }),
    ...(ignoreIndex !== undefined && { ignoreIndex }),
  };
  if (reduction !== "none") return tensor(forward(scores, labels, { ...options, reduction }).loss);
  // Without a reduction: the loss of each place, with all others ignored.
  const none = -(2 ** 31);
  const each = zeros(targets.shape, scores.dtype);
  labels.forEach((label, i) => {
    if (label === ignoreIndex) return;
    const alone = labels.map((other, j) => (j === i ? other : none));
    each.data[i] = forward(scores, alone, { ...options, ignoreIndex: none, reduction: "sum" }).loss;
  });
  return each;
}

/** R, T, then all parameters, all gradients, and all of each kind of memory; out come the parameters and the memories. */
function updates([rate, count, ...tensors], memories, step, node) {
  const many = tensors.length / (2 + memories);
  const group = (k) => tensors.slice(k * many, (k + 1) * many).map(copy);
  const [parameters, gradients] = [group(0), group(1)];
  const remembered = Array.from({ length: memories }, (_, k) => group(2 + k));
  const settings = {
    lr: flat(rate)[0],
    t: flat(count)[0],
    value: (name, otherwise) => node.attributes[name]?.value ?? otherwise,
  };
  parameters.forEach((x, i) =>
    step(
      x,
      gradients[i],
      remembered.map((list) => list[i]),
      settings,
    ),
  );
  return [...parameters, ...remembered.flat()];
}

function scale(x, factor) {
  for (let i = 0; i < x.data.length; i++) x.data[i] *= factor;
}
