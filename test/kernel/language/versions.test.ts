/** What the kernel says of its compiler's version is what package.json installs. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { TSLAB_VERSION, TYPESCRIPT_VERSION } from "../../../kernel/language/versions.js";
import { projectRoot } from "../../support/shared.js";

it("is the one that package.json pins", () => {
  const { dependencies } = JSON.parse(readFileSync(path.join(projectRoot, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  expect(dependencies).toMatchObject({
    tslab: TSLAB_VERSION,
    "@tslab/typescript-for-tslab": TYPESCRIPT_VERSION,
  });
});
