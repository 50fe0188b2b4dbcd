/**
 * How long a figure takes to answer: from a slider's move, or a key in the drawing, to the frame that shows the new drawing,
 * in Chromium; and how many frames a second a figure draws that goes on by itself. `npm run bench:touch` prints the median and the
 * slowest of 60 moves, in milliseconds.
 */
import { readdirSync } from "node:fs";
import { chromium } from "playwright-core";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const folder = new URL("../../dist/lib/widgets/figures/modules/", import.meta.url);
const names = readdirSync(folder)
  .filter((file) => file.endsWith(".js"))
  .map((file) => file.slice(0, -3));

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
console.log("figure                 median   slowest   (ms, 60 moves each)");
for (const name of names) {
  const { code } = await import(new URL(`${name}.js`, folder).href);
  const page = await browser.newPage({ viewport: { width: 900, height: 800 } });
  const script = code.replace(/export\s*\{\s*([\w$]+) as default\s*\};?\s*$/, "globalThis.figure = $1;");
  await page.setContent(`<!doctype html><title>${name}</title><main id="el"></main>`);
  await page.addScriptTag({ content: script, type: "module" });
  const times = await page.evaluate(async () => {
    const state = {};
    const listeners = {};
    const model = {
      get: (n) => state[n],
      set(n, v) {
        if (state[n] === v) return;
        state[n] = v;
        for (const call of listeners[`change:${n}`] ?? []) call();
      },
      save_changes() {},
      on: (event, call) => (listeners[event] ??= []).push(call),
      off() {},
    };
    const el = document.getElementById("el");
    globalThis.figure.render({ model, el });
    const root = el.querySelector("figure");
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const sliders = [...root.querySelectorAll("input[type=range]")];
    const stage = root.querySelector(".cr-stage");
    const times = [];
    for (let i = 0; i < 60; i++) {
      await frame();
      const before = root.dataset.drawn;
      const start = performance.now();
      const slider = sliders[i % Math.max(1, sliders.length)];
      if (slider && i % 2 === 0) {
        // Up on the first half of the moves, then down.
        slider[i < 30 ? "stepUp" : "stepDown"]();
        slider.dispatchEvent(new Event("input", { bubbles: true }));
      } else
        stage.dispatchEvent(
          new KeyboardEvent("keydown", { key: i % 4 < 2 ? "ArrowRight" : "ArrowLeft", bubbles: true }),
        );
      for (let k = 0; k < 10 && root.dataset.drawn === before; k++) await frame();
      if (root.dataset.drawn !== before) times.push(performance.now() - start);
    }
    return times.sort((a, b) => a - b);
  });
  const median = times[Math.floor(times.length / 2)] ?? NaN;
  console.log(
    `${name.padEnd(22)} ${median.toFixed(1).padStart(6)}  ${(times.at(-1) ?? NaN).toFixed(1).padStart(8)}   ${times.length === 60 ? "" : `${times.length} of 60 answered`}`,
  );
  // A figure that goes on by itself: frames a second while it runs.
  const frames = await page.evaluate(async () => {
    const root = document.querySelector("figure");
    const run = [...root.querySelectorAll("input[type=checkbox]")].find(
      (box) => box.parentElement.textContent === "train",
    );
    if (!run) return undefined;
    run.click();
    const [before, start] = [Number(root.dataset.drawn), performance.now()];
    await new Promise((resolve) => setTimeout(resolve, 3000));
    return ((Number(root.dataset.drawn) - before) * 1000) / (performance.now() - start);
  });
  if (frames !== undefined)
    console.log(`${"".padEnd(22)} ${frames.toFixed(1)} frames a second while it trains`);
  await page.close();
}
await browser.close();
