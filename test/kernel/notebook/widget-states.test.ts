/** What a notebook keeps of its widgets, and what a page without scripts shows of them. */
import { describe, expect, it } from "vitest";
import type { CommMessage } from "../../../kernel/cells/output.js";
import type { NotebookOutput } from "../../../kernel/notebook/format.js";
import { keptModels, VIEW_MIME, WidgetStates } from "../../../kernel/notebook/widget-states.js";
import type { KeptModels } from "../../../kernel/notebook/widget-states.js";
import { shownModel, stillOf } from "../../../kernel/notebook/widget-stills.js";
import { notebookToHtml } from "../../../kernel/notebook/html.js";

const message = (
  type: CommMessage["type"],
  id: string,
  data: object,
  buffers: Uint8Array[] = [],
  target_name = "jupyter.widget",
): CommMessage => ({ type, content: { comm_id: id, target_name, data }, metadata: {}, buffers });
const names = {
  _model_name: "ImageModel",
  _model_module: "@jupyter-widgets/controls",
  _model_module_version: "2.0.0",
};

describe("the states of widgets", () => {
  it("are those after the last update, with bytes as base64", () => {
    const states = new WidgetStates();
    const open = { state: { ...names, width: "10" }, buffer_paths: [["value"]] };
    states.take(message("comm_open", "a", open, [Uint8Array.of(1)]));
    states.take(message("comm_msg", "a", { method: "update", state: { width: "20" }, buffer_paths: [] }));
    states.take(
      message("comm_msg", "a", { method: "echo_update", state: { width: "30" }, buffer_paths: [] }),
    );
    const change = { method: "update", state: {}, buffer_paths: [["value"]] };
    states.take(message("comm_msg", "a", change, [Uint8Array.of(2, 3)]));
    states.take(message("comm_open", "b", { state: names }));
    states.take(message("comm_close", "b", {}));
    states.take(message("comm_open", "c", { state: {} }, [], "rain"));
    const models = keptModels({ widgets: states.metadata });
    expect(Object.keys(models)).toEqual(["a"]);
    expect(models.a.state.width).toBe("20");
    expect(models.a.buffers).toEqual([{ path: ["value"], encoding: "base64", data: "AgM=" }]);
    expect(models.a.model_name).toBe("ImageModel");
  });

  it("are absent from a notebook without widgets", () => {
    expect(new WidgetStates().metadata).toBeUndefined();
    expect(keptModels({})).toEqual({});
  });
});

const model = (model_name: string, state: Record<string, unknown>): KeptModels[string] => ({
  model_name: `${model_name}Model`,
  model_module: "@jupyter-widgets/controls",
  model_module_version: "2.0.0",
  state,
});
const models: KeptModels = {
  s: model("IntSlider", { description: "k < 9", min: 0, max: 9, value: 5 }),
  c: model("Checkbox", { description: "flip", value: true }),
  d: model("Dropdown", { description: "by", _options_labels: ["a", "b"], index: 1 }),
  box: model("VBox", { children: ["IPY_MODEL_s", "IPY_MODEL_c", "IPY_MODEL_d", "IPY_MODEL_gone"] }),
  loop: model("HBox", { children: ["IPY_MODEL_loop"] }),
  own: model("Any", {}),
};
const still = (name: string): string | undefined => stillOf(models[name], models, () => "");
const output = (id: string): NotebookOutput => ({
  output_type: "display_data",
  data: { [VIEW_MIME]: { model_id: id }, "text/plain": "VBox(…)" },
  metadata: {},
});

describe("a page", () => {
  it("shows each control with its last value, disabled and with its words", () => {
    expect(still("s")).toBe(
      '<label class="widget"><span>k &lt; 9</span> <input type="range" disabled min="0" max="9" step="any" value="5"> <output>5</output></label>',
    );
    expect(still("c")).toContain('<input type="checkbox" disabled checked> flip');
    expect(still("d")).toContain("<option selected>b</option>");
    expect(still("box")).toMatch(/class="widgets vbox".*k &lt; 9.*flip.*by/s);
    expect(still("loop")).toContain("widgets hbox");
    expect(still("own")).toBeUndefined();
  });

  it("shows words for a widget that it does not know, or whose state is not kept", () => {
    expect(shownModel(output("nobody"), models)).toBeUndefined();
    expect(shownModel(output("toString"), models)).toBeUndefined();
    const widgets = { "application/vnd.jupyter.widget-state+json": { state: models } };
    const cell = (id: string) => ({
      cell_type: "code" as const,
      id: "x",
      metadata: {},
      source: "box",
      execution_count: 1,
      outputs: [output(id)],
    });
    const page = notebookToHtml(
      {
        nbformat: 4,
        nbformat_minor: 5,
        metadata: { widgets },
        cells: [cell("box"), cell("own"), cell("nobody")],
      },
      { name: "n" },
    );
    expect(page.match(/<pre>VBox\(…\)<\/pre>/g)).toHaveLength(2);
    expect(page).toContain("<option selected>b</option>");
  });
});
