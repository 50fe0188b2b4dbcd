/**
 * The page on which a person marks, in Chromium, by the keyboard alone: a rubric that counts, comments given again, names
 * hidden, an answer that would break the page and cannot; what was given is in the files when the command ends.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { Answers, hashOf } from "../../../../kernel/grade/by-hand/answers.js";
import { HandMarks } from "../../../../kernel/grade/by-hand/marks.js";
import type { ManualAnswer } from "../../../../kernel/grade/plan.js";
import { readTable } from "../../../../kernel/grade/class/table.js";
import { launchChromium } from "../../../support/chromium.js";
import { projectRoot, withTool } from "../../../support/shared.js";
import { smallAssignment, withExplanation } from "../../../support/small-assignment.js";
import { needsBuild } from "../../support/jupyter.js";

const answer = (text: string): ManualAnswer => ({
  ...{ id: "explain", points: 4, text, answered: true },
  cell: { cell_type: "markdown", id: "e", metadata: {}, source: text },
});
const said = {
  "Hopper, Grace": "By the rule of sums: $(x + x)' = 1 + 1 = 2$.",
  "Lovelace, Ada": "The slope is the same everywhere.",
  // It would end the card, hide the others, take the keys and ask for a password.
  "Mallory, Eve": `</div></article><style>article { display: none }</style><form action="/"><input autofocus name="password"></form>
<script>parent.document.title = "taken"</script><img src="x" onerror="parent.document.title = 'taken'">`,
  "Turing, Alan": "I do not know.",
};

withTool("chromium", "the review page", ({ command }) => {
  needsBuild();
  const folder = mkdtempSync(join(tmpdir(), "chainrule-review-"));
  let browser: Browser;
  let server: ChildProcess | undefined;
  beforeAll(async () => {
    const answers = new Answers(folder, "small");
    answers.ask("small", withExplanation(smallAssignment));
    Object.entries(said).forEach(([name, text], i) => answers.put(`student-${i}`, name, [answer(text)]));
    browser = await launchChromium(command);
  });
  afterEach(() => server?.kill("SIGKILL"));
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  async function open(...flags: string[]): Promise<Page> {
    const cli = join(projectRoot, "dist", "kernel", "cli.js");
    const parts = [cli, "grade", "--review", "--no-browser", "--out", folder, ...flags];
    server = spawn(process.execPath, parts, { stdio: ["ignore", "pipe", "inherit"] });
    const address = await new Promise<string>((resolve) => {
      let text = "";
      server!.stdout!.setEncoding("utf8").on("data", (more: string) => {
        text += more;
        if (text.includes("\n")) resolve(text.trim());
      });
    });
    const page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
    await page.goto(address);
    await page.waitForSelector("article output");
    await holds(page, 'document.activeElement?.matches("article")');
    return page;
  }
  /** Waits until it holds in the page, whose policy lets no text become code but what a debugger evaluates. */
  const holds = (page: Page, what: string) => expect.poll(() => page.evaluate(what)).toBe(true);
  /** When everything that was given has been kept. */
  const saved = (page: Page) => holds(page, 'document.getElementById("status").dataset.waiting === "0"');
  const end = async () => {
    const closed = new Promise((resolve) => server!.once("exit", resolve));
    server!.kill("SIGTERM");
    return closed;
  };
  const points = (page: Page) => page.locator("article output").allTextContents();

  it("marks by the keyboard, with a rubric and comments that are given again", async () => {
    const page = await open();
    expect(await page.locator("article h3 span").allTextContents()).toEqual(Object.keys(said));
    expect(await points(page)).toEqual(["– of 4", "– of 4", "– of 4", "– of 4"]);
    // Two items of a rubric: the part starts from all its points.
    await page.keyboard.press("a");
    for (const [text, worth] of [
      ["No rule is named", "-2"],
      ["No derivation", "-1.5"],
    ]) {
      await page.keyboard.type(text);
      await page.keyboard.press("Tab");
      await page.keyboard.type(worth);
      await page.keyboard.press("Tab");
      await holds(page, `document.activeElement !== null && !document.activeElement.matches("input.worth")`);
      await page.locator("#new-item").focus();
    }
    await page.keyboard.press("Escape");
    await page.keyboard.press("f");
    await page.keyboard.press("j");
    await page.keyboard.press("1");
    await page.keyboard.press("2");
    await page.keyboard.press("c");
    await page.keyboard.type("Which rule?");
    await page.keyboard.press("Escape");
    expect(await points(page)).toEqual(["4 of 4", "0.5 of 4", "– of 4", "– of 4"]);
    await page.keyboard.press("n");
    await page.keyboard.press("0");
    await page.keyboard.press("j");
    await page.keyboard.press("2");
    await page.keyboard.press("c");
    await page.keyboard.press("Alt+1");
    await page.keyboard.press("Escape");
    await page.keyboard.press("p");
    await page.keyboard.type("1.5");
    await page.keyboard.press("Enter");
    expect(await points(page)).toEqual(["4 of 4", "0.5 of 4", "0 of 4", "1.5 of 4"]);
    expect(await page.locator("nav .left").textContent()).toBe("4 of 4");
    // More than the part has is refused, and said.
    await page.keyboard.press("p");
    await page.keyboard.type("5");
    await page.keyboard.press("Enter");
    expect(await page.locator("#status").textContent()).toContain('"5" is no number from 0 to 4');
    await saved(page);
    mkdirSync(join(projectRoot, "build"), { recursive: true });
    await page.screenshot({ path: join(projectRoot, "build", "review.png") });

    // What a student wrote neither ran nor left its frame.
    expect(await page.title()).toBe("explain · marking by hand");
    expect(await page.locator("article").count()).toBe(4);
    expect(await page.locator("article").nth(3).isVisible()).toBe(true);
    const frame = page.frameLocator("article iframe").nth(0);
    expect(await frame.locator(".katex").count()).toBeGreaterThan(0);

    await page.reload();
    expect(await points(page)).toEqual(["4 of 4", "0.5 of 4", "0 of 4", "1.5 of 4"]);
    // Less is taken off: whoever has the item gets more at once.
    const worth = page.getByLabel("Points of item 1");
    await worth.fill("-1");
    await worth.blur();
    expect(await points(page)).toEqual(["4 of 4", "1.5 of 4", "0 of 4", "1.5 of 4"]);
    await saved(page);
    await page.close();
    await end();

    const marks = new HandMarks(folder, "small");
    expect(marks.rubricOf("explain").map(({ text, points }) => [text, points])).toEqual([
      ["No rule is named", -1],
      ["No derivation", -1.5],
    ]);
    const given = Object.values(said).map((text, i) =>
      marks.given("explain", 4, `student-${i}`, hashOf(answer(text))),
    );
    expect(given.map((one) => one?.points)).toEqual([4, 1.5, 0, 1.5]);
    expect(given.map((one) => one?.comment)).toEqual(["", "Which rule?", "", "Which rule?"]);
    const { rows } = readTable("by-hand.csv", readFileSync(join(folder, "by-hand.csv"), "utf8"));
    expect(rows.map((row) => [row.id, row.points, row.comment])).toEqual([
      ["student-0", "4", ""],
      ["student-1", "1.5", "Which rule?"],
      ["student-2", "0", ""],
      ["student-3", "1.5", "Which rule?"],
    ]);
  });

  it("hides whose answers are whose", async () => {
    const page = await open("--anonymous");
    const html = await page.content();
    for (const name of ["Hopper", "Lovelace", "Mallory", "Turing", "student-"])
      expect(html).not.toContain(name);
    expect(await page.locator("article h3 span").allTextContents()).toEqual([
      "Answer 1",
      "Answer 2",
      "Answer 3",
      "Answer 4",
    ]);
    await page.close();
  });

  it("answers nobody without the token, and refuses what is no mark", async () => {
    const page = await open();
    const { origin } = new URL(page.url());
    for (const path of ["/answer", "/review.js", "/api/mark"])
      expect((await fetch(origin + path)).status).toBe(403);
    expect((await fetch(origin)).status).toBe(403);
    const key = await page.locator("article").first().getAttribute("data-key");
    const put = (place: string, body: object) =>
      page.evaluate(
        async ({ place, body }) => {
          const answer = await fetch(place, { method: "PUT", body: JSON.stringify(body) });
          return `${answer.status} ${await answer.text()}`;
        },
        { place, body: { assignment: "small", part: "explain", key, ...body } },
      );
    expect(await put("api/mark", { mark: { own: 4.5 } })).toMatch(/^400 .*from 0 to 4/);
    expect(await put("api/mark", { mark: { items: [1] } })).toMatch(/^400/);
    expect(await put("api/mark", { key: "nobody", mark: { own: 1 } })).toMatch(/^404/);
    expect(await put("api/mark", { part: "other", mark: { own: 1 } })).toMatch(/^404/);
    expect(await put("api/rubric", { items: [{ id: "a", text: " ", points: 1 }] })).toMatch(/^400/);
    expect(await put("api/rubric", { items: [{ id: "a", text: "b", points: "1" }] })).toMatch(/^400/);
    await page.close();
  });
});
