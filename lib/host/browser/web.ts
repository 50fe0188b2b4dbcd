/** The parts of a browser that this folder uses and that Node's types do not declare. */
export interface Web {
  /** What the page has set. */
  chainruleSettings?: Readonly<Record<string, string>>;
  readonly crossOriginIsolated?: boolean;
  readonly location?: { readonly href: string };
  readonly navigator: {
    readonly hardwareConcurrency?: number;
    /** Absent where the page did not come by HTTPS. */
    readonly locks?: { request<T>(name: string, body: () => Promise<T>): Promise<T> };
  };
  /** Absent where the page did not come by HTTPS. */
  readonly caches?: { open(name: string): Promise<WebCache> };
  readonly Worker: new (url: string | URL, options?: { type?: "module"; name?: string }) => WebWorker;
  /** Of a worker: what it was called by whoever started it. */
  readonly name?: string;
  /** Of a worker: sends to whoever started it. */
  postMessage?(message: unknown): void;
  addEventListener?(event: "message", listener: (event: { readonly data: unknown }) => void): void;
}

export interface WebWorker {
  postMessage(message: unknown): void;
  addEventListener(event: "message", listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(event: "error", listener: (event: { readonly message?: string }) => void): void;
  terminate(): void;
}

export interface WebCache {
  match(address: string): Promise<Response | undefined>;
  put(address: string, response: Response): Promise<void>;
  keys(): Promise<readonly { readonly url: string }[]>;
}

/** `globalThis`, seen as a browser's. */
export const web = globalThis as unknown as Web;
