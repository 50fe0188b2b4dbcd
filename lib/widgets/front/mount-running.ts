/** Puts a figure into a page that goes on by itself while its state says "running": a step a frame, as fast as the page draws. */
import type { FigureKind } from "../figures/figure-kind.js";
import { mount, type Model } from "./mount.js";

/** The renderer of a figure that runs; `tick` says what changes in a frame, and undefined that it rests. */
export function mountRunning<S extends object>(
  figure: FigureKind<S>,
  tick: (state: S) => Partial<S> | undefined,
) {
  const render = mount(figure);
  return (parts: { model: Model; el: HTMLElement }): (() => void) => {
    const { model, el } = parts;
    const end = render(parts);
    const names = Object.keys(figure.state) as (keyof S & string)[];
    const words = el.querySelector(".cr-words");
    let frame = 0;
    const next = (): void => {
      frame = 0;
      const state = Object.fromEntries(
        names.map((name) => [name, model.get(name) ?? figure.state[name]]),
      ) as S;
      const changes = el.isConnected ? tick(state) : undefined;
      // Words that change at each frame are not read aloud; the last ones are.
      words?.setAttribute("aria-live", changes ? "off" : "polite");
      if (!changes) return;
      for (const [name, value] of Object.entries(changes)) model.set(name, value);
      frame ||= requestAnimationFrame(next);
      // The kernel hears of the end of a run.
      if ("running" in changes && changes.running === false) model.save_changes();
    };
    const wake = (): void => void (frame ||= requestAnimationFrame(next));
    model.on("change:running", wake);
    wake();
    return () => {
      cancelAnimationFrame(frame);
      model.off("change:running", wake);
      end();
    };
  };
}
