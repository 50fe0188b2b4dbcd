/**
 * Arithmetic of tensors, number by number: sums of branches and of gradients, gates, masks. An invocation takes one number.
 *
 * Like a ReLU, these routines do nothing but move numbers. A sum of several tensors is one routine for each two, and every
 * intermediate sum goes through memory; networks seldom add more than two.
 */
import { each, isNaN, routine, type Routine } from "./routine.js";

/** A routine of two tensors; `sizes.EACH` numbers of a, one behind the other, share one number of b. */
function ofTwo(name: string, value: string): Routine {
  return routine(name, {
    sizes: "EACH COUNT",
    read: ["a", "b"],
    written: ["y"],
    code: `
${isNaN}
${each}
  let p = a[i];
  let q = b[i / sizes.EACH];
  y[i] = ${value};
}`,
  });
}

export const sum = ofTwo("sum", "p + q");
export const difference = ofTwo("difference", "p - q");
export const product = ofTwo("product", "p * q");
export const quotient = ofTwo("quotient", "p / q");

/** Where one is NaN, so is the sum. */
const unlessNaN = (value: string): string => `select(${value}, p + q, isNaN(p) || isNaN(q))`;
export const larger = ofTwo("larger", unlessNaN("max(p, q)"));
export const smaller = ofTwo("smaller", unlessNaN("min(p, q)"));
/** The share of the gradient that the larger one gets: all of it for p, half of it where they are equal or NaN. */
export const shareOfLarger = ofTwo(
  "shareOfLarger",
  "select(select(select(0.5, 0.0, p < q), 1.0, p > q), 0.5, isNaN(p) || isNaN(q))",
);

/** y = FACTOR·x. */
export const scaled = routine("scaled", {
  sizes: "FACTOR:f32 COUNT",
  read: ["x"],
  written: ["y"],
  code: `
${each}
  y[i] = sizes.FACTOR * x[i];
}`,
});
