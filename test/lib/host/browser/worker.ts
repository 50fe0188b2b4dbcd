/** The worker of the browser's tests: gets its settings first, as a page would give them, then does one task. */
interface Order {
  readonly settings: Record<string, string>;
  readonly name: string;
  readonly options: object;
}

const here = globalThis as unknown as {
  chainruleSettings: Record<string, string>;
  onmessage: (event: { data: Order }) => void;
  postMessage(message: unknown): void;
};

here.onmessage = ({ data: { settings, name, options } }) => {
  here.chainruleSettings = settings;
  void import("./tasks.js")
    .then(({ perform }) => perform(name, options))
    .then(
      (value) => here.postMessage({ value }),
      (error: Error) => here.postMessage({ error: error.stack ?? String(error) }),
    );
};
