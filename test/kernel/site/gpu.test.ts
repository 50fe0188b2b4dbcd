/** A notebook of a website trains on a graphics card, Chromium's own one in software. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { SOFTWARE_CARD } from "../../support/chromium.js";
import { projectRoot, withTool } from "../../support/shared.js";
import { notebookOf, SiteJourney, valueOf, type SitePage } from "./site-page.js";

const CELLS = [
  "# On a graphics card",
  `import { Conv2d, Linear, ReLU, SGD, Sequential, compute, digits, evaluate, fit } from "chainrule";

console.log(String(await compute.open("gpu")));
const net = new Sequential(
  {
    conv: new Conv2d({ in: 1, out: 8, size: 4, stride: 4 }),
    relu: new ReLU(),
    fc: new Linear({ in: 8 * 7 * 7, out: 10 }),
  },
  { input: [1, 28, 28] },
);
const { train, test } = digits({ train: 400, test: 100 });
const given = { validation: test, optimizer: new SGD({ lr: 0.1, momentum: 0.9 }) };
const run = await fit(net, train, { ...given, epochs: 3 });
compute.report(net, [1, 28, 28])`,
];

withTool("chromium", "a notebook of a website on a graphics card", ({ command }) => {
  let site: SiteJourney;
  let page: SitePage;
  let failure: string | undefined;
  beforeAll(async () => {
    site = await SiteJourney.start(command, { "card.ipynb": notebookOf(...CELLS) }, [], SOFTWARE_CARD);
    page = await site.open("card.ipynb");
    await page.ready();
    failure = await page.runAll();
  });
  afterAll(() => site?.stop());
  beforeEach(({ skip }) => {
    if (failure?.includes("finds no graphics card") && process.env.CI !== "true") skip(failure);
  });

  it("trains on it, and shows so", async () => {
    expect(failure).toBeUndefined();
    await page.page.screenshot({ path: join(projectRoot, "build/site/gpu.png") });
    expect(await page.value("compute.engine.name")).toBe("'gpu'");
    const routes = await page.value("compute.report(net, [1, 28, 28]).map(({ route }) => route).join()");
    expect(routes).toBe("'gpu,fused,gpu'");
    expect(Number(await page.value("evaluate(net, test).accuracy"))).toBeGreaterThan(0.5);
  });

  it("is measured by the cell that the engine's README has, here on fewer examples", async () => {
    const readme = readFileSync(join(projectRoot, "lib/engine/gpu/README.md"), "utf8");
    const cell = /```ts\n([^]*?)```/.exec(readme)![1];
    const fewer = cell.replace("train: 512", "train: 32").replace("batchSize: 128", "batchSize: 8");
    const { outputs } = await page.execute(fewer);
    const said = outputs.flatMap(({ type, content }) => (type === "stream" ? [content["text"]] : []));
    expect(said.join("")).toMatch(/^engine wasm: [\d.]+ ms a step\nengine gpu on .+: [\d.]+ ms a step\n$/);
  });

  it("goes on without it when the device is lost, with the weights, and says so", async () => {
    await page.value("(compute.engine as unknown as { close(): void }).close()");
    const { status, outputs } = await page.execute(
      "await fit(net, train, { ...given, epochs: 1 }); evaluate(net, test).accuracy",
    );
    expect(Number(valueOf({ status, outputs }))).toBeGreaterThan(0.5);
    expect(JSON.stringify(outputs)).toMatch(/device was lost .*; engine wasm computes from here/);
  });
});
