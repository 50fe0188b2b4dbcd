/**
 * Counts the work of automatic differentiation: how many gates were evaluated, and how many products the chain rule needed.
 * So the cost of a derivative can be given as a number.
 */

export interface OperationCount {
  /** Gates evaluated: additions, products, exponentials and so on of the function itself. */
  readonly gates: number;
  /** Products of a local slope with a tangent (forward mode) or an upstream gradient (reverse mode). */
  readonly products: number;
}

const running = new Set<{ gates: number; products: number }>();

/** Runs a computation on dual numbers or on variables, and counts its operations. Counts may be nested. */
export function countOperations<T>(run: () => T): { result: T; operations: OperationCount } {
  const count = { gates: 0, products: 0 };
  running.add(count);
  try {
    return { result: run(), operations: count };
  } finally {
    running.delete(count);
  }
}

/** Adds one to every active count. */
export function tally(what: keyof OperationCount): void {
  for (const count of running) count[what]++;
}
