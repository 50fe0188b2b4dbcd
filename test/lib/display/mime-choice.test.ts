/**
 * Protects that every front end finds in a display's bundle something it can draw. Each picks one form by an order of
 * its own, which is written down here from its published source; what it would pick must be a picture or a chart
 * that shows something, and never the words that stand in for it.
 */
import { decode } from "fast-png";
import { compile } from "vega-lite";
import { expect, test } from "vitest";
import { Conv2d } from "../../../lib/layers/convolution/conv2d.js";
import { derivationView, explain, layerTable, table, type Figure } from "../../../lib/display/index.js";
import { rasterize } from "../../../lib/display/figure/rasterize.js";
import { renderBundle } from "../../../kernel/notebook/mime.js";
import { gallery } from "./gallery.js";

const VEGA_LITE = "application/vnd.vegalite.v5+json";

/** Front end → the forms that it can draw, the preferred first. */
const orders: Readonly<Record<string, readonly string[]>> = {
  // notebook 6.4.12, notebook/static/notebook/js/outputarea.js, OutputArea.display_order
  "Notebook 6": [
    ...["application/javascript", "text/html", "text/markdown", "text/latex", "image/svg+xml", "image/png"],
    ...["image/jpeg", "image/gif", "application/pdf", "text/plain"],
  ],
  // jupyterlab 4, packages/rendermime/src/factories.ts (HTML 50, Markdown 60, LaTeX 70, SVG 80, images 90, JavaScript 110,
  // text 120: the least first) and packages/vega5-extension/src/index.ts (Vega-Lite v3 to v5: 57)
  "JupyterLab 4": [
    ...["text/html", VEGA_LITE, "text/markdown", "text/latex", "image/svg+xml", "image/png", "image/jpeg"],
    ...["application/javascript", "text/plain"],
  ],
  // The same in a notebook that is not trusted: registry.ts, preferredMimeType(…, "ensure") leaves out SVG and JavaScript.
  "JupyterLab 4, not trusted": [
    ...["text/html", VEGA_LITE, "text/markdown", "text/latex", "image/png", "image/jpeg", "text/plain"],
  ],
  // vscode, extensions/ipynb/src/deserializers.ts, and vscode-jupyter, src/kernels/execution/helpers.ts, orderOfMimeTypes;
  // of application/vnd.* its renderers draw Vega-Lite up to v5
  "VS Code": [
    ...[VEGA_LITE, "text/html", "application/javascript", "image/gif", "text/latex", "text/markdown"],
    ...["image/png", "image/svg+xml", "image/jpeg", "application/json", "text/plain"],
  ],
  // nbconvert 6.5, nbconvert/exporters/html.py, display_data_priority
  "nbconvert to HTML": [
    ...["application/javascript", "text/html", "text/markdown", "image/svg+xml", "text/latex", "image/png"],
    ...["image/jpeg", "text/plain"],
  ],
  // nbconvert 6.5, nbconvert/exporters/latex.py, display_data_priority
  "nbconvert to LaTeX": [
    ...["text/latex", "application/pdf", "image/png", "image/jpeg", "image/svg+xml", "text/markdown"],
    "text/plain",
  ],
  // GitHub publishes no order. It shows notebooks without running scripts, and PNG is what it surely shows of a picture:
  // https://docs.github.com/en/repositories/working-with-files/using-files/working-with-non-code-files
  GitHub: ["text/html", "text/markdown", "image/png", "text/plain"],
};

const pick = (order: readonly string[], bundle: object) => order.find((mime) => mime in bundle);

async function expectSomethingDrawn(
  figure: Figure,
  mime: string | undefined,
  assumed?: RegExp,
): Promise<void> {
  const content = (await figure.bundle())[mime ?? ""];
  switch (mime) {
    case "image/png":
      expectColours(Buffer.from(content as string, "base64"));
      return;
    case "image/svg+xml":
      expectColours(await rasterize(content as string));
      return;
    case VEGA_LITE: {
      const spec = content as { $schema: string };
      expect(spec.$schema).toBe("https://vega.github.io/schema/vega-lite/v5.json");
      // At the top or in a layer, there are data to draw.
      expect(JSON.stringify(spec)).toMatch(/"values":\[\{/);
      // JSON is all that arrives at the other side.
      const arrived = JSON.parse(JSON.stringify(spec)) as Parameters<typeof compile>[0];
      const warnings: string[] = [];
      const note = (...words: unknown[]) => {
        warnings.push(words.join(" "));
        return logger;
      };
      const logger = { level: note, warn: note, info: () => logger, debug: () => logger, error: note };
      compile({ ...arrived, $schema: undefined }, { logger: logger as never });
      expect(warnings.filter((said) => !assumed?.test(said))).toEqual([]);
      return;
    }
    default:
      expect.fail(`${mime ?? "nothing"} is neither picture nor chart`);
  }
}

function expectColours(png: Uint8Array): void {
  const { data, channels, palette } = decode(png);
  const step = palette ? 1 : channels;
  const seen = new Set<string>();
  for (let i = 0; i < data.length && seen.size < 3; i += step) seen.add(data.slice(i, i + step).join());
  // The card's edge and its ground are two.
  expect(seen.size).toBeGreaterThan(2);
}

/** Drawn for the moment, by a kernel that is running, which the notebook trusts; a PNG takes its place at the end. */
const passing = ["live-panel-running"];

/** What Vega-Lite says that it assumes of a display, where it is right: squares and numbers of `matrices` are layers of the same data. */
const assumptions: Readonly<Record<string, RegExp>> = {
  matrices: /^Detected faceted independent scales that union domain of the same fields/,
};

test.each(Object.keys(gallery))("every front end draws %s", async (name) => {
  const figure = gallery[name]();
  const bundle = await figure.bundle();
  const picks = new Set<string | undefined>();
  for (const [frontEnd, order] of Object.entries(orders)) {
    if (passing.includes(name) && /not trusted|GitHub/.test(frontEnd)) continue;
    picks.add(pick(order, bundle));
  }
  for (const mime of picks) await expectSomethingDrawn(figure, mime, assumptions[name]);
  expect(renderBundle(bundle, await figure.metadata(), String)).toMatch(/^<img src="data:image\//);
});

test("tables and derivations are drawn as such everywhere", async () => {
  const rows = [{ name: "fc", layer: "Linear", outputShape: [10], parameters: 7850, multiplyAdds: 7840 }];
  for (const figure of [table(["n", "n²"], [["2", "4"]]), layerTable(rows)]) {
    const bundle = await figure.bundle();
    for (const [frontEnd, order] of Object.entries(orders)) {
      const mime = pick(order, bundle)!;
      expect(mime, frontEnd).toBe(frontEnd === "nbconvert to LaTeX" ? "text/markdown" : "text/html");
      expect(bundle[mime]).toMatch(mime === "text/html" ? /<td [^>]*>.*\d/ : /\| .*\d/);
    }
  }
  for (const figure of [explain(Conv2d), derivationView("$y = x$ (1)")]) {
    const bundle = await figure.bundle();
    for (const order of Object.values(orders)) expect(pick(order, bundle)).toBe("text/markdown");
  }
});

test("a display that has only words would be found out", async () => {
  const { Figure } = await import("../../../lib/display/figure/figure.js");
  const words = new Figure({ alt: "Words.", text: "words" });
  const mime = pick(orders["VS Code"], await words.bundle());
  await expect(expectSomethingDrawn(words, mime)).rejects.toThrow("text/plain is neither picture nor chart");
});
