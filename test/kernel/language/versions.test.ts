/** What the kernel says of its compiler's version is what package.json installs, and what compiles. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { adapter, ts } from "../../../kernel/language/typescript.js";
import { TSLAB_VERSION, TYPESCRIPT_VERSION } from "../../../kernel/language/versions.js";
import { projectRoot } from "../../support/shared.js";

it("are the ones that package.json pins", () => {
  const { dependencies } = JSON.parse(readFileSync(path.join(projectRoot, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  expect(dependencies).toMatchObject({
    tslab: TSLAB_VERSION,
    [adapter.name]: TYPESCRIPT_VERSION,
  });
  expect(ts.version).toBe(TYPESCRIPT_VERSION);
});
