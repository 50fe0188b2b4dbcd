/**
 * ONNX's operator cases from a folder: `<suite>/<case>.json` with tensors in base64, and `raw-pb.tar.gz` with the original
 * files of the same cases. Both become the same thing, an OnnxModel and tensors by name.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { readOnnx, readOnnxTensor, wrap } from "../../dist/lib/index.js";
import { readTar } from "../../dist/lib/formats/tar.js";

/**
 * @typedef {object} Case
 * @property {string} name     "node/test_elu"
 * @property {string} source   "json" or "onnx"
 * @property {() => import("../../dist/lib/index.js").OnnxModel} model
 * @property {() => Record<string, import("../../dist/lib/index.js").Tensor>} inputs   values of the graph's inputs
 * @property {() => import("../../dist/lib/index.js").Tensor[]} outputs   what is expected, in the graph's order
 * @property {number} tolerance  how exactly the expected numbers are stored, 0 unless the folder's index says otherwise
 */

/** @param {string} folder @returns {Case[]} */
export function readCases(folder) {
  const tolerances = readTolerances(folder);
  const archive = join(folder, "raw-pb.tar.gz");
  const raw = existsSync(archive) ? readTar(gunzipSync(readFileSync(archive)), archive) : new Map();
  const files = new Map([...raw].map(([path, bytes]) => [path.replace(/^\.\//, ""), bytes]));
  const suites = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const names = suites.flatMap(({ name: suite }) =>
    readdirSync(join(folder, suite))
      .filter((file) => file.endsWith(".json"))
      .map((file) => `${suite}/${file.slice(0, -".json".length)}`),
  );
  const originals = [...files.keys()].filter((path) => path.endsWith("/model.onnx"));
  return [
    ...names.sort().map((name) => ({
      ...jsonCase(join(folder, `${name}.json`)),
      name,
      tolerance: tolerances.get(name) ?? 0,
    })),
    ...originals.sort().map((path) => {
      const name = path.slice(0, -"/model.onnx".length);
      return { ...originalCase(files, name), name, tolerance: tolerances.get(name) ?? 0 };
    }),
  ];
}

/** @param {string} folder */
function readTolerances(folder) {
  const index = join(folder, "index.json");
  if (!existsSync(index)) return new Map();
  const entries = JSON.parse(readFileSync(index, "utf8"));
  return new Map(
    entries.map(({ suite, name, maxAbsOrRelErrVsFloat64Reference: errors }) => {
      const worst = Math.max(0, ...[errors ?? []].flat().filter((error) => error !== null));
      return [`${suite}/${name}`, worst];
    }),
  );
}

/** @param {string} path */
function jsonCase(path) {
  const read = () => JSON.parse(readFileSync(path, "utf8"));
  return {
    source: "json",
    model: () => {
      const { name, opset, nodes, graphInputs, graphOutputs, inputs, initializers } = read();
      const shapes = new Map(inputs.map((input) => [input.name, input.shape]));
      return {
        irVersion: 8,
        producer: "",
        opsets: Object.fromEntries(
          Object.entries(opset).map(([domain, version]) => [domain.replace(/^ai\.onnx$/, ""), version]),
        ),
        graph: {
          name,
          nodes: nodes.map((node) => ({
            name: node.name ?? "",
            op: node.op,
            domain: node.domain === "ai.onnx" ? "" : node.domain,
            inputs: node.inputs,
            outputs: node.outputs,
            attributes: Object.fromEntries(
              Object.entries(node.attrs).map(([key, value]) => [key, attribute(value)]),
            ),
          })),
          inputs: graphInputs.map((input) => ({ name: input, kind: "f32", shape: shapes.get(input) })),
          outputs: graphOutputs.map((output) => ({ name: output })),
          initializers: initializers.map((stored) => ({
            name: stored.name,
            kind: "f32",
            value: decode(stored),
          })),
        },
      };
    },
    inputs: () => Object.fromEntries(read().inputs.map((stored) => [stored.name, decode(stored)])),
    outputs: () => read().outputs.map(decode),
  };
}

/** @param {Map<string, Uint8Array>} files @param {string} name */
function originalCase(files, name) {
  const tensors = (kind) => {
    const prefix = `${name}/test_data_set_0/${kind}_`;
    const paths = [...files.keys()].filter((path) => path.startsWith(prefix));
    const number = (path) => Number(path.slice(prefix.length, -".pb".length));
    return paths.sort((a, b) => number(a) - number(b)).map((path) => readOnnxTensor(files.get(path)).value);
  };
  const model = () => readOnnx(files.get(`${name}/model.onnx`));
  return {
    source: "onnx",
    model,
    inputs: () => {
      const { inputs, initializers } = model().graph;
      const given = inputs.filter((input) => !initializers.some((constant) => constant.name === input.name));
      return Object.fromEntries(tensors("input").map((value, i) => [given[i].name, value]));
    },
    outputs: () => tensors("output"),
  };
}

function attribute(value) {
  if (typeof value === "number") return { type: "float", value };
  if (typeof value === "string") return { type: "string", value };
  if (Array.isArray(value)) return { type: typeof value[0] === "string" ? "strings" : "floats", value };
  return { type: "tensor", value: { name: value.tensor.name, kind: "f32", value: decode(value.tensor) } };
}

function decode({ dtype, shape, b64 }) {
  const { buffer } = Uint8Array.from(Buffer.from(b64, "base64"));
  const lists = {
    float32: () => new Float32Array(buffer),
    float64: () => new Float64Array(buffer),
    int32: () => Float64Array.from(new Int32Array(buffer)),
    int64: () => Float64Array.from(new BigInt64Array(buffer), Number),
    bool: () => Float32Array.from(new Uint8Array(buffer)),
  };
  return wrap(lists[dtype](), shape);
}
