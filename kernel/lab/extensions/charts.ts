/**
 * Charts (Vega-Lite and Vega) in the page's theme and within its width. They are drawn by JupyterLab's own renderer, from a
 * specification that is made for the place (`kernel/charts`); the notebook keeps the one that it has.
 */
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import vega5, { RenderedVega, VEGA_MIME_TYPE } from "@jupyterlab/vega5-extension";
import type { ReadonlyJSONObject, ReadonlyPartialJSONObject } from "@lumino/coreutils";
import { darkSpec, type Spec } from "../../charts/dark.js";
import { fitSpec } from "../../charts/fit.js";
import "./charts.css";

/** How often a chart that is still too wide is made narrower. */
const TRIES = 3;

const drawn = new Set<ThemedVega>();

class ThemedVega extends RenderedVega {
  readonly #mimeType: string;
  #model: IRenderMime.IMimeModel | undefined;
  /** The specification without its numbers: a chart that is drawn anew while it grows keeps its width. */
  #shape: string | undefined;
  /** The width of the chart as its specification says it, once that is known. */
  #natural = 0;
  /** The room that it was last drawn for. */
  #room = 0;
  /** One drawing at a time, in order. */
  #turn: Promise<void> = Promise.resolve();
  readonly #watch = new ResizeObserver(() => this.#resized());

  constructor(options: IRenderMime.IRendererOptions) {
    super(options);
    this.#mimeType = options.mimeType;
    this.addClass("chainrule-chart");
    drawn.add(this);
    this.#watch.observe(this.node);
  }

  override renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const shape = shapeOf(model.data[this.#mimeType]);
    if (shape !== this.#shape) this.#natural = 0;
    this.#shape = shape;
    this.#model = model;
    return this.draw();
  }

  /** Draws what was given last, for the theme and the room of now. */
  draw(): Promise<void> {
    return (this.#turn = this.#turn.then(
      () => this.#draw(),
      () => this.#draw(),
    ));
  }

  override dispose(): void {
    drawn.delete(this);
    this.#watch.disconnect();
    super.dispose();
  }

  async #draw(): Promise<void> {
    const spec = this.#model?.data[this.#mimeType];
    if (this.isDisposed || typeof spec !== "object" || spec === null) return;
    const room = (this.#room = this.node.clientWidth);
    // It is not on the page yet, and is told when it has a size there; or the page is hidden for a moment, in which it takes a theme.
    if (room === 0) return void requestAnimationFrame(() => this.node.clientWidth > 0 && void this.draw());
    const themed = themedSpec(spec as Spec);
    if (this.#natural <= room) {
      await this.#show(themed);
      this.#natural = this.#width();
    }
    if (this.#mimeType === VEGA_MIME_TYPE || this.#natural <= room) return;
    let less = 0;
    for (let i = 0; i < TRIES; i++) {
      await this.#show(fitSpec(themed, { width: room, drawn: this.#natural, less }));
      const over = this.#width() - room;
      if (over <= 0) return;
      less += over;
    }
  }

  #show(spec: Spec): Promise<void> {
    const { data, metadata, trusted, setData } = this.#model!;
    return super.renderModel({
      // The picture that others see is the kernel's, on white; without one the renderer would save its own.
      data: { "image/png": "none", ...data, [this.#mimeType]: spec as ReadonlyJSONObject },
      metadata: { ...metadata } as ReadonlyPartialJSONObject,
      trusted,
      setData,
    });
  }

  #width(): number {
    return this.node.querySelector("canvas, svg")?.getBoundingClientRect().width ?? 0;
  }

  #resized(): void {
    const room = this.node.clientWidth;
    if (room === 0 || room === this.#room) return;
    // A chart that had room enough, and has it still, stays.
    const stays = this.#natural > 0 && Math.min(this.#room, room) >= this.#natural;
    if (stays) this.#room = room;
    else void this.draw();
  }
}

function shapeOf(spec: unknown): string | undefined {
  return JSON.stringify(spec, (key, value: unknown) =>
    key === "data" || key === "datasets" || key === "title" ? undefined : value,
  );
}

function themedSpec(spec: Spec): Spec {
  if (document.body.dataset.jpThemeLight !== "false") return spec;
  return darkSpec(
    spec,
    getComputedStyle(document.body).getPropertyValue("--jp-layout-color0").trim() || undefined,
  );
}

function drawAgain(): void {
  for (const chart of drawn) void chart.draw();
}

// The theme manager says so here, when the theme's style sheet is there.
new MutationObserver(drawAgain).observe(document.body, {
  attributeFilter: ["data-jp-theme-light", "data-jp-theme-name"],
});

/** In the place of JupyterLab's extension, for the same types. */
const extension: IRenderMime.IExtension = {
  ...(vega5 as IRenderMime.IExtension),
  id: "chainrule:charts",
  description: "Draws charts in the page's theme and within its width.",
  rendererFactory: {
    ...(vega5 as IRenderMime.IExtension).rendererFactory,
    createRenderer: (options) => new ThemedVega(options),
  },
};

export default extension;
