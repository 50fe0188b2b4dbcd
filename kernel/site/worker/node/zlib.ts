/** `node:zlib` for a browser, as far as notebooks use it. */
import * as fflate from "fflate";

export function gunzipSync(bytes: Uint8Array): Uint8Array {
  return fflate.gunzipSync(bytes);
}

export function gzipSync(bytes: Uint8Array): Uint8Array {
  return fflate.gzipSync(bytes);
}
