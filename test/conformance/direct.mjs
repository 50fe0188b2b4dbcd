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
  wrap,
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
  // N×C×d₁×… becomes a row of C scores for each example and place.
  const order = [0, ...scores.shape.slice(2).map((_, i) => i + 2), 1];
  const C = scores.shape[1];
  const rows = copy(scores.transpose(...order));
  const table = wrap(flat(rows), [rows.size / C, C]);
  const labels = Int32Array.from(flat(targets));
  const ignoreIndex = setting("ignore_index");
  const options = {
    ...(weights && { classWeights: flat(weights) }),
    ...(ignoreIndex !== undefined && { ignoreIndex }),
  };
  if (reduction !== "none") return tensor(forward(table, labels, { ...options, reduction }).loss);
  const each = zeros(targets.shape, scores.dtype);
  labels.forEach((label, i) => {
    const row = wrap(flat(table).slice(i * C, i * C + C), [1, C]);
    each.data[i] = forward(row, [label], { ...options, reduction: "sum" }).loss;
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
