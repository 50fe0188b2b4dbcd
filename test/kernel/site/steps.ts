/**
 * Steps of a journey through a browser, each with its own limit: one that does not end is named, with what the page shows and
 * which cells have no answer. A page that is loaded anew while it is asked never answers, so no question waits for ever.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../support/shared.js";

/** How a step looks at the page when it did not end. */
export type Look = () => Promise<unknown>;

/** Milliseconds that a page has to say what it shows. */
const PATIENCE = 10_000;

/** Milliseconds between two questions. */
const OFTEN = 300;

const LATE = Symbol("late");

/** In the page: where it is, what it shows, how its kernel is, and which cells of its notebook have no answer. */
export const LOOK = `(() => {
  const widget = globalThis.jupyterapp?.shell?.currentWidget;
  const kernel = widget?.context?.sessionContext?.session?.kernel;
  const cells = [...(widget?.content?.widgets ?? [])].filter(({ model }) => model.type === "code");
  const said = ({ model, inputArea }, i) => {
    const prompt = inputArea?.promptNode?.textContent?.trim() ?? "";
    const source = model.sharedModel.getSource();
    const isOpen = source.trim() !== "" && (model.executionCount === null || prompt.includes("*"));
    return isOpen ? [\`code cell \${i + 1} \${prompt} \${source.slice(0, 80)}\`] : [];
  };
  return {
    address: location.href,
    state: document.readyState,
    isIsolated: crossOriginIsolated,
    hasServiceWorker: Boolean(navigator.serviceWorker?.controller),
    kernel: kernel ? \`\${kernel.status}, \${kernel.connectionStatus}\` : "none",
    executionCounts: cells.map(({ model }) => model.executionCount),
    withoutAnswer: cells.flatMap(said),
    text: (document.body?.innerText ?? "").replace(/\\s+/g, " ").slice(0, 600),
  };
})()`;

/** Pictures of pages that a step did not end in. */
const PICTURES = join(projectRoot, "build/site");

let pictures = 0;

/**
 * What a page says of itself, beside the path of a picture of it, which stays in build/site/. One that stands still may give neither.
 * @param said what LOOK gave
 * @param taken the picture, as PNG
 */
export async function lookAt(said: Promise<unknown>, taken: Promise<Uint8Array>): Promise<unknown> {
  const kept = async (): Promise<string> => {
    const path = join(PICTURES, `stopped-${process.pid}-${++pictures}.png`);
    mkdirSync(PICTURES, { recursive: true });
    writeFileSync(path, await taken);
    return path;
  };
  const orWhyNot = async (work: Promise<unknown>): Promise<unknown> => {
    const found = await within(PATIENCE / 2, work).catch(String);
    if (found !== LATE) return found;
    work.catch(() => {});
    return "no answer";
  };
  const [page, picture] = await Promise.all([orWhyNot(said), orWhyNot(kept())]);
  return { page, picture };
}

/**
 * The result of a step.
 * @param limit in milliseconds
 * @throws Error that names the step and says what the page shows, when it does not end within its limit
 */
export async function step<T>(name: string, limit: number, work: Promise<T>, look: Look): Promise<T> {
  const first = await within(limit, work);
  if (first !== LATE) return first;
  work.catch(() => {});
  throw new Error(`${name} did not end within ${limit / 1000} s. ${await seen(look)}`);
}

/**
 * Waits until something holds in the page, which is asked again and again.
 * @throws Error as `step` does
 */
export async function until(
  name: string,
  limit: number,
  holds: () => Promise<unknown>,
  look: Look,
): Promise<void> {
  const end = performance.now() + limit;
  let failure = "";
  while (performance.now() < end) {
    const asked = holds();
    const answer = await within(PATIENCE, asked).catch((error: unknown) => {
      failure = ` It last failed with: ${String(error)}.`;
      return undefined;
    });
    if (answer === LATE) {
      asked.catch(() => {});
      failure = " It last gave no answer.";
    } else if (answer === true) return;
    await new Promise((resolve) => setTimeout(resolve, OFTEN));
  }
  throw new Error(`${name} was not so within ${limit / 1000} s.${failure} ${await seen(look)}`);
}

async function within<T>(limit: number, work: Promise<T>): Promise<T | typeof LATE> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<typeof LATE>((resolve) => (timer = setTimeout(resolve, limit, LATE)));
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function seen(look: Look): Promise<string> {
  try {
    const asked = look();
    const found = await within(PATIENCE, asked);
    if (found !== LATE) return `The page: ${JSON.stringify(found, undefined, 2)}`;
    asked.catch(() => {});
    return `The page does not say what it shows within ${PATIENCE / 1000} s.`;
  } catch (error) {
    return `The page cannot say what it shows: ${String(error)}`;
  }
}
