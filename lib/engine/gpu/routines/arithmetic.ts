/**
 * Arithmetic of tensors, number by number: sums of branches and of gradients, gates, masks. An invocation takes one number.
 *
 * Like a ReLU, these routines do nothing but move numbers. A sum of several tensors is one routine for each two, and every
 * intermediate sum goes through memory; networks seldom add more than two.
 */
import { each, routine, type Routine } from "./routine.js";

/** A routine of two tensors; `sizes.EACH` numbers of a, one behind the other, share one number of b. */
function ofTwo(name: string, value: string): Routine {
  return routine(name, {
    sizes: "EACH COUNT",
    read: ["a", "b"],
    written: ["y"],
    code: `
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
