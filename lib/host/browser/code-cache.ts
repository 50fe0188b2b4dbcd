/** Browsers keep compiled code by themselves. */
export function codeCacheFolder(): undefined {
  return undefined;
}
