/** Breaks one line of a real source file and loads the result, to see whether the tests notice. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import ts from "typescript";
import { projectRoot } from "./shared.js";

/**
 * A module with one snippet of its source replaced. Its imports are the real modules.
 * @param file  path from the project's root: "lib/layers/convolution/conv2d.ts"
 * @throws when the snippet does not stand in the file exactly once, so that no mutant outlives its line
 */
export async function mutated(file: string, from: string, to: string): Promise<Record<string, unknown>> {
  const path = join(projectRoot, file);
  const source = readFileSync(path, "utf8");
  const places = source.split(from).length - 1;
  if (places !== 1)
    throw new Error(`${file} has the snippet ${JSON.stringify(from)} ${places} times, not once`);
  const { outputText } = ts.transpileModule(
    source.replace(from, () => to),
    {
      compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
    },
  );
  const modules = new Map<string, unknown>();
  for (const [, specifier] of outputText.matchAll(/require\("([^"]+)"\)/g)) {
    const neighbour = resolve(dirname(path), specifier.replace(/\.js$/, ".ts"));
    modules.set(specifier, await import(existsSync(neighbour) ? neighbour : specifier));
  }
  const exports: Record<string, unknown> = {};
  new Function("require", "exports", outputText)((specifier: string) => modules.get(specifier), exports);
  return exports;
}
