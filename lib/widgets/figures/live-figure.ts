/** A figure in a notebook: it answers the hand in a front end, with or without a kernel; elsewhere it is a still picture. */
import { Figure, metadataSymbol, type MimeBundle, type MimeMetadata } from "../../display/figure/figure.js";
import { card, text, wrapText } from "../../display/figure/svg.js";
import { ValueError } from "../../array/errors.js";
import { AnyWidget } from "../any-widget.js";
import type { SeenState } from "../kinds.js";
import { LIGHT, type FigureKind } from "./figure-kind.js";

/** The width of the drawing in a still picture, in CSS pixels. */
const WIDTH = 688;

/** A figure that answers: its values are those of the controls. */
export class LiveFigure<S extends object> extends AnyWidget<S> {
  readonly #kind: FigureKind<S>;

  /**
   * @param module the figure's code for a page
   * @param given values of the state that differ from the figure's own
   * @throws ValueError for a name that the state has not
   */
  constructor(kind: FigureKind<S>, module: string, given: Partial<S> = {}) {
    const unknown = Object.keys(given).find((name) => !(name in kind.state));
    if (unknown !== undefined)
      throw new ValueError(
        `${kind.name}: it has no "${unknown}"; it has ${Object.keys(kind.state).join(", ")}.`,
      );
    super({ name: kind.name, module, state: { ...kind.state, ...given } });
    this.#kind = kind;
  }

  /** The values of the controls now. */
  get state(): S {
    const names = Object.keys(this.#kind.state) as (keyof S & string)[];
    return Object.fromEntries(
      names.map((name) => [name, this.get(name as keyof (S & SeenState) & string)]),
    ) as S;
  }

  /** The picture of the state of now, for pages and print. */
  still(): Figure {
    const { title, task, draw, words } = this.#kind;
    const { state } = this;
    const said = words(state);
    const { body, height } = draw(state, { width: WIDTH, palette: LIGHT });
    const lines = wrapText(said, WIDTH, 13);
    const hints = wrapText(task, WIDTH, 12);
    const top = 34 + hints.length * 16;
    const whole = [
      text(16, 28, title, { size: 15, bold: true, fill: LIGHT.text }),
      ...hints.map((line, i) => text(16, 46 + i * 16, line, { fill: LIGHT.muted })),
      `<g transform="translate(16 ${top})">${body}</g>`,
      ...lines.map((line, i) => text(16, top + height + 18 + i * 18, line, { size: 13, fill: LIGHT.text })),
    ];
    const alt = `${title}. ${said}`;
    return new Figure({
      alt,
      text: alt,
      svg: card({ width: WIDTH + 32, height: top + height + 16 + lines.length * 18 + 10, alt }, whole),
    });
  }

  override toString(): string {
    return `${this.#kind.title}. ${this.#kind.words(this.state)}`;
  }

  override async bundle(): Promise<MimeBundle> {
    return { ...(await this.still().bundle()), ...(await super.bundle()) };
  }

  /** The picture's size and its words. */
  override [metadataSymbol](): Promise<MimeMetadata> {
    return this.still().metadata();
  }
}
