/**
 * The network of the playground: its state; two inputs, one hidden layer, one score; its loss on a set of points, the
 * gradient, and gradient descent.
 */
import { normal, numbersFrom, pointsOf } from "./playground-points.js";

/** The state of the playground. */
export interface PlaygroundState {
  /** Which points: "moons", "ring", "four corners" or "spirals". */
  data: string;
  /** The units' nonlinearity: "ReLU", "tanh", "sigmoid" or "none". */
  activation: string;
  /** Hidden units, 1 to 8. */
  units: number;
  /** The learning rate. */
  rate: number;
  /** The penalty ½λ‖w‖² on the weights. */
  lambda: number;
  /** Which first weights. */
  seed: number;
  /** Whether it trains. */
  running: boolean;
  /** Steps done; each uses all points. */
  steps: number;
  /** Of each unit: two weights and a bias, and the weight of its output; the last row is the output's bias. */
  weights: readonly (readonly number[])[];
  /** The loss every few steps, without the penalty. */
  losses: readonly number[];
}

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

/** Each nonlinearity, and its slope by its input and its output. */
export const activations: Readonly<
  Record<string, { readonly value: (z: number) => number; readonly slope: (z: number, h: number) => number }>
> = {
  ReLU: { value: (z) => Math.max(0, z), slope: (z) => (z > 0 ? 1 : 0) },
  tanh: { value: Math.tanh, slope: (_, h) => 1 - h * h },
  sigmoid: { value: sigmoid, slope: (_, h) => h * (1 - h) },
  none: { value: (z) => z, slope: () => 1 },
};

/** First weights: normal, as large as He's for two inputs; the folds lie about the middle. */
export function firstWeights(units: number, seed: number): number[][] {
  const next = numbersFrom(seed + 100);
  const rounded = (value: number): number => Math.round(value * 1e4) / 1e4;
  const hidden = Array.from({ length: units }, () =>
    [normal(next), normal(next), 0.3 * normal(next), normal(next) / Math.sqrt(units)].map(rounded),
  );
  return [...hidden, [0]];
}

type Net = Pick<PlaygroundState, "weights" | "activation">;

/** What a unit gives at a place. */
export const unitAt = ({ weights, activation }: Net, unit: number, x: number, y: number): number => {
  const [a, b, c] = weights[unit];
  return activations[activation].value(a * x + b * y + c);
};

/** The score at a place: above 0 is the first class. */
export function scoreAt(net: Net, x: number, y: number): number {
  const { weights } = net;
  let score = weights.at(-1)![0];
  for (let k = 0; k < weights.length - 1; k++) score += weights[k][3] * unitAt(net, k, x, y);
  return score;
}

/** The mean loss log(1 + e^(−label·score)) over the points, and its gradient for every weight, with the penalty's. */
export function lossAndGradient(state: Net & Pick<PlaygroundState, "data" | "lambda">): {
  loss: number;
  gradient: number[][];
} {
  const { weights, activation, data, lambda } = state;
  const { value, slope } = activations[activation];
  const points = pointsOf(data);
  const units = weights.length - 1;
  // The penalty is on the weights, not on the biases.
  const gradient = weights.map((row) => row.map((w, i) => (row.length === 1 || i === 2 ? 0 : lambda * w)));
  let loss = 0;
  const [z, h] = [new Float64Array(units), new Float64Array(units)];
  for (const [x, y, label] of points) {
    let score = weights[units][0];
    for (let k = 0; k < units; k++) {
      const [a, b, c, out] = weights[k];
      z[k] = a * x + b * y + c;
      h[k] = value(z[k]);
      score += out * h[k];
    }
    const margin = label * score;
    loss += margin > 0 ? Math.log1p(Math.exp(-margin)) : Math.log1p(Math.exp(margin)) - margin;
    const ds = (-label * sigmoid(-margin)) / points.length;
    gradient[units][0] += ds;
    for (let k = 0; k < units; k++) {
      const dz = ds * weights[k][3] * slope(z[k], h[k]);
      gradient[k][0] += dz * x;
      gradient[k][1] += dz * y;
      gradient[k][2] += dz;
      gradient[k][3] += ds * h[k];
    }
  }
  return { loss: loss / points.length, gradient };
}

/** Steps between two losses that are kept. */
export const EVERY = 5;
/** How many losses are kept at most. */
const KEPT = 200;

/** The state after so many steps of gradient descent on all points. */
export function trained(state: PlaygroundState, count: number): PlaygroundState {
  let { weights, steps } = state;
  const losses = [...state.losses];
  for (let i = 0; i < count; i++) {
    const { loss, gradient } = lossAndGradient({ ...state, weights });
    if (steps % EVERY === 0) losses.push(Math.round(loss * 1e4) / 1e4);
    const next = weights.map((row, k) => row.map((w, j) => w - state.rate * gradient[k][j]));
    // A run that diverges rests at the last weights that can be drawn.
    if (!next.flat().every((w) => Math.abs(w) < 1e6)) break;
    weights = next;
    steps++;
  }
  return { ...state, weights, steps, losses: losses.slice(-KEPT) };
}
