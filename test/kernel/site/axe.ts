/** What axe, which knows the rules for screen readers and keyboards, finds serious or critical in a page. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Frame, Page } from "playwright-core";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** Each with its first element. */
export async function serious(page: Page | Frame): Promise<string[]> {
  await page.evaluate(readFileSync(AXE, "utf8"));
  const found: Violation[] = await page.evaluate("axe.run().then(({ violations }) => violations)");
  return found
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id} (${nodes.length}): ${nodes[0]!.html.slice(0, 200)}`);
}
