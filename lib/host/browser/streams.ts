/** What a worker has only once: the console, its end, and the errors that nobody caught. */
import type { StreamOwner } from "../kernel-contract.js";
import { consoleMethods } from "./console.js";
import { web } from "./kernel-web.js";
import type { Failures } from "./kernel-web.js";

/** More groups than any program opens: the console does not tell how many are open. */
const MOST_GROUPS = 32;

export function endGroups(): void {
  for (let i = 0; i < MOST_GROUPS; i++) console.groupEnd();
}

export function takeStreams(owner: StreamOwner): () => void {
  const before = { ...console };
  Object.assign(
    console,
    consoleMethods((stream, text) => owner.write(stream, text)),
  );
  const close = web.close;
  web.close = () => owner.exit("close()");
  const onError = (event: Failures["error"]): void => {
    event.preventDefault();
    owner.uncaught(event.error ?? new Error(event.message));
  };
  const onRejection = (event: Failures["unhandledrejection"]): void => {
    event.preventDefault();
    owner.uncaught(event.reason);
  };
  web.addEventListener("error", onError);
  web.addEventListener("unhandledrejection", onRejection);
  return () => {
    web.removeEventListener("unhandledrejection", onRejection);
    web.removeEventListener("error", onError);
    if (close) web.close = close;
    else delete web.close;
    Object.assign(console, before);
  };
}
