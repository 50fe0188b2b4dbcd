/** Ends a cell that was interrupted. */
export class KeyboardInterrupt extends Error {
  override readonly name = "KeyboardInterrupt";

  constructor() {
    super("The cell was interrupted.");
    // Where the kernel stands when it interrupts says nothing about the cell.
    this.stack = `${this.name}: ${this.message}`;
  }
}
