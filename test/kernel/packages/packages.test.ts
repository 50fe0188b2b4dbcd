/**
 * Packages that people use, installed from npm's registry: each is imported, type-checked, run and shown in one kernel.
 * Skips where npm is not reachable; with CI=true that is a failure.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestKernel, needsBuild } from "../support/jupyter.js";
import { installedFolder, packages } from "./folder.mjs";

const installed = installedFolder();

if ("why" in installed && process.env["CI"] !== "true")
  it.skip(`packages from npm's registry: needs npm and its registry (${installed.why})`, () => {});
else
  describe("a package from npm's registry", () => {
    let kernel: TestKernel;
    beforeAll(async () => {
      needsBuild();
      if ("why" in installed) throw new Error(`With CI=true the packages must install: ${installed.why}`);
      kernel = await TestKernel.start({ cwd: installed.folder });
    });
    afterAll(() => kernel?.close());

    it("is one of thirty or more", () => expect(packages.length).toBeGreaterThanOrEqual(30));

    it.each(packages)("$name is imported, runs and is shown", async ({ cell, shows }) => {
      const { reply, outputs } = await kernel.execute(cell);
      expect(reply["traceback"] ?? "ok").toBe("ok");
      const [result] = outputs.filter((one) => one.header.msg_type === "execute_result");
      const data = (result?.content["data"] ?? {}) as Record<string, unknown>;
      for (const [mime, pattern] of Object.entries(shows)) {
        const content = data[mime];
        expect(typeof content === "string" ? content : JSON.stringify(content), mime).toMatch(
          new RegExp(pattern),
        );
      }
      // What is shown is no dump.
      expect(String(data["text/plain"]).length).toBeLessThan(3000);
    });

    it.each(packages.filter(({ wrong }) => wrong !== undefined))(
      "$name has types, which refuse what is wrong",
      async ({ cell, wrong }) => {
        const imports = cell.match(/import [^;]+;/g)!.join(" ");
        const declared = /const Layer = [^;]+;/.exec(cell)?.[0] ?? "";
        const { reply } = await kernel.execute(`${imports} ${declared}\n${wrong!}`);
        expect(String(reply["evalue"])).toMatch(/^TS\d+: |TS\d{4}/);
      },
    );
  });
