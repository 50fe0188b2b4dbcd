/**
 * How the early networks began: uniform between ±2.4/F, F being the number of inputs of a unit, which keeps sums
 * where the sigmoid bends (LeCun et al., 1989 and 1998).
 */
import type { Initializer } from "../layers/initialise.js";

export const lecun1989: Initializer = (shape, fans, dtype, random) =>
  random.uniform(shape, -2.4 / fans.in, 2.4 / fans.in, dtype);
