/** The parts of a browser that this folder uses and that Node's types do not declare. */
export interface Web {
  readonly crossOriginIsolated?: boolean;
  readonly navigator: { readonly hardwareConcurrency?: number };
  readonly Worker: new (url: string | URL, options?: { type?: "module"; name?: string }) => WebWorker;
}

export interface WebWorker {
  postMessage(message: unknown): void;
  addEventListener(event: "message", listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(event: "error", listener: (event: { readonly message?: string }) => void): void;
  terminate(): void;
}

/** `globalThis`, seen as a browser's. */
export const web = globalThis as unknown as Web;
