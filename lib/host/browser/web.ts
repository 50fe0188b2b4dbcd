/** The parts of a browser that this folder uses and that Node's types do not declare. */
export interface Web {
  /** The settings that the page gave. */
  chainruleSettings?: Readonly<Record<string, string>>;
  readonly crossOriginIsolated?: boolean;
  readonly location?: { readonly href: string };
  readonly navigator: {
    readonly hardwareConcurrency?: number;
    /** Absent where the browser has no WebGPU, or hides it. */
    readonly gpu?: object;
    /** Absent in a page that was not loaded by HTTPS. */
    readonly locks?: { request<T>(name: string, body: () => Promise<T>): Promise<T> };
  };
  /** Absent in a page that was not loaded by HTTPS. */
  readonly caches?: { open(name: string): Promise<WebCache> };
  readonly Worker: new (url: string | URL, options?: { type?: "module"; name?: string }) => WebWorker;
  /** Of a worker: the name that its starter gave it. */
  readonly name?: string;
  /** Of a worker: sends to the thread that started it. */
  postMessage?(message: unknown): void;
  addEventListener?(event: "message", listener: (event: { readonly data: unknown }) => void): void;
}

export interface WebWorker {
  postMessage(message: unknown): void;
  postMessage(message: unknown, transfer: MessagePort[]): void;
  addEventListener(event: "message", listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(event: "error", listener: (event: { readonly message?: string }) => void): void;
  terminate(): void;
}

export interface WebCache {
  match(address: string): Promise<Response | undefined>;
  put(address: string, response: Response): Promise<void>;
  keys(): Promise<readonly { readonly url: string }[]>;
}

/** `globalThis`, typed as a browser's. */
export const web = globalThis as unknown as Web;
