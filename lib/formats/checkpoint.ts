/**
 * A checkpoint: everything that training needs to continue as if it had never stopped. It is a safetensors file, so that
 * other programs can read the weights: the network's tensors are named "net.conv1.w", the optimiser's
 * "optimizer.conv1.w.velocity", and the rest is JSON in the metadata.
 */
import { FormatError, StateError } from "../array/errors.js";
import type { Random } from "../array/random.js";
import type { Tensor } from "../array/tensor.js";
import type { Optimizer, OptimizerState } from "../optim/optimizer.js";
import { isObject, parseJsonObject } from "./json.js";
import { readSafetensors, writeSafetensors } from "./safetensors.js";
import { loadState, stateOf, type Stateful } from "./state.js";

/** The network, optimiser and random state that are saved, or that a checkpoint is loaded into. */
export interface Trainee {
  net: Stateful;
  optimizer: Optimizer;
  /** The generator that orders the examples and that dropout draws from. */
  random?: Random;
}

const FORMAT = "chainrule checkpoint 1";

/**
 * @param notes  anything else to be saved, as JSON: the epoch, the losses so far
 * @returns the file's bytes
 */
export function writeCheckpoint(
  { net, optimizer, random }: Trainee,
  notes: Readonly<Record<string, unknown>> = {},
): Uint8Array {
  const { tensors, ...rest } = optimizer.state(net.parameters);
  return writeSafetensors(
    { ...prefixed("net.", stateOf(net)), ...prefixed("optimizer.", tensors) },
    {
      format: FORMAT,
      optimizer: JSON.stringify(rest),
      random: JSON.stringify({ state: random?.state ?? null }),
      notes: JSON.stringify(notes),
    },
  );
}

/**
 * Loads network, optimiser and random state; all of them or, when one does not fit, none.
 * @param check  is given the notes before anything is loaded, and throws if they do not fit
 * @returns the notes
 * @throws FormatError for a file that is damaged or is no checkpoint; StateMismatchError, ShapeError, DTypeError,
 *   ValueError when it belongs to another network or optimiser; StateError when it has no random state but one is needed
 */
export function readCheckpoint(
  bytes: Uint8Array,
  { net, optimizer, random }: Trainee,
  check: (notes: Record<string, unknown>) => void = () => {},
): Record<string, unknown> {
  const { tensors, metadata } = readSafetensors(bytes);
  if (metadata.format !== FORMAT) {
    throw new FormatError(
      `checkpoint: the file says ${JSON.stringify(metadata.format ?? "nothing")} where "${FORMAT}" was expected; ` +
        `for plain weights use loadState(net, readSafetensors(bytes).tensors).`,
    );
  }
  const notes = part(metadata, "notes");
  check(notes);
  const { state } = part(metadata, "random");
  if (random && state === null) {
    throw new StateError(
      `checkpoint: it was saved without a random state; save it with { net, optimizer, random }.`,
    );
  }
  if (state !== null && !isRandomState(state))
    throw new FormatError(`checkpoint: its random state is damaged.`);
  const before = optimizer.state(net.parameters);
  optimizer.load(
    net.parameters,
    optimizerState(part(metadata, "optimizer"), unprefixed("optimizer.", tensors)),
  );
  try {
    loadState(net, unprefixed("net.", tensors));
  } catch (error) {
    optimizer.load(net.parameters, before);
    throw error;
  }
  if (random && state) random.state = state;
  return notes;
}

function prefixed(prefix: string, tensors: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(tensors).map(([name, x]) => [prefix + name, x]));
}

function unprefixed(prefix: string, tensors: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  const own = Object.entries(tensors).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(own.map(([name, x]) => [name.slice(prefix.length), x]));
}

function part(metadata: Readonly<Record<string, string>>, name: string): Record<string, unknown> {
  return parseJsonObject(`checkpoint: its ${name} part`, new TextEncoder().encode(metadata[name] ?? ""));
}

function optimizerState(
  { kind, lr, momentum, steps }: Record<string, unknown>,
  tensors: Record<string, Tensor>,
): OptimizerState {
  const isCount = (count: unknown): boolean => Number.isSafeInteger(count) && (count as number) >= 0;
  if (
    typeof kind !== "string" ||
    !Number.isFinite(lr) ||
    !(momentum === undefined || Number.isFinite(momentum)) ||
    !isObject(steps) ||
    !Object.values(steps).every(isCount)
  ) {
    throw new FormatError(`checkpoint: its optimizer part is damaged.`);
  }
  return {
    kind,
    lr: lr as number,
    ...(momentum !== undefined && { momentum: momentum as number }),
    steps: steps as Record<string, number>,
    tensors,
  };
}

function isRandomState(state: unknown): state is number[] {
  return Array.isArray(state) && state.length === 4 && state.every((word) => word === (word | 0));
}
