/** Ends a cell that was interrupted. */
export class KeyboardInterrupt extends Error {
  override readonly name = "KeyboardInterrupt";

  constructor() {
    super("The cell was interrupted.");
    // The stack at this point is the kernel's and says nothing about the cell.
    this.stack = `${this.name}: ${this.message}`;
  }
}

/** Ends a loop that has seen by itself that it shall end; see language/loop-checks.ts. */
export function halt(): never {
  throw new KeyboardInterrupt();
}
