/**
 * The losses that compare number by number: Euclidean, L1, Huber and binary cross-entropy. They differ in what a number x and its
 * target t cost, and in the slope of that cost.
 *
 * Forward, PARTS work groups sum a stretch each, as in `square-sums.ts`, and `loss.ts` sums the parts. Backward, an invocation has
 * a number.
 */
import { mathematics } from "./mathematics.js";
import { each, eachGroup, routine, sumOfGroup, type Routine } from "./routine.js";

/** The two routines of a loss. */
export interface Comparison {
  readonly losses: Routine;
  readonly gradients: Routine;
}

/** @param cost, slope  of x and t; they may use u = x − t and sizes.EDGE */
function comparison(name: string, { cost, slope }: Readonly<Record<"cost" | "slope", string>>): Comparison {
  const losses = routine(`${name}Losses`, {
    sizes: "COUNT PARTS EDGE:f32",
    read: ["xs", "ts"],
    written: ["losses"],
    code: `
${mathematics}
${sumOfGroup}
fn cost(x: f32, t: f32) -> f32 {
  let u = x - t;
  return select(${cost}, x, isNaN(x));
}
${eachGroup}
  let stretch = (sizes.COUNT + sizes.PARTS - 1u) / sizes.PARTS;
  let end = min(sizes.COUNT, (group.x + 1u) * stretch);
  var s = 0.0;
  for (var i = group.x * stretch + own; i < end; i += 256u) { s += cost(xs[i], ts[i]); }
  let sum = sumOfGroup(s, own);
  if (own == 0u) { losses[group.x] = sum; }
}`,
  });
  const gradients = routine(`${name}Gradients`, {
    sizes: "EDGE:f32 DIVISOR:f32 COUNT",
    read: ["xs", "ts"],
    written: ["dx"],
    code: `
${mathematics}
${each}
  let x = xs[i];
  let t = ts[i];
  let u = x - t;
  dx[i] = (${slope}) / sizes.DIVISOR;
}`,
  });
  return { losses, gradients };
}

export const euclidean = comparison("euclidean", { cost: "0.5 * u * u", slope: "u" });

export const l1 = comparison("l1", { cost: "abs(u)", slope: "sign(u)" });

/** EDGE is the threshold. */
export const huber = comparison("huber", {
  cost: "select(sizes.EDGE * (abs(u) - 0.5 * sizes.EDGE), 0.5 * u * u, abs(u) <= sizes.EDGE)",
  slope: "clamp(u, -sizes.EDGE, sizes.EDGE)",
});

/** No power of e is taken of more than 0, so that none overflows. */
export const binaryCrossEntropy = comparison("binaryCrossEntropy", {
  cost: "max(x, 0.0) - t * x + logarithmOf1And(exponential(-abs(x)))",
  slope: "sigmoid(x) - t",
});
