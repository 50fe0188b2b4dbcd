/**
 * The initialisation of the early networks: uniform between ±2.4/F, where F is the number of inputs of a unit. This keeps
 * the sums in the range where the sigmoid is not saturated (LeCun et al., 1989 and 1998).
 */
import type { Initializer } from "../layers/initialise.js";

export const lecun1989: Initializer = (shape, fans, dtype, random) =>
  random.uniform(shape, -2.4 / fans.in, 2.4 / fans.in, dtype);
