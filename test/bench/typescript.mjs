/** Modules of the tests, which are in TypeScript, for a bench. */
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const tests = fileURLToPath(new URL("../", import.meta.url));

/** @param {string} file its path below test/ @returns what it exports */
export async function importTest(file) {
  const { outputFiles } = await build({
    entryPoints: [tests + file],
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
  });
  return import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
}
