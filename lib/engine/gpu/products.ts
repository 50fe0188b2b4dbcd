/** Products of matrices on the device, and linear layers. */
import { expectShape, sameDType } from "../../array/check.js";
import type { Tensor } from "../../array/tensor.js";
import { checkLinear } from "../../layers/check-linear.js";
import { linearBackward, linearForward } from "../../layers/linear.js";
import type { WeightCache, WeightGradients } from "../../layers/weighted.js";
import type { Block } from "./device.js";
import type { Workspace } from "./memory.js";
import { placedPair } from "../placed-rivals.js";
import type { GpuRival, Place } from "./rivals.js";
import { channelSums } from "./routines/channel-sums.js";
import { addParts, product, TILE, type Product } from "./routines/product.js";

export const products: readonly GpuRival[] = placedPair(linearForward, linearOn, linearBackward, linearOff);

/** Work groups that keep a card busy; below that, a deep product is summed in parts. */
const BUSY = 64;
/** The least depth of a part. */
const LEAST_PART = 256;

/** The sizes of a product. */
export interface Sizes {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
}

/** Runs a routine of tiles. @param blocks A, B and, where there is one, the bias @param parts of the depth */
export function multiply(
  { device }: Workspace,
  routine: Product,
  { rows, columns, depth }: Sizes,
  constants: Readonly<Record<string, number>>,
  [a, b, bias = a]: readonly Block[],
  c: Block,
  parts = 1,
): void {
  const groups = [Math.ceil(columns / TILE), Math.ceil(rows / TILE), parts];
  const sizes = { ROWS: rows, COLUMNS: columns, DEPTH: depth, PARTS: parts };
  const read = routine.hasBias ? [a, b, bias] : [a, b];
  device.run(routine, { ...sizes, ...constants }, [...read, c], groups);
}

/** The same for a deep product: its parts are summed side by side, and then added. */
export function multiplyDeep(
  workspace: Workspace,
  routine: Product,
  sizes: Sizes,
  constants: Readonly<Record<string, number>>,
  blocks: readonly Block[],
  c: Block,
): void {
  const { rows, columns, depth } = sizes;
  const tiles = Math.ceil(rows / TILE) * Math.ceil(columns / TILE);
  const parts = Math.max(1, Math.min(Math.ceil(BUSY / tiles), Math.floor(depth / LEAST_PART)));
  if (parts === 1) return multiply(workspace, routine, sizes, constants, blocks, c);
  const all = workspace.space(parts * rows * columns);
  multiply(workspace, routine, sizes, constants, blocks, all, parts);
  const count = rows * columns;
  workspace.device.spread(addParts, { PARTS: parts }, [all, c], count);
}

/** The distances from row to row and from column to column of A and of B. */
function distances(a: readonly [number, number], b: readonly [number, number]): Record<string, number> {
  return { A_ROW: a[0], A_COLUMN: a[1], B_ROW: b[0], B_COLUMN: b[1], BIAS: 0 };
}

/** The gradient of the bias. */
export function biasGradient(
  workspace: Workspace,
  dy: Block,
  examples: number,
  channels: number,
  places: number,
): Tensor {
  const db = workspace.gradient([channels]);
  const sizes = { EXAMPLES: examples, CHANNELS: channels, PLACES: places };
  workspace.device.run(channelSums, sizes, [dy, db.block], [channels]);
  return db.tensor();
}

function linearOn({ run }: Place, x: Tensor, w: Tensor, b?: Tensor): { y: Tensor; cache: WeightCache } {
  checkLinear(x, w, b);
  const [N, D] = x.shape;
  const K = w.shape[0];
  return run((workspace) => {
    const y = workspace.result([N, K]);
    const [kept, weights] = [workspace.keep(x), workspace.keep(w)];
    const constants = { ...distances([D, 1], [1, D]), BIAS: b ? 1 : 0 };
    const blocks = [workspace.read(kept), workspace.read(weights), ...(b ? [workspace.read(b)] : [])];
    multiply(workspace, product, { rows: N, columns: K, depth: D }, constants, blocks, y.block);
    return { y: y.tensor(), cache: { x: kept, w: weights, hasBias: b !== undefined } };
  });
}

function linearOff({ run }: Place, dy: Tensor, { x, w, hasBias }: WeightCache): WeightGradients {
  const [N, D] = x.shape;
  const K = w.shape[0];
  sameDType("linearBackward", { dy, x });
  expectShape("linearBackward", "dy", dy, [N, K]);
  const gradients = run((workspace) => {
    const dw = workspace.gradient(w.shape);
    const [upstream, X] = [workspace.read(dy), workspace.read(x)];
    const sizes = { rows: K, columns: D, depth: N };
    multiplyDeep(workspace, product, sizes, distances([1, K], [D, 1]), [upstream, X], dw.block);
    if (!hasBias) return { dw: dw.tensor() };
    return { dw: dw.tensor(), db: biasGradient(workspace, upstream, N, K, 1) };
  });
  return {
    ...gradients,
    // Computed when it is read: the first layer of a network does not need it.
    get dx() {
      return run((workspace) => {
        const dx = workspace.result(x.shape);
        const blocks = [workspace.read(dy), workspace.read(w)];
        const sizes = { rows: N, columns: D, depth: K };
        multiply(workspace, product, sizes, distances([K, 1], [D, 1]), blocks, dx.block);
        return dx.tensor();
      });
    },
  };
}
