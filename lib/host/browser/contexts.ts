/** A browser follows no value through promises; it has no async hooks either, and terminates no code. */
export const SAFE_BEFORE_AWAIT = true;

export function newContext(): undefined {
  return undefined;
}

export function watchAsyncHooks(): () => void {
  return () => {};
}
