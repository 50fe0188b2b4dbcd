/** The parts of a browser's worker that the kernel's half of this folder uses and that Node's types do not declare. */
export interface KernelWeb {
  readonly location: { readonly href: string };
  readonly navigator: { readonly userAgent: string };
  readonly Worker: new (url: string | URL, options: { type: "module"; name: string }) => WebThread;
  postMessage(message: unknown, transfer?: readonly unknown[]): void;
  addEventListener(event: "message", listener: (event: { readonly data: unknown }) => void): void;
  addEventListener<E extends keyof Failures>(event: E, listener: (event: Failures[E]) => void): void;
  removeEventListener<E extends keyof Failures>(event: E, listener: (event: Failures[E]) => void): void;
  /** Of a worker: ends it. */
  close?: () => void;
}

/** Errors that nobody caught. */
export interface Failures {
  error: { readonly error?: unknown; readonly message: string; preventDefault(): void };
  unhandledrejection: { readonly reason: unknown; preventDefault(): void };
}

/** A worker that was started, or a port. */
export interface WebPort {
  postMessage(message: unknown, transfer?: readonly unknown[]): void;
  addEventListener(event: "message", listener: (event: { readonly data: unknown }) => void): void;
  /** Of a port: starts to deliver messages, also those that have already arrived. */
  start?(): void;
}

export interface WebThread extends WebPort {
  addEventListener(event: "message", listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(event: "error", listener: (event: { readonly message?: string }) => void): void;
  terminate(): void;
}

/** `globalThis`, typed as a browser's. */
export const web = globalThis as unknown as KernelWeb;
