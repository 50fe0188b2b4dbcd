/** The figures that answer, as tests find and drive them on a page. */
import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";
import { codeNotebook } from "./notebook-file.js";

/** By the function that makes each figure: its title. */
export const figures = {
  scoresFigure: "Two losses of the same scores",
  descentFigure: "Down a bowl that is steeper one way",
  gatesFigure: "Each gate sends its message back",
  matrixFigure: "The matrix of a convolution",
  convolutionStepper: "One number of a convolution at a time",
  convolutionSizes: "Does the window fit?",
  gaborByHand: "A Gabor filter by the hand",
  foolingFigure: "How small a push fools a classifier?",
  drawDigitFigure: "Draw a digit, and watch the network read it",
  playground: "A network folds the plane",
  overlapFigure: "How good is your box?",
};

/** A part of each drawing to press, by its `data-at`. */
const parts: Record<keyof typeof figures, string> = {
  scoresFigure: "bar 2",
  descentFigure: "plane",
  gatesFigure: "gate product",
  matrixFigure: "matrix 4 5",
  convolutionStepper: "result 2 2",
  convolutionSizes: "window 2",
  gaborByHand: "plane",
  foolingFigure: "class 5",
  drawDigitFigure: "paper",
  playground: "unit 1",
  overlapFigure: "plane",
};
export const names = Object.keys(figures) as (keyof typeof figures)[];

/** A notebook with a cell for each. */
export const notebook = codeNotebook(
  ...names.map((name) => `import { ${name} } from "chainrule/widgets";\n${name}()`),
);

export const figureOf = (page: Page, name: keyof typeof figures): Locator =>
  page.locator("figure.cr-figure", { has: page.locator("h4", { hasText: figures[name] }) });
/** What a figure says under its drawing. */
export const wordsOf = (figure: Locator): Promise<string> => figure.locator(".cr-words").innerText();

/** What an act changes: the figure's drawing. */
async function changes(figure: Locator, act: () => Promise<unknown>): Promise<void> {
  const drawn = (): Promise<string> => figure.locator(".cr-stage").innerHTML();
  const before = await drawn();
  await act();
  await expect.poll(drawn).not.toBe(before);
}

/** Presses a part with the mouse, an arrow key and the first control; each changes what the figure draws. */
export async function drive(figure: Locator, name: keyof typeof figures): Promise<void> {
  await figure.scrollIntoViewIfNeeded();
  const part = figure.locator(`[data-at="${parts[name]}"]`).first();
  await changes(figure, async () => {
    const box = (await part.boundingBox())!;
    await figure.page().mouse.move(box.x + box.width * 0.7, box.y + box.height * 0.4);
    await figure.page().mouse.down();
    await figure.page().mouse.up();
  });
  await figure.locator(".cr-stage").focus();
  await pressArrows(figure);
  const slider = figure.locator("input[type=range]").first();
  if ((await slider.count()) > 0) await changes(figure, () => slider.press("ArrowRight"));
  else await changes(figure, () => figure.locator("input[type=radio]").last().check());
  expect(await wordsOf(figure)).toMatch(/\d/);
}

/** From the drawing, which has the focus: an arrow key changes it. At an end of what can be chosen not each of them does. */
async function pressArrows(figure: Locator): Promise<void> {
  const stage = figure.locator(".cr-stage");
  const before = await stage.innerHTML();
  for (const key of ["ArrowUp", "ArrowLeft", "ArrowDown", "ArrowRight"]) {
    await figure.page().keyboard.press(key);
    // It is drawn in the next frame.
    await figure.evaluate(
      () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
    );
    if ((await stage.innerHTML()) !== before) return;
  }
  expect.fail("no arrow key changes the drawing");
}

/**
 * Goes through a figure without a mouse: the Tab key reaches every control, arrow keys move each slider
 * and change the drawing, Enter opens the answer.
 */
export async function driveByKeyboard(figure: Locator): Promise<void> {
  const { keyboard } = figure.page();
  const stops = figure.locator("input, button, .cr-stage, summary");
  /** The places among the stops of those that the Tab key has to reach: of a group of radio buttons the chosen one. */
  const expected = await stops.evaluateAll((all) =>
    all.flatMap((one, i) =>
      (one as HTMLInputElement).disabled || one.matches("input[type=radio]:not(:checked)") ? [] : [i],
    ),
  );
  const focused = (): Promise<number> =>
    stops.evaluateAll((all) => (all as Element[]).indexOf(document.activeElement!));
  const kinds = await stops.evaluateAll((all) =>
    all.map((one) => (one.matches("input[type=range]") ? "slider" : one.className || one.localName)),
  );
  await stops.nth(expected[0]!).focus();
  const reached: number[] = [];
  for (const place of expected) {
    reached.push(await focused());
    if (kinds[place] === "slider") {
      const value = (): Promise<string> => stops.nth(place).inputValue();
      const first = await value();
      // A slider at its end moves back.
      await keyboard.press("ArrowRight");
      if ((await value()) === first) await keyboard.press("ArrowLeft");
      expect(await value()).not.toBe(first);
    }
    if (kinds[place] === "cr-stage") await pressArrows(figure);
    if (kinds[place] === "summary") await keyboard.press("Enter");
    await keyboard.press("Tab");
  }
  expect(reached).toEqual(expected);
  expect(kinds.filter((kind) => kind === "cr-stage" || kind === "summary")).toEqual(["cr-stage", "summary"]);
  expect(await figure.locator("details > p").isVisible()).toBe(true);
  expect(await wordsOf(figure)).toMatch(/\d/);
}
