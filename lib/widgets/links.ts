/** Links between values of two widgets that the front end keeps equal by itself, without the kernel. */
import { Widget } from "./widget.js";

const CONTROLS = { module: "@jupyter-widgets/controls", version: "2.0.0" };

/** A widget and the name of one of its values. */
export type WidgetValue<S extends object> = readonly [widget: Widget<S>, name: keyof S & string];

function link<A extends object, B extends object>(
  kind: "Link" | "DirectionalLink",
  [source, from]: WidgetValue<A>,
  [target, to]: WidgetValue<B>,
): Widget {
  const made = new Widget({
    name: kind,
    classes: { ...CONTROLS, model: `${kind}Model`, view: null },
    state: { source: [source, from], target: [target, to] },
  });
  // A link is never shown: it is there as soon as it is made.
  made.open();
  return made;
}

/** Keeps two values equal in the front end. @returns the link; `close()` ends it */
export function jslink<A extends object, B extends object>(
  source: WidgetValue<A>,
  target: WidgetValue<B>,
): Widget {
  return link("Link", source, target);
}

/** Lets one value follow another in the front end. @returns the link; `close()` ends it */
export function jsdlink<A extends object, B extends object>(
  source: WidgetValue<A>,
  target: WidgetValue<B>,
): Widget {
  return link("DirectionalLink", source, target);
}
