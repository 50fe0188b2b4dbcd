/** Folders are made with all that they lie in, and a place where none can be made is an error and no endless wait. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeFolder } from "../../../../lib/host/node/folders.js";
import { projectRoot } from "../../../support/shared.js";

let folder: string;
beforeAll(() => (folder = realpathSync(mkdtempSync(join(tmpdir(), "chainrule-folders-")))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("makeFolder", () => {
  it("makes what is missing of the path, and nothing where all is there", () => {
    makeFolder(join(folder, "a", "b", "c"));
    makeFolder(join(folder, "a", "b", "c"));
    expect(statSync(join(folder, "a", "b", "c")).isDirectory()).toBe(true);
  });

  it.skipIf(process.platform === "win32")("gives the mode to each folder that it makes", () => {
    makeFolder(join(folder, "own", "inner"), 0o700);
    for (const name of ["own", "own/inner"])
      expect(statSync(join(folder, name)).mode & 0o777, name).toBe(0o700);
  });

  it("says when a file stands in the way, at the end or before", () => {
    writeFileSync(join(folder, "file"), "");
    expect(() => makeFolder(join(folder, "file"))).toThrow(
      /ENOTDIR: there is a file of that name, mkdir '.*file'/,
    );
    expect(() => makeFolder(join(folder, "file", "below"))).toThrow(/ENOTDIR/);
  });

  it("says when a link leads nowhere", () => {
    symlinkSync(join(folder, "nowhere"), join(folder, "link"));
    expect(() => makeFolder(join(folder, "link"))).toThrow(/EEXIST.*link/);
  });

  // In a process of its own: what does not come back would hold this one.
  it.skipIf(!existsSync("/proc/self"))("fails below /proc, where Node's own never comes back", () => {
    for (const path of ["/proc/none/of/these", "/proc/self/none"]) {
      const said = execFileSync(
        process.execPath,
        [
          "--input-type=module",
          "-e",
          `import { makeFolder } from "./dist/lib/host/node/folders.js"; try { makeFolder("${path}"); } catch (error) { console.log(error.code); }`,
        ],
        { cwd: projectRoot, encoding: "utf8", timeout: 60_000 },
      );
      expect(said.trim(), path).toBe("ENOENT");
    }
  });
});
