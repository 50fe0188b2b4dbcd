/**
 * The controls of a live run: sliders for the learning rate and the momentum, buttons to pause, to make one step and to
 * stop, and a choice of the layer whose filters show. They stand above the panel, which is a picture among them while the run
 * goes on; at its end the panel alone takes their place. What nobody touches changes nothing.
 */
import {
  displaySymbol,
  metadataSymbol,
  type Displayable,
  type Figure,
  type MimeBundle,
  type MimeMetadata,
} from "../display/figure/figure.js";
import { toBase64 } from "../display/figure/base64.js";
import { sizeOfSvg } from "../display/figure/rasterize.js";
import { escapeXml } from "../display/figure/svg.js";
import { hasMomentum, type Optimizer } from "../optim/optimizer.js";
import { Dropdown } from "../widgets/choices.js";
import { meeting } from "../widgets/front-end.js";
import {
  Button,
  FloatLogSlider,
  FloatSlider,
  HBox,
  HTML,
  VBox,
  type AnySeenWidget,
} from "../widgets/kinds.js";
import { filterStacks, panel } from "./panel.js";
import type { HandChange, Run } from "./run.js";

/** The controls of a run; undefined where no front end listens that shows widgets. @param scheduled  whether a schedule sets the rates */
export function controlsOf(run: Run, optimizer: Optimizer, scheduled: boolean): Controls | undefined {
  return meeting()?.listens ? new Controls(run, optimizer, scheduled) : undefined;
}

/** The words beside a control are as wide as they are, and are not cut off. */
const WHOLE_WORDS = { descriptionWidth: "initial" };

/**
 * A slider moves on a grid, and a front end that makes one sends the grid's number beside its value, which no hand has
 * touched: 0.9000000000000001.
 */
const isNear = (moved: number, value: number): boolean => Math.abs(moved - value) <= 1e-7 * Math.abs(value);

/** The step of a slider from 0 on whose grid a value lies: a hundredth, or as small as it needs. */
function stepWith(value: number): number {
  const steps = [0.01, 0.001, 1e-4, 1e-5, 1e-6];
  return steps.find((step) => Math.abs(Math.round(value / step) * step - value) < 1e-9) ?? 1e-6;
}

/** What stands above the panel of a run, and what it asks of `fit`. */
export class Controls implements Displayable {
  readonly #run: Run;
  readonly #optimizer: Optimizer;
  readonly #sliders: readonly AnySeenWidget[];
  readonly #pause = new Button({ description: "Pause", icon: "pause" });
  readonly #step = new Button({ description: "One step", icon: "step-forward" });
  readonly #stop = new Button({ description: "Stop", icon: "stop" });
  readonly #layers: Dropdown<string> | undefined;
  /** The panel. A picture among the widgets would have no words. */
  readonly #panel = new HTML();
  readonly #rows: readonly HBox[];
  readonly #box: VBox;
  #isPaused = false;
  #isStopped = false;
  /** Steps that were asked for one by one and are not made yet. */
  #asked = 0;
  #wake: (() => void) | undefined;

  constructor(run: Run, optimizer: Optimizer, scheduled: boolean) {
    this.#run = run;
    this.#optimizer = optimizer;
    const sliders = [scheduled ? this.#factorSlider() : this.#rateSlider(), this.#momentumSlider()];
    this.#sliders = sliders.filter((slider) => slider !== undefined);
    const stacks = Object.keys(filterStacks(run.net));
    if (stacks.length > 1) {
      const value = run.filtersOf ?? stacks[0];
      this.#layers = new Dropdown({ options: stacks, value, description: "filters of", style: WHOLE_WORDS });
      this.#layers.onChoice((path) => {
        run.filtersOf = path;
        this.draw();
      });
    }
    this.#pause.onClick(() => this.#setPaused(!this.#isPaused));
    this.#step.onClick(() => {
      if (this.#isPaused) this.#asked++;
      else this.#setPaused(true);
      this.#wake?.();
    });
    this.#stop.onClick(() => {
      this.#isStopped = true;
      for (const button of [this.#pause, this.#step, this.#stop]) button.disabled = true;
      this.#wake?.();
    });
    const below = [this.#pause, this.#step, this.#stop, ...(this.#layers ? [this.#layers] : [])];
    const layout = { flexFlow: "row wrap" };
    this.#rows = [this.#sliders, below].map((children) => new HBox({ children, layout }));
    this.#box = new VBox({ children: [...this.#rows, this.#panel] });
  }

  /** Whether the run is to end after this step. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Whether the run is to wait after this step. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Draws the panel, and waits until the run goes on, makes one step, or is stopped, by a button or by a signal. */
  async wait(signals: readonly AbortSignal[]): Promise<void> {
    this.draw();
    const over = new AbortController();
    const wake = (): void => this.#wake?.();
    for (const signal of signals) signal.addEventListener("abort", wake, { signal: over.signal });
    const waits = (): boolean =>
      this.#isPaused && !this.#isStopped && this.#asked === 0 && !signals.some(({ aborted }) => aborted);
    while (waits()) await new Promise<void>((resolve) => (this.#wake = resolve));
    if (this.#asked > 0) this.#asked--;
    this.#wake = undefined;
    over.abort();
  }

  /** Draws the panel as it is now. */
  draw(): void {
    void this.#show(panel(this.#run, this.#isPaused ? "Paused." : ""));
  }

  /** Takes the controls away; the panel's last picture is shown by then. */
  close(): void {
    const layers = this.#layers ? [this.#layers] : [];
    const all = [this.#box, ...this.#rows, ...this.#sliders, this.#pause, this.#step, this.#stop, ...layers];
    for (const widget of [...all, this.#panel]) widget.closeWhole();
  }

  /** The controls, and for a viewer that has none the panel's picture and words. */
  async [displaySymbol](): Promise<MimeBundle> {
    // The controls open at once: what follows may have to wait for the first steps.
    const box = this.#box.bundle();
    const figure = panel(this.#run);
    await this.#show(figure);
    return { ...(await box), ...(await figure.bundle()) };
  }

  [metadataSymbol](): Promise<MimeMetadata> {
    return panel(this.#run).metadata();
  }

  toString(): string {
    return panel(this.#run).text;
  }

  async #show(figure: Figure): Promise<void> {
    const svg = await figure.svg();
    const { width, height } = sizeOfSvg(svg);
    const source = `data:image/svg+xml;base64,${toBase64(new TextEncoder().encode(svg))}`;
    // With its size, and drawn at once, so that nothing moves or flickers when the next one takes its place.
    this.#panel.value =
      `<img alt="${escapeXml(figure.alt)}" width="${width}" height="${height}" decoding="sync" ` +
      `style="max-width: 100%; height: auto" src="${source}">`;
  }

  #setPaused(paused: boolean): void {
    this.#isPaused = paused;
    this.#asked = 0;
    const [description, icon] = paused ? ["Go on", "play"] : ["Pause", "pause"];
    this.#pause.set({ description, icon });
    this.#wake?.();
  }

  #rateSlider(): FloatLogSlider | undefined {
    const optimizer = this.#optimizer;
    if (!(optimizer.lr > 0)) return undefined;
    return this.#powers("learning rate", optimizer.lr, (to) => {
      const from = optimizer.lr;
      if (to === from) return;
      optimizer.lr = to;
      this.#note({ name: "learning rate", from, to });
    });
  }

  #factorSlider(): FloatLogSlider {
    const changed = this.#run.changes.findLast(({ name }) => name === "rate factor");
    let factor = changed?.to ?? 1;
    return this.#powers("rate ×", factor, (to) => {
      const from = factor;
      if (to === from) return;
      factor = to;
      this.#note({ name: "rate factor", from, to });
    });
  }

  /** A slider from a hundredth of a value to its tenfold. */
  #powers(description: string, value: number, call: (value: number) => void): FloatLogSlider {
    const exponent = Math.log10(value);
    const range = { min: exponent - 2, max: exponent + 1, step: 0.05 };
    const slider = new FloatLogSlider({ ...range, value, description, style: WHOLE_WORDS });
    slider.observe("value", (moved) => call(isNear(moved, value) ? value : Number(moved.toPrecision(3))));
    return slider;
  }

  #momentumSlider(): FloatSlider | undefined {
    const optimizer = this.#optimizer;
    if (!hasMomentum(optimizer)) return undefined;
    const { momentum } = optimizer;
    const range = { min: 0, max: Math.max(0.99, momentum), step: stepWith(momentum) };
    const words = { description: "momentum", style: WHOLE_WORDS };
    const slider = new FloatSlider({ ...range, ...words, value: momentum });
    slider.observe("value", (moved) => {
      const from = optimizer.momentum;
      const to = isNear(moved, momentum) ? momentum : Number(moved.toFixed(6));
      if (to === from) return;
      optimizer.momentum = to;
      this.#note({ name: "momentum", from, to });
    });
    return slider;
  }

  /** Writes down a change. Several before one step are one. */
  #note({ name, from, to }: Omit<HandChange, "step">): void {
    const { changes, steps } = this.#run;
    const step = steps.length + 1;
    const last = changes.findLastIndex((change) => change.step === step && change.name === name);
    if (last < 0) changes.push({ step, name, from, to });
    else changes[last] = { ...changes[last], to };
  }
}
