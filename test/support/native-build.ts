/** Builds the native routines before their tests, unless these sources have been built. */
import { existsSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { buildNative } from "../../lib/engine/native/build.mjs";
import { nativeFile } from "./native-file.js";

export default function build(): void {
  if (nativeFile === undefined) {
    if (process.env.CI) throw new Error("the tests of the native routines need a C compiler; install gcc");
    console.warn("no C compiler: the tests of the native routines do without them");
    return;
  }
  if (existsSync(nativeFile)) return;
  // Built beside its place and moved there, so that a build that was stopped leaves nothing.
  const folder = path.dirname(nativeFile);
  const fresh = `${folder}-${process.pid}`;
  buildNative({ out: fresh });
  try {
    renameSync(fresh, folder);
  } catch {
    rmSync(fresh, { recursive: true }); // another run was faster
  }
}
