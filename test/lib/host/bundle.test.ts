/**
 * Bundlers make of the library a program for the browser with nothing to stand in for Node: what they must be told is in
 * package.json. The test bundles dist/, as its users' bundlers do.
 */
import { build, type BuildFailure } from "esbuild";
import { describe, expect, it } from "vitest";
import { projectRoot } from "../../support/shared.js";

interface Bundled {
  /** What the bundler could not do, or would not have liked to. */
  readonly complaints: readonly string[];
  /** The files that it took, from the project's root. */
  readonly inputs: readonly string[];
  readonly text: string;
}

async function bundle(entry: string): Promise<Bundled> {
  const options = { bundle: true, write: false, metafile: true, logLevel: "silent" } as const;
  const say = (all: BuildFailure["errors"]): string[] =>
    all.map(({ text, location }) => `${location?.file}: ${text}`);
  try {
    const { warnings, metafile, outputFiles } = await build({
      ...options,
      stdin: { contents: entry, resolveDir: projectRoot },
      platform: "browser",
      format: "esm",
      absWorkingDir: projectRoot,
    });
    return { complaints: say(warnings), inputs: Object.keys(metafile.inputs), text: outputFiles[0].text };
  } catch (error) {
    return { complaints: say((error as BuildFailure).errors), inputs: [], text: "" };
  }
}

describe("for a browser", () => {
  it.each([
    ["the library", `export * from "chainrule";`],
    ["the plugin", `export { default } from "chainrule/plugin";`],
    ["the worker of a search", `import "./dist/lib/train/search/worker.js";`],
  ])("%s is bundled without Node", { timeout: 120_000 }, async (_, entry) => {
    const { complaints, inputs, text } = await bundle(entry);
    expect(complaints).toEqual([]);
    expect(inputs.filter((file) => file.startsWith("dist/lib/host/node/"))).toEqual([]);
    expect(inputs).toContain("dist/lib/host/browser/settings.js");
    expect(text).not.toContain("data.addon.file");
    expect(text.match(/\b(from|import|require)\s*\(?\s*["']node:[^"']*/g) ?? []).toEqual([]);
  });

  it("Node's modules would be noticed", async () => {
    const { complaints } = await bundle(`import "./dist/lib/host/node/files.js";`);
    expect(complaints.join("\n")).toContain('Could not resolve "node:fs"');
  });
});
