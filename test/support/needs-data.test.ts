/** A suite that needs data, run by shared.test.ts on a machine made to look as if it had none. */
import { existsSync } from "node:fs";
import { expect, it } from "vitest";
import { withData } from "./shared.js";

withData("mnist", "reads MNIST", (path) => {
  it("is given a path that exists", () => expect(existsSync(path)).toBe(true));
});
