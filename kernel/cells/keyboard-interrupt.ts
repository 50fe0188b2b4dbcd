/** Ends a cell that was interrupted. */
export class KeyboardInterrupt extends Error {
  override readonly name = "KeyboardInterrupt";

  constructor() {
    super("The cell was interrupted.");
    // The stack at this point is the kernel's and says nothing about the cell.
    this.stack = `${this.name}: ${this.message}`;
  }
}
