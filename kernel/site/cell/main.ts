/**
 * The page `cell/`: one live cell, in a frame of somebody's page. Its code stands in the address. Nothing runs before the
 * reader asks for it: anybody can write an address, and what a cell runs may read what this website keeps in the browser.
 * Until then the page is an editor; the kernel is fetched when the reader begins to write, or runs the cell.
 */
import { openEditor } from "./editor.js";
import type { Complete } from "./editor.js";
import { givenBy } from "./given.js";
import type { CellOutputs } from "./outputs.js";
import type { SharedKernel, Run } from "./shared-kernel.js";

/** What the page says of its website, as far as this script uses it. */
interface Site {
  readonly base: string;
  readonly settings?: Readonly<Record<string, string>>;
  readonly declarations?: Readonly<Record<string, string>>;
  readonly search?: string;
}

function part<T extends HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no element ${id}.`);
  return found as T;
}

const run = part<HTMLButtonElement>("run");
const stop = part<HTMLButtonElement>("stop");
const restart = part<HTMLButtonElement>("restart");
const status = part("status");
const say = (words: string): void => void (status.textContent = words);

const { code, theme } = givenBy(location);
if (theme) document.documentElement.dataset["theme"] = theme;
const isDark = theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;

const given = JSON.parse(part("chainrule-site").textContent ?? "") as Site;
const site = { ...given, base: new URL(given.base, location.href).href };
const surroundings = {
  settings: {
    ...site.settings,
    ...(site.search !== undefined && { CHAINRULE_SEARCH_WORKER: new URL(site.search, site.base).href }),
  },
  declarations: site.declarations ?? {},
};
Object.assign(globalThis, { chainruleSite: site, chainruleCell: { base: site.base } });

interface Parts {
  readonly kernel: () => SharedKernel;
  readonly there: () => SharedKernel | undefined;
  readonly outputs: CellOutputs;
}

let loaded: Promise<Parts> | undefined;

/** What runs cells and shows outputs: fetched at first use. */
function parts(): Promise<Parts> {
  return (loaded ??= Promise.all([import("./shared-kernel.js"), import("./outputs.js")]).then(
    ([{ kernelOfPage, kernelThere }, { CellOutputs }]) => ({
      kernel: () => kernelOfPage(surroundings),
      there: kernelThere,
      outputs: new CellOutputs(part("outputs")),
    }),
    (error: unknown) => {
      loaded = undefined;
      throw error;
    },
  ));
}

/** The last run; its cell may print later. */
let last: Run | undefined;

async function runCell(): Promise<void> {
  if (run.disabled) return;
  run.disabled = true;
  stop.hidden = false;
  say("Fetching the kernel …");
  try {
    const { kernel, there, outputs } = await parts();
    say(there() ? "Waiting for another cell …" : "Starting the kernel …");
    last?.leave();
    outputs.begin();
    last = kernel().run(codeNow(), (message) => {
      if (message.header.msg_type === "execute_input") say("Running …");
      outputs.hear(message);
    });
    restart.hidden = false;
    await last.done;
    say("");
  } catch (error) {
    say(`The kernel could not be fetched: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    run.disabled = false;
    stop.hidden = true;
  }
}

const complete: Complete = async (text, at) => {
  const { kernel } = await parts();
  // The protocol counts Unicode code points.
  const points = [...text];
  const units = (count: number): number => points.slice(0, count).join("").length;
  const { matches, start, end } = await kernel().complete(text, [...text.slice(0, at)].length);
  return { matches, start: units(start), end: units(end) };
};

const codeNow = openEditor({ parent: part("editor"), code, isDark, run: () => void runCell(), complete });

run.addEventListener("click", () => void runCell());
stop.addEventListener("click", () => void parts().then(({ there }) => there()?.interrupt()));
restart.addEventListener("click", () => {
  void parts().then(({ there }) => {
    there()?.restart();
    say("The variables of all cells of this page are gone.");
  });
});

new ResizeObserver(() => {
  const { height } = document.body.getBoundingClientRect();
  // Whoever shows the frame may know how high it is.
  parent.postMessage({ chainruleCell: { height } }, "*");
}).observe(document.body);
