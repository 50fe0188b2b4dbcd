/** Where the tests' native routines are built: a file for each state of their sources; undefined without a C compiler. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { compiler } from "../../lib/engine/native/build.mjs";

const sources = fileURLToPath(new URL("../../lib/engine/native/", import.meta.url));

function fileOf(cc: string): string {
  const hash = createHash("sha256").update(cc);
  for (const name of readdirSync(sources).sort()) {
    if (/\.(c|h|mjs)$/.test(name)) hash.update(readFileSync(path.join(sources, name)));
  }
  const folder = fileURLToPath(new URL("../../node_modules/.cache/chainrule-native/", import.meta.url));
  return path.join(folder, hash.digest("hex").slice(0, 16), "native.node");
}

const cc = compiler();

export const nativeFile: string | undefined = cc && fileOf(cc);
