/**
 * Draws a specification of Vega or Vega-Lite as SVG, for the front ends that do not draw it themselves. No file and no
 * address is read for it: the specification may be somebody else's.
 */
import type { Spec } from "vega";
import type { TopLevelSpec } from "vega-lite";

/** Milliseconds that a drawing may take beyond what it computes at one go. */
const LONGEST_TIME = 5_000;

/** The picture; undefined when the specification reads data from elsewhere, is wrong, or takes too long. */
export async function chartPicture(kind: string, spec: object): Promise<string | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), LONGEST_TIME);
  });
  try {
    return await Promise.race([draw(kind, spec), late]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

/** The global functions, before the cells' own timers replace them. */
const setTimeout = globalThis.setTimeout.bind(globalThis);
const clearTimeout = globalThis.clearTimeout.bind(globalThis);

async function draw(kind: string, spec: object): Promise<string | undefined> {
  // Loaded when first needed, because loading Vega takes a third of a second.
  const [vega, vegaLite] = await Promise.all([import("vega"), import("vega-lite")]);
  const own = { background: "white", padding: 8, ...(JSON.parse(JSON.stringify(spec)) as object) };
  const quiet = { logger: vega.logger(vega.None) };
  const compiled =
    kind === "vega-lite" ? vegaLite.compile(own as unknown as TopLevelSpec, quiet).spec : (own as Spec);
  let asked = false;
  const loader = vega.loader();
  loader.load = () => {
    asked = true;
    return Promise.reject(new Error("No data is read for a picture."));
  };
  const view = new vega.View(vega.parse(compiled), { renderer: "none", logLevel: vega.None, loader });
  try {
    const picture = await view.toSVG();
    return asked ? undefined : picture;
  } finally {
    view.finalize();
  }
}
