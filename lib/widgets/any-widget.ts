/**
 * A widget with a front end of one's own: a JavaScript module whose default export has `render({ model, el })`, by the
 * convention of anywidget (https://anywidget.dev). It works wherever anywidget's front end is installed, and in
 * `chainrule lab`, which brings it.
 */
import { SeenWidget, type LookOptions, type SeenState } from "./kinds.js";

/** What a widget of one's own is made of. */
export interface AnyWidgetParts<S extends object> extends LookOptions {
  /** Its name in words. */
  readonly name?: string;
  /** The JavaScript module: `export default { render({ model, el }) { … } }`. */
  readonly module: string;
  /** A style sheet. */
  readonly css?: string;
  /** The state that both sides know: JSON values and bytes. */
  readonly state: S;
}

/** A widget whose front end is a module of one's own. */
export class AnyWidget<S extends object = Record<string, unknown>> extends SeenWidget<S & SeenState> {
  constructor({ name = "AnyWidget", module, css, state, ...looks }: AnyWidgetParts<S>) {
    const whole = { tooltip: null, tabbable: null, ...state } as S & SeenState;
    const front = {
      _esm: module,
      _anywidget_id: `chainrule.${name}`,
      ...(css !== undefined && { _css: css }),
    };
    const version = "*";
    super(
      {
        name,
        classes: { module: "anywidget", version, model: "AnyModel", view: "AnyView" },
        namesAsGiven: true,
        state: { ...whole, ...front },
      },
      looks as never,
    );
  }
}
