/** A tab of a browser that a test drives, whichever browser it is. */
export interface Tab {
  /** What an expression gives, after its promise. @throws Error what it throws; or when the page is left before it ends */
  evaluate(expression: string): Promise<unknown>;
  /** What the tab shows, for the sentence that says why a step did not end. */
  look(): Promise<unknown>;
  close(): Promise<void>;
}

/** A browser that a test has started. */
export interface Browser {
  readonly name: string;
  open(url: string): Promise<Tab>;
  stop(): Promise<void>;
}
