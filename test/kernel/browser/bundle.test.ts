/** The kernel's session and compiler can be had without Node: they bundle for a browser as they are. */
import { describe, expect, it } from "vitest";
import { needsBuild } from "../support/jupyter.js";
import { bundle, importsFromOutside } from "./bundles.js";

needsBuild();

describe("bundled for a browser", () => {
  it("the session takes nothing from Node, and not the compiler either", async () => {
    const session = await bundle({ session: "dist/kernel/cells/session.js" });
    expect(importsFromOutside(session)).toEqual([]);
    const inputs = Object.keys(session.metafile.inputs);
    expect(inputs).toContain("dist/lib/host/browser/evaluation.js");
    expect(
      inputs.filter((file) => /host\/node|node_modules\/typescript\/|typescript-for-tslab/.test(file)),
    ).toEqual([]);
  });

  it("nor does the compiler's thread", async () => {
    const language = await bundle({ language: "dist/kernel/language/worker.js" });
    expect(importsFromOutside(language)).toEqual([]);
    expect(Object.keys(language.metafile.inputs).filter((file) => file.includes("host/node"))).toEqual([]);
  });

  it("would be refused if a file named a module of Node's", async () => {
    await expect(bundle({ sockets: "dist/kernel/jupyter/main.js" })).rejects.toThrow(
      'Could not resolve "node:fs"',
    );
  });
});
