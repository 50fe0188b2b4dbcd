/** A network's state as named tensors: its parameters and buffers by path, such as "conv1.w" and "bn1.mean". */
import { DTypeError, ShapeError, showShape } from "../array/errors.js";
import { copy, dtypeOf, flat, type Shape, type Tensor } from "../array/tensor.js";
import type { Parameter } from "../layers/layer.js";

/** Anything with a state: a layer or a network. */
export interface Stateful {
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly buffers: Readonly<Record<string, Tensor>>;
}

/** The tensors do not fit the network that they are loaded into. */
export class StateMismatchError extends ShapeError {
  override name = "StateMismatchError";
  /** The names that the network has and the tensors lack. */
  readonly missing: readonly string[];
  /** The names that the tensors have and the network lacks. */
  readonly unexpected: readonly string[];
  /** The names that both have, with different shapes. */
  readonly misshapen: readonly { name: string; expected: Shape; got: Shape }[];

  constructor(parts: Pick<StateMismatchError, "missing" | "unexpected" | "misshapen">) {
    const { missing, unexpected, misshapen } = parts;
    const shapes = misshapen.map(
      ({ name, expected, got }) => `${name} is ${showShape(got)} instead of ${showShape(expected)}`,
    );
    const complaints = [
      missing.length > 0 ? `${missing.join(", ")} missing` : "",
      unexpected.length > 0 ? `${unexpected.join(", ")} unexpected` : "",
      shapes.join(", "),
    ];
    super(
      `loadState: the tensors are not this network's: ${complaints.filter(Boolean).join("; ")}; ` +
        `build the network that they were saved from, or rename them first.`,
    );
    this.missing = missing;
    this.unexpected = unexpected;
    this.misshapen = misshapen;
  }
}

/** Copies of all parameters and buffers, by path. */
export function stateOf(net: Stateful): Record<string, Tensor> {
  return Object.fromEntries(slots(net).map(([path, { value }]) => [path, copy(value)]));
}

/**
 * Copies the tensors into the network; all of them or, when one does not fit, none.
 * @param tensors  by path, exactly those that `stateOf(net)` gives
 * @throws StateMismatchError, which lists everything that is missing, unexpected or of another shape
 * @throws DTypeError when the tensors' dtype is not the network's
 */
export function loadState(net: Stateful, tensors: Readonly<Record<string, Tensor>>): void {
  const places = new Map(slots(net));
  const missing = [...places.keys()].filter((path) => !Object.hasOwn(tensors, path));
  const unexpected = Object.keys(tensors).filter((path) => !places.has(path));
  const shared = [...places].filter(([path]) => Object.hasOwn(tensors, path));
  const misshapen = shared
    .filter(([path, { value }]) => showShape(tensors[path].shape) !== showShape(value.shape))
    .map(([name, { value }]) => ({ name, expected: value.shape, got: tensors[name].shape }));
  if (missing.length + unexpected.length + misshapen.length > 0) {
    throw new StateMismatchError({ missing, unexpected, misshapen });
  }
  for (const [path, { value }] of shared) {
    const [got, expected] = [dtypeOf(tensors[path], `loadState: ${path}`), dtypeOf(value)];
    if (got === expected) continue;
    throw new DTypeError(
      `loadState: ${path} is ${got}, but the network computes in ${expected}; cast the tensors first.`,
    );
  }
  for (const [path, { load }] of shared) load(tensors[path]);
}

interface Slot {
  readonly value: Tensor;
  readonly load: (x: Tensor) => void;
}

/** A parameter that is used in two places has two paths; either path sets it. */
function slots({ parameters, buffers }: Stateful): [string, Slot][] {
  return [
    ...Object.entries(parameters).map(([path, parameter]): [string, Slot] => [
      path,
      { value: parameter.value, load: (x) => (parameter.value = x) },
    ]),
    ...Object.entries(buffers).map(([path, buffer]): [string, Slot] => [
      path,
      { value: buffer, load: (x) => buffer.data.set(flat(x)) },
    ]),
  ];
}
