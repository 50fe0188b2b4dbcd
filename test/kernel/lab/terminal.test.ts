/** A terminal in Chromium, and the launcher's word where there is none. Pictures stay in build/lab/. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { withFrontEnd, withTool } from "../../support/shared.js";
import { needsBuild } from "../support/jupyter.js";
import { LabJourney } from "./lab-page.js";

const MINUTE = 60_000;

/** What the page offers to tests: JupyterLab's application, with the terminal in front. */
interface WithTerminal {
  readonly jupyterapp: {
    readonly shell: {
      readonly currentWidget: {
        readonly content: {
          readonly _term: {
            readonly buffer: {
              readonly active: {
                readonly length: number;
                getLine(row: number): { translateToString(trim: boolean): string };
              };
            };
          };
        };
      };
    };
  };
}

withFrontEnd("terminals", () => {
  withTool("chromium", "in a browser", ({ command }) => {
    let lab: LabJourney;
    beforeAll(async () => {
      needsBuild();
      lab = await LabJourney.start(command, { "notes.txt": "words\n" });
    });
    afterAll(() => lab?.stop());

    it("run a shell in the folder", { timeout: 2 * MINUTE }, async () => {
      const page = await lab.open();
      await page.page.locator(".jp-LauncherCard", { hasText: "Terminal" }).click();
      await page.page.locator(".jp-Terminal .xterm-screen").waitFor();
      await page.page.locator(".jp-Terminal").click();
      await page.page.keyboard.type("cat notes.txt; echo $((6 * 7))\n");
      const lines = () =>
        page.page.evaluate(() => {
          const { active } = (globalThis as unknown as WithTerminal).jupyterapp.shell.currentWidget.content
            ._term.buffer;
          return Array.from({ length: active.length }, (_, row) =>
            active.getLine(row).translateToString(true),
          );
        });
      await expect.poll(lines).toEqual(expect.arrayContaining(["words", "42"]));
      await page.picture("terminal-light");
      await page.menu("Settings", "Theme", "JupyterLab Dark$");
      await expect.poll(() => page.page.evaluate(() => document.body.dataset.jpThemeLight)).toBe("false");
      await page.page.waitForTimeout(500);
      await page.picture("terminal-dark");
      await page.menu("Settings", "Theme", "JupyterLab Light");
      page.hasNoComplaints();
      await page.page.close();
    });

    it("are named in the launcher where they are not installed", { timeout: 2 * MINUTE }, async () => {
      const page = await lab.open();
      await page.page.route("**/lab?*", async (route) => {
        const answer = await route.fetch();
        const body = (await answer.text())
          .replace('"terminalsAvailable":true', '"terminalsAvailable":false')
          .replace('"terminalsInstall":""', '"terminalsInstall":"npm install @lydell/node-pty"');
        await route.fulfill({ response: answer, body });
      });
      await page.page.goto(`${lab.address.href}&reset=`);
      await page.page.locator(".jp-LauncherCard", { hasText: "Terminal" }).click();
      await page.page.locator(".jp-Dialog", { hasText: "npm install @lydell/node-pty" }).waitFor();
      // Chromium lets a page that a test has changed open no WebSocket, and the page complains of that.
      await page.picture("terminal-not-installed");
      await page.page.close();
    });
  });
});
