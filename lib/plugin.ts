/**
 * What the library adds to a notebook's kernel: tensors show as tables, Vega-Lite specifications as charts, and Shift-Tab on a layer shows its
 * derivation. It uses the kernel's public plugin contract, as a stranger's package would.
 */
import type { CompletionItem, KernelApi, MimeBundle, Plugin } from "../kernel/plugins/contract.js";
import type { Tensor } from "./array/tensor.js";
import { chart, type ChartSpec } from "./display/figure/chart.js";
import { derivationOf } from "./display/network/explain.js";
import { derivationView } from "./display/network/derivation-view.js";
import { tensorView } from "./display/figure/tensor-view.js";
import * as library from "./index.js";
import { connectWidgets } from "./widgets/front-end.js";

/** The library's plugin: a kernel that loads it shows tensors as tables and derivations on Shift-Tab. */
const plugin: Plugin = {
  name: "chainrule",
  activate(kernel: KernelApi): void {
    connectWidgets(kernel);
    kernel.addFormatter(orNot(isTensor), (value) => tensorView(value as Tensor));
    kernel.addFormatter(orNot(isVegaLite), (value) => chart(value as ChartSpec));
    kernel.addIndexHint(
      "NdArray",
      "A tensor is read with at(t, i, j) or t.get(i, j); a row is t.pick(0, null).",
    );
    kernel.addOperatorHint(
      "NdArray",
      "Tensors are combined by functions: add(a, b), subtract, multiply, divide, power, greater, equal.",
    );
    kernel.addPropertyHint(
      "NdArray",
      'What is done with tensors are functions: sum(x, 0), mean(x, 0), reshape(x, [2, -1]), cast(x, "float64"), matmul(x, y); ' +
        "flat(x) has the numbers, x.shape the extents.",
    );
    kernel.addOperatorHint(
      "TensorVariable",
      "Variables are combined by methods: w.add(1), w.multiply(x), w.matmul(x).",
    );
    kernel.addPropertyHint(
      "TensorVariable",
      "Its numbers are w.value, what backward() found is w.gradient; operations are methods, w.sum(0).",
    );
    kernel.addCompletion((code, cursor) => layerPaths(kernel, code.slice(0, cursor)));
    kernel.addInspection((word) => derivationOfName(kernel, word));
  },
};
export default plugin;

/** Between the quotes of `net.get("`: the paths of a network's layers. */
function layerPaths(kernel: KernelApi, before: string): CompletionItem[] {
  const [, name, typed] =
    /([\p{ID_Start}$_][\p{ID_Continue}$]*)\.get\(\s*["'`]([^"'`\n]*)$/u.exec(before) ?? [];
  if (name === undefined || typed === undefined) return [];
  const net = kernel.lookup(name);
  const paths = net instanceof library.Layer ? pathsIn(net) : [];
  const start = before.length - typed.length;
  return paths.filter((one) => one.startsWith(typed)).map((text) => ({ text, type: "property", start }));
}

function pathsIn(layer: library.Layer): string[] {
  return Object.entries(layer.children).flatMap(([name, inner]) => [
    name,
    ...pathsIn(inner).map((path) => `${name}.${path}`),
  ]);
}

/** A test of values, some of which throw when they are asked for a property: they do not pass. */
function orNot(test: (value: unknown) => boolean): (value: unknown) => boolean {
  return (value) => {
    try {
      return test(value);
    } catch {
      return false;
    }
  };
}

/** A plain object that says by its `$schema` that it is a Vega-Lite specification. */
function isVegaLite(value: unknown): boolean {
  const schema = (value as { $schema?: unknown } | null)?.$schema;
  return typeof schema === "string" && /\/vega-lite\/v\d/.test(schema);
}

function isTensor(value: unknown): boolean {
  const candidate = value as Partial<Tensor> | null;
  return (
    typeof candidate === "object" &&
    candidate !== null &&
    (candidate.data instanceof Float32Array || candidate.data instanceof Float64Array) &&
    Array.isArray(candidate.shape) &&
    Array.isArray(candidate.stride)
  );
}

/** The derivation of a class of the library, or of the value that a cell gave this name. */
function derivationOfName(kernel: KernelApi, word: string): Promise<MimeBundle> | undefined {
  const subject = (library as Record<string, unknown>)[word] ?? kernel.lookup(word);
  const derivation = derivationOf(subject);
  return derivation === undefined ? undefined : derivationView(derivation.trim()).bundle();
}
