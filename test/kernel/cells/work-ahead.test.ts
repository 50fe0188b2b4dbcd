/** When a session that has nothing to do has the compiler work ahead: such work keeps a cell waiting. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { Session } from "../../../kernel/cells/session.js";
import { startLanguage } from "../../../kernel/language/client.js";
import type { Language } from "../../../kernel/language/language.js";
import { needsBuild } from "../support/jupyter.js";

beforeAll(needsBuild);
const folder = mkdtempSync(path.join(tmpdir(), "chainrule-session-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** How often the compiler was asked to work ahead, a tenth of a second after a cell. */
async function worksAhead(patience?: number): Promise<number> {
  const prepare = vi.fn<Language["prepare"]>(() => Promise.resolve());
  const language = Object.assign(Object.create(startLanguage(folder)) as Language, { prepare });
  const nothing = (): void => {};
  const output = { stream: nothing, display: nothing, clear: nothing, error: nothing };
  // Before the cells' own takes its place.
  const { setTimeout } = globalThis;
  const session = await Session.start({ cwd: folder, output, language, patience });
  await session.execute("1", { cell: 1 });
  // The session's timer was started before this one, however busy the machine is.
  await new Promise((resolve) => setTimeout(resolve, 150));
  const times = prepare.mock.calls.length;
  await session.close();
  return times;
}

it("does so in the first idle moment, unless it was told to be patient", async () => {
  expect(await worksAhead()).toBe(1);
  expect(await worksAhead(3_600_000)).toBe(0);
});
