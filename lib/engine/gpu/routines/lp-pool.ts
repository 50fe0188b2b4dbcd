/**
 * Lp pooling: y is the p-norm of its window, (Σ|x|ᵖ)^(1/p), and dx = dy·(|x|/y)^(p − 1)·sign(x), summed over the windows that saw x.
 *
 * In float32, |x|ᵖ soon overflows or vanishes: 10⁻⁵ to the power 10 is 0. So the largest |x| of the window, M, is taken out first:
 * y = M·(Σ(|x|/M)ᵖ)^(1/p), a sum of numbers from 0 to 1 of which one is 1. An invocation goes through its window twice.
 */
import { mathematics } from "./mathematics.js";
import { each, routine } from "./routine.js";
import { forEachOutput, forEachTap, windows } from "./windows.js";

/** The size of the number at a tap. */
const size = `abs(x[(map * sizes.H + h) * sizes.W + v])`;

export const lpPool = routine("lpPool", {
  sizes: `${windows} POWER:f32 COUNT`,
  read: ["x"],
  written: ["y"],
  code: `
${mathematics}
${each}
  var most = 0.0;
  ${forEachTap(`
      let here = ${size};
      if (isNaN(here) || (here > most && !isNaN(most))) { most = here; }`)}
  if (isNaN(most) || most == 0.0 || most > LARGEST) { y[i] = most; return; }
  var s = 0.0;
  ${forEachTap(`s += raised(${size} / most, sizes.POWER);`)}
  y[i] = most * raised(s, 1.0 / sizes.POWER);
}`,
});

export const lpPoolBack = routine("lpPoolBack", {
  sizes: `${windows} POWER:f32 COUNT`,
  read: ["x", "y", "dy"],
  written: ["dx"],
  code: `
${mathematics}
${each}
  var s = 0.0;
  ${forEachOutput(`
      let at = map * sizes.I * sizes.J + place;
      if (y[at] != 0.0) { s += dy[at] * raised(abs(x[i]) / y[at], sizes.POWER - 1.0) * sign(x[i]); }`)}
  dx[i] = s;
}`,
});
