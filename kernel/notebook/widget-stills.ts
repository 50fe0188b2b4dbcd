/**
 * Widgets as a page without scripts shows them: each control as HTML with the last value, and disabled. A widget of a kind
 * that is not known here is shown in the words or the picture that stand beside it in its output.
 */
import { escape as escapeHtml } from "html-escaper";
import { asObject } from "./format.js";
import type { NotebookOutput } from "./format.js";
import { VIEW_MIME, type KeptModel, type KeptModels } from "./widget-states.js";

/** The model that an output shows; undefined when it shows none, or the notebook does not keep its state. */
export function shownModel(output: NotebookOutput, models: KeptModels): KeptModel | undefined {
  if (output.output_type !== "display_data" && output.output_type !== "execute_result") return undefined;
  const { model_id } = asObject(output.data[VIEW_MIME]);
  return typeof model_id === "string" && Object.hasOwn(models, model_id) ? models[model_id] : undefined;
}

/**
 * A widget as HTML.
 * @param renderInner renders an output that the widget holds
 * @returns undefined for a kind that is not known
 */
export function stillOf(
  model: KeptModel,
  models: KeptModels,
  renderInner: (output: NotebookOutput) => string,
  depth = 0,
): string | undefined {
  const { state } = model;
  const text = (name: string): string => {
    const value = state[name];
    return typeof value === "string" || typeof value === "number" ? escapeHtml(String(value)) : "";
  };
  const words = text("description");
  const row = (control: string): string =>
    `<label class="widget">${words && `<span>${words}</span> `}${control}</label>`;
  const kind = model.model_name.replace(/Model$/, "");
  const options = Array.isArray(state._options_labels) ? state._options_labels.map(String) : [];
  const chosen = [state.index].flat();
  const children = (): string[] =>
    (Array.isArray(state.children) ? state.children : []).map((reference) => {
      const child = models[String(reference).replace(/^IPY_MODEL_/, "")];
      const still = child && depth < 20 ? stillOf(child, models, renderInner, depth + 1) : undefined;
      return still ?? "";
    });
  switch (kind) {
    case "IntSlider":
    case "FloatSlider":
    case "Play":
      return row(
        `<input type="range" disabled min="${text("min")}" max="${text("max")}" step="any" value="${text("value")}"> ` +
          `<output>${text("value")}</output>`,
      );
    case "IntRangeSlider":
    case "FloatRangeSlider":
      return row(`<output>${[state.value].flat().map(String).map(escapeHtml).join(" – ")}</output>`);
    case "Checkbox":
      return `<label class="widget"><input type="checkbox" disabled${state.value === true ? " checked" : ""}> ${words}</label>`;
    case "Dropdown":
    case "ToggleButtons":
    case "SelectMultiple": {
      const items = options.map(
        (label, i) => `<option${chosen.includes(i) ? " selected" : ""}>${escapeHtml(label)}</option>`,
      );
      return row(
        `<select disabled${kind === "SelectMultiple" ? " multiple" : ""}>${items.join("")}</select>`,
      );
    }
    case "Text":
    case "ColorPicker":
      return row(
        `<input type="${kind === "Text" ? "text" : "color"}" disabled value="${text("value")}"${words === "" ? ' aria-label="value"' : ""}>`,
      );
    case "Button":
    case "FileUpload":
      return `<button type="button" disabled>${words}</button>`;
    case "IntProgress":
    case "FloatProgress": {
      const [low, high, value] = [state.min, state.max, state.value].map(Number) as [number, number, number];
      return row(`<progress max="${high - low}" value="${value - low}">${value}</progress>`);
    }
    case "HTML":
      return row(`<span>${typeof state.value === "string" ? state.value : ""}</span>`);
    case "Image": {
      const { data } = model.buffers?.find(({ path }) => path[0] === "value") ?? { data: "" };
      const format = /^\w+$/.exec(String(state.format))?.[0] ?? "png";
      return `<img src="data:image/${format};base64,${escapeHtml(data)}" alt="${text("tooltip") || "Picture"}">`;
    }
    case "Output":
      return (Array.isArray(state.outputs) ? (state.outputs as NotebookOutput[]) : [])
        .map(renderInner)
        .join("\n");
    case "HBox":
    case "VBox":
    case "GridBox":
      return `<div class="widgets ${kind.toLowerCase()}">${children().join("\n")}</div>`;
    case "Tab":
    case "Accordion": {
      const titles = Array.isArray(state.titles) ? state.titles.map(String) : [];
      const pages = children().map(
        (page, i) =>
          `<details${kind === "Tab" || state.selected_index === i ? " open" : ""}><summary>${escapeHtml(titles[i] ?? String(i + 1))}</summary>${page}</details>`,
      );
      return `<div class="widgets">${pages.join("\n")}</div>`;
    }
    default:
      return undefined;
  }
}
