/** What a cell shows, drawn as on exported pages. No script of an output runs: the page's content policy forbids it. */
import { OutputCollector } from "../../notebook/outputs.js";
import { renderOutput } from "../../notebook/mime.js";
import type { RenderMarkdown } from "../../notebook/mime.js";
import type { CodeCell } from "../../notebook/format.js";
import type { StreamName } from "../../cells/output.js";
import type { Json, Message } from "../../jupyter/protocol.js";

/** The name of the one cell, for the collector. */
const CELL = "cell";

export class CellOutputs {
  readonly #root: HTMLElement;
  readonly #cell: CodeCell = {
    cell_type: "code",
    id: CELL,
    metadata: {},
    source: "",
    execution_count: null,
    outputs: [],
  };
  #collector = new OutputCollector();
  #markdown: RenderMarkdown | undefined;
  /** The HTML of each output that is shown. */
  #shown: string[] = [];
  #isComing = false;

  constructor(root: HTMLElement) {
    this.#root = root;
  }

  /** Forgets the run before. */
  begin(): void {
    this.#cell.outputs.length = 0;
    this.#collector = new OutputCollector();
    this.#collector.begin(CELL, this.#cell);
    this.#later();
  }

  hear({ header, content }: Message): void {
    const take = TAKERS[header.msg_type];
    if (!take) return;
    take(this.#collector, content);
    this.#later();
  }

  /** Draws once for all that came before the page is drawn again. */
  #later(): void {
    if (this.#isComing) return;
    this.#isComing = true;
    requestAnimationFrame(() => {
      this.#isComing = false;
      void this.#draw();
    });
  }

  async #draw(): Promise<void> {
    const { outputs } = this.#cell;
    const isText = outputs.some((output) => "data" in output && "text/markdown" in output.data);
    if (isText) this.#markdown ??= (await import("./markdown.js")).markdown;
    const html = outputs
      .map((output) => renderOutput(output, this.#markdown ?? ((source) => source)))
      .filter((one) => one !== "");
    html.forEach((one, i) => {
      if (this.#shown[i] === one) return;
      const place = this.#root.children[i] ?? this.#root.appendChild(document.createElement("div"));
      place.className = "output";
      put(place, one);
    });
    while (this.#root.children.length > html.length) this.#root.lastElementChild!.remove();
    this.#shown = html;
  }
}

/** A picture that takes the place of one stays until its successor can be drawn: so a live panel does not flicker. */
function put(place: Element, html: string): void {
  const template = document.createElement("template");
  template.innerHTML = html;
  const [old, fresh] = [place, template.content].map((one) =>
    one.childNodes.length === 1 && one.firstElementChild?.localName === "img" ? one.firstElementChild : null,
  );
  if (old && fresh) for (const { name, value } of fresh.attributes) old.setAttribute(name, value);
  else place.replaceChildren(template.content);
}

type Take = (to: OutputCollector, content: Json) => void;

const bundleOf = ({ data, metadata }: Json) => ({ data: data as Json, metadata: metadata as Json });

const displayOf = (content: Json) => {
  const id = (content["transient"] as Json | undefined)?.["display_id"];
  return { ...bundleOf(content), update: false, ...(typeof id === "string" && { displayId: id }) };
};

/** What each type of message does. */
const TAKERS: Readonly<Record<string, Take>> = {
  stream: (to, { name, text }) => to.stream(name as StreamName, String(text), CELL),
  display_data: (to, content) => to.display(displayOf(content), CELL),
  update_display_data: (to, content) => to.display({ ...displayOf(content), update: true }, CELL),
  execute_result: (to, content) =>
    to.result({ ...bundleOf(content), execution_count: Number(content["execution_count"]) }, CELL),
  clear_output: (to, { wait }) => to.clear(wait === true, CELL),
  error: (to, { ename, evalue, traceback }) =>
    to.failure({ ename: String(ename), evalue: String(evalue), traceback: traceback as string[] }, CELL),
};
