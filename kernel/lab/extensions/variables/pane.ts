/**
 * The pane of variables: a table that is filtered and sorted, and below it the value of the one that was chosen, as a
 * cell would show it.
 */
import type { JupyterFrontEnd } from "@jupyterlab/application";
import type { IRenderMimeRegistry } from "@jupyterlab/rendermime";
import { closeIcon, pasteIcon } from "@jupyterlab/ui-components";
import { Panel, Widget } from "@lumino/widgets";
import { element } from "./element.js";
import type { Listing, Variable } from "./watched-kernel.js";
import { WatchedKernel } from "./watched-kernel.js";
import "./variables.css";

type Column = "name" | "type" | "size";

const COLUMNS: readonly (readonly [Column | undefined, string])[] = [
  ["name", "Name"],
  ["type", "Type"],
  [undefined, "Value"],
  ["size", "Size"],
];

const compare = new Intl.Collator("en", { numeric: true }).compare;

export class VariablesPane extends Panel {
  readonly #kernel: WatchedKernel;
  readonly #rendermime: IRenderMimeRegistry;
  readonly #filter = element("input", {
    type: "search",
    placeholder: "Filter by name or type",
    "aria-label": "Filter variables",
  });
  readonly #others = element("input", { type: "checkbox" });
  readonly #body = element("tbody", {});
  readonly #head = element("tr", {});
  readonly #status = element("p", { role: "status" });
  readonly #table: HTMLTableElement;
  readonly #details = new Panel();
  #listing: Listing = { none: "" };
  #sort: { readonly by: Column; readonly isDown: boolean } = { by: "name", isDown: false };
  #chosen: string | undefined;

  constructor(shell: JupyterFrontEnd.IShell, rendermime: IRenderMimeRegistry) {
    super();
    this.addClass("chainrule-Variables");
    this.#rendermime = rendermime;
    this.#head.append(...COLUMNS.map((column) => this.#heading(column)));
    this.#table = element("table", {}, element("thead", {}, this.#head), this.#body);
    const list = element(
      "div",
      {},
      element(
        "div",
        { class: "chainrule-Variables-bar" },
        this.#filter,
        element("label", {}, this.#others, " functions and imports"),
      ),
      this.#status,
      this.#table,
    );
    const top = new Widget({ node: list });
    top.addClass("chainrule-Variables-list");
    this.addWidget(top);
    this.#details.addClass("chainrule-Variables-value");
    this.#details.node.setAttribute("role", "region");
    this.#details.hide();
    this.addWidget(this.#details);
    this.#filter.addEventListener("input", () => this.#draw());
    this.#others.addEventListener("change", () => this.#draw());
    this.#kernel = new WatchedKernel(shell);
    this.#kernel.changed.connect((_, listing) => {
      this.#listing = listing;
      this.#draw();
      if (this.#chosen !== undefined) void this.#inspect(this.#chosen);
    });
    this.#draw();
  }

  /** The variables that the filter lets through, in order. */
  #shown(): Variable[] {
    if ("none" in this.#listing) return [];
    const wanted = this.#filter.value.trim().toLowerCase();
    const { by, isDown } = this.#sort;
    const order = (a: Variable, b: Variable): number => {
      if (by === "size") return sizeOf(a) - sizeOf(b) || compare(a.name, b.name);
      return compare(a[by], b[by]) || compare(a.name, b.name);
    };
    return this.#listing.variables
      .filter(({ kind }) => kind === "value" || this.#others.checked)
      .filter(({ name, type }) => `${name} ${type}`.toLowerCase().includes(wanted))
      .sort((a, b) => (isDown ? -order(a, b) : order(a, b)));
  }

  #draw(): void {
    this.#markSorted();
    const shown = this.#shown();
    const focused = this.#body.contains(document.activeElement)
      ? document.activeElement?.getAttribute("aria-label")
      : undefined;
    this.#body.replaceChildren(...shown.map((variable) => this.#row(variable)));
    if (focused) this.#body.querySelector<HTMLElement>(`[aria-label="${CSS.escape(focused)}"]`)?.focus();
    const note = "none" in this.#listing ? this.#listing.none : shown.length > 0 ? "" : this.#whyEmpty();
    if (this.#status.textContent !== note) this.#status.textContent = note;
    this.#status.hidden = note === "";
    this.#table.hidden = shown.length === 0;
  }

  #whyEmpty(): string {
    const isEmpty = "variables" in this.#listing && this.#listing.variables.length === 0;
    return isEmpty ? "No cell has declared a variable yet." : "No variable fits.";
  }

  #heading([column, title]: (typeof COLUMNS)[number]): HTMLElement {
    if (column === undefined) return element("th", { scope: "col" }, title);
    const button = element("button", { type: "button", title: `Sort by ${title.toLowerCase()}` }, title);
    button.append(element("span", { "aria-hidden": "true" }));
    button.addEventListener("click", () => {
      const { by, isDown } = this.#sort;
      this.#sort = { by: column, isDown: by === column && !isDown };
      this.#draw();
    });
    return element("th", { scope: "col" }, button);
  }

  /** Says on the headings what the rows are sorted by. */
  #markSorted(): void {
    const { by, isDown } = this.#sort;
    for (const [i, [column]] of COLUMNS.entries()) {
      const heading = this.#head.children[i];
      const mark = heading?.querySelector("span");
      if (!heading || !mark) continue;
      const isSorted = column === by;
      heading.setAttribute("aria-sort", isSorted ? (isDown ? "descending" : "ascending") : "none");
      mark.textContent = isSorted ? (isDown ? " ▾" : " ▴") : "";
    }
  }

  #row(variable: Variable): HTMLElement {
    const { name, type } = variable;
    const show = element(
      "button",
      {
        type: "button",
        class: "chainrule-Variables-name",
        "aria-label": `Show ${name}`,
        title: `Show ${name}`,
      },
      name,
    );
    show.addEventListener("click", () => void this.#inspect(name));
    const insert = element("button", {
      type: "button",
      class: "chainrule-Variables-insert",
      "aria-label": `Insert ${name} at the cursor`,
      title: `Insert ${name} at the cursor`,
    });
    pasteIcon.element({ container: insert, height: "14px", width: "14px" });
    insert.addEventListener("click", () => this.#kernel.insert(name));
    return element(
      "tr",
      { ...(name === this.#chosen && { class: "chainrule-mod-chosen" }) },
      element("th", { scope: "row" }, element("div", {}, show, insert)),
      element("td", { title: type }, element("code", {}, type)),
      element("td", { title: variable.text, class: "chainrule-Variables-text" }, ...valueOf(variable)),
      element("td", { class: "chainrule-Variables-size" }, sizeText(variable)),
    );
  }

  /** Shows a value below the table. */
  async #inspect(name: string): Promise<void> {
    const known = "variables" in this.#listing && this.#listing.variables.find((one) => one.name === name);
    this.#chosen = known ? name : undefined;
    this.#draw();
    if (!known) return this.#close();
    let content: Widget;
    try {
      const { data, metadata } = await this.#kernel.valueOf(name);
      const type = this.#rendermime.preferredMimeType(data, "any") ?? "text/plain";
      const renderer = this.#rendermime.createRenderer(type);
      await renderer.renderModel(this.#rendermime.createModel({ data, metadata, trusted: true }));
      content = renderer;
    } catch (error) {
      content = new Widget({
        node: element("p", {}, error instanceof Error ? error.message : String(error)),
      });
    }
    // Another one was chosen in the meantime.
    if (this.#chosen !== name) return content.dispose();
    this.#empty();
    const close = element("button", {
      type: "button",
      "aria-label": "Close the value",
      title: "Close the value",
    });
    closeIcon.element({ container: close, height: "16px", width: "16px" });
    close.addEventListener("click", () => {
      this.#chosen = undefined;
      this.#close();
      this.#draw();
    });
    const title = element("header", {}, element("code", {}, `${name}: ${known.type}`), close);
    this.#details.addWidget(new Widget({ node: title }));
    this.#details.addWidget(content);
    this.#details.node.setAttribute("aria-label", `The value of ${name}`);
    this.#details.show();
  }

  #empty(): void {
    for (const widget of [...this.#details.widgets]) widget.dispose();
  }

  #close(): void {
    this.#empty();
    this.#details.hide();
  }
}

/** A tensor as its picture and extents, another value as its text. */
function valueOf({ text, shape, thumbnail, type }: Variable): (Node | string)[] {
  if (!shape) return [text];
  const extents = element("span", {}, shape.length > 0 ? shape.join("×") : text);
  return thumbnail ? [picture(thumbnail, type), extents] : [extents];
}

function picture({ width, height, grey }: NonNullable<Variable["thumbnail"]>, type: string): HTMLElement {
  const canvas = element("canvas", { width: String(width), height: String(height), role: "img" });
  canvas.setAttribute("aria-label", `The numbers of the ${type} as grey pixels`);
  // A row of numbers is drawn as a band.
  canvas.style.height = height === 1 ? "10px" : "";
  const context = canvas.getContext("2d");
  const pixels = Uint8ClampedArray.from(atob(grey), (one) => one.charCodeAt(0));
  const image = context?.createImageData(width, height);
  if (!context || !image) return canvas;
  for (let i = 0; i < pixels.length; i++) image.data.set([pixels[i]!, pixels[i]!, pixels[i]!, 255], 4 * i);
  context.putImageData(image, 0, 0);
  return canvas;
}

function sizeOf({ bytes, length }: Variable): number {
  return bytes ?? length ?? -1;
}

function sizeText({ bytes, length, type }: Variable): string {
  if (bytes !== undefined) return bytesText(bytes);
  if (length === undefined) return "";
  const isText = type === "string" || type.startsWith('"');
  return isText ? `${length} chars` : `${length} ${length === 1 ? "item" : "items"}`;
}

function bytesText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB"];
  let [value, unit] = [bytes, 0];
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1000;
  return `${unit === 0 || value >= 100 ? Math.round(value) : Number(value.toPrecision(2))} ${units[unit]}`;
}
