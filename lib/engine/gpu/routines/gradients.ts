/**
 * What is done to gradients between the backward and the optimiser's step, number by number: a penalty's pull on the weights, and
 * clipping. Scaling down to a norm is `scaled` in `arithmetic.ts`, or `product` where the factor is on the device too.
 */
import { each, isNaN, routine } from "./routine.js";

/** The gradient of L1·Σ|w| + L2/2·Σw². */
export const pull = routine("pull", {
  sizes: "L1:f32 L2:f32 COUNT",
  read: ["w"],
  written: ["dw"],
  code: `
${each}
  dw[i] = sizes.L1 * sign(w[i]) + sizes.L2 * w[i];
}`,
});

/** NaN stays NaN, as in the loop. */
export const clipped = routine("clipped", {
  sizes: "LIMIT:f32 COUNT",
  read: ["x"],
  written: ["y"],
  code: `
${isNaN}
${each}
  y[i] = select(clamp(x[i], -sizes.LIMIT, sizes.LIMIT), x[i], isNaN(x[i]));
}`,
});
