/** Runs one case: the network that the importer makes of it, or the library's functions, against the expected outputs. */
import {
  batchNormForward,
  Dropout,
  dropoutForward,
  flat,
  full,
  importOnnx,
  layerNormForward,
  maxPool1dForward,
  maxPool2dForward,
  Pass,
  UnsupportedOperatorError,
  wrap,
} from "../../dist/lib/index.js";
import { direct } from "./direct.mjs";

/** Largest |got − expected| / max(1, |expected|) that passes. */
export const TOLERANCE = 1e-5;

/**
 * @param {import("./cases.mjs").Case} one
 * @returns {{ status: "passed" | "failed" | "unsupported", detail: string, operators: readonly string[] }}
 */
export function check(one) {
  let ops = [];
  try {
    const model = one.model();
    ops = model.graph.nodes.map(({ op }) => op);
    const outputs = compute(model, one.inputs(), one.outputs());
    const wanted = one.outputs();
    const complaints = wanted.flatMap((expected, i) => {
      const name = model.graph.outputs[i].name;
      if (outputs[i] === undefined) return [`output ${name} is not computed`];
      const error = difference(outputs[i], expected);
      return error <= TOLERANCE + one.tolerance ? [] : [`output ${name} is off by ${error}`];
    });
    return {
      status: complaints.length > 0 ? "failed" : "passed",
      detail: complaints.join("; "),
      operators: ops,
    };
  } catch (error) {
    if (error instanceof UnsupportedOperatorError) {
      return { status: "unsupported", detail: error.message, operators: error.operators };
    }
    return {
      status: "failed",
      detail: error instanceof Error ? (error.stack ?? error.message) : String(error),
      operators: ops,
    };
  }
}

function compute(model, inputs, expected) {
  const { graph } = model;
  const [node] = graph.nodes;
  const constants = new Map(graph.initializers.map(({ name, value }) => [name, value]));
  const operands = node.inputs.map((name) => inputs[name] ?? constants.get(name));
  if (graph.nodes.length === 1 && Object.hasOwn(direct, node.op)) return direct[node.op](operands, node);
  const [data] = graph.inputs.filter(({ name }) => !constants.has(name));
  const { [data.name]: x, ...rest } = inputs;
  const net = importOnnx(model, { constants: rest });
  const { special } = specials[graph.nodes.length === 1 ? node.op : ""] ?? {};
  const given = special?.({ x, node, operands, expected, layer: Object.values(net.layers)[0], net });
  return given ?? [net.forward(x)];
}

/** What a network does not give: outputs besides the first, and operators in training. */
const specials = {
  BatchNormalization: {
    special: ({ x, node, operands, net }) => {
      if (!node.attributes.training_mode?.value) return undefined;
      const momentum = node.attributes.momentum?.value ?? 0.9;
      const { statistics } = batchNormForward(x, operands[1], operands[2]);
      const mixed = [statistics.mean, statistics.variance].map((fresh, i) => {
        const running = flat(operands[3 + i]);
        return wrap(
          flat(fresh).map((value, c) => momentum * running[c] + (1 - momentum) * value),
          fresh.shape,
        );
      });
      return [net.forward(x, new Pass({ training: true })), ...mixed];
    },
  },
  Dropout: {
    special: ({ x, operands, expected, net }) => {
      const training = operands[2] && flat(operands[2])[0] !== 0;
      if (!training) return [net.forward(x), full(x.shape, 1)];
      // Which numbers are dropped is ONNX's draw and is taken from its answer; what becomes of the others is ours.
      const [layer] = Object.values(net.layers);
      if (!(layer instanceof Dropout)) throw new Error("no dropout");
      const kept = expected[1] ? flat(expected[1]) : flat(expected[0]).map((value) => (value === 0 ? 0 : 1));
      const mask = wrap(
        Float32Array.from(kept, (keep) => keep / (1 - layer.options.rate)),
        x.shape,
      );
      return [dropoutForward(x, mask).y, wrap(Float32Array.from(kept), x.shape)];
    },
  },
  LayerNormalization: {
    special: ({ x, net, layer }) => {
      const { gamma, beta } = layer.parameters;
      const { cache } = layerNormForward(x, gamma.value, beta.value, layer.options);
      const { normalised, scale } = cache.rows;
      const m = normalised.length / scale.length;
      const shape = x.shape.map((extent, axis) =>
        axis < x.shape.length - gamma.value.shape.length ? extent : 1,
      );
      const mean = Float64Array.from(scale, (s, row) => flat(x)[row * m] - normalised[row * m] / s);
      return [net.forward(x), wrap(mean, shape), wrap(Float64Array.from(scale), shape)];
    },
  },
  MaxPool: {
    special: ({ x, node, net, layer }) => {
      if (node.outputs.length < 2) return undefined;
      const forward = x.shape.length === 3 ? maxPool1dForward : maxPool2dForward;
      const { cache } = forward(x, layer.options);
      const [height, width] = [x.shape[2], x.shape[3] ?? 1];
      const byColumn = node.attributes.storage_order?.value === 1;
      const indices = Float64Array.from(cache.winners, (at) => {
        const place = at % (height * width);
        return byColumn ? at - place + (place % width) * height + Math.floor(place / width) : at;
      });
      return [net.forward(x), wrap(indices, cache.outputs)];
    },
  },
};

/** @returns {number} Infinity when shapes differ or a NaN stands where none is expected */
function difference(got, expected) {
  if (`${got.shape}` !== `${expected.shape}`) {
    throw new Error(`the output is ${got.shape.join("×")}, expected ${expected.shape.join("×")}`);
  }
  const [G, E] = [flat(got), flat(expected)];
  let worst = 0;
  for (let i = 0; i < E.length; i++) {
    if (Object.is(G[i], E[i])) continue;
    const error = Math.abs(G[i] - E[i]) / Math.max(1, Math.abs(E[i]));
    worst = Math.max(worst, Number.isNaN(error) ? Infinity : error);
  }
  return worst;
}
