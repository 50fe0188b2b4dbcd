/**
 * Writes the cells' outputs into their notebook cells as a front end would: streams are merged, an updated display
 * changes everywhere it is shown, and cleared outputs are removed.
 */
import type { CellId, CommMessage, DisplayData, ErrorReport, Output, StreamName } from "../cells/output.js";
import type { CodeCell, DisplayOutput, ErrorOutput, NotebookOutput, ResultOutput } from "./format.js";
import { WidgetStates } from "./widget-states.js";

/** An error that no cell awaited, and the cell it came from. */
export interface StrayError {
  readonly cell: CodeCell;
  readonly error: ErrorReport;
}

export class OutputCollector implements Output {
  /** Errors of callbacks and promises that nobody awaited, in order. */
  readonly strayErrors: StrayError[] = [];
  /** The widgets that cells have shown. */
  readonly widgets = new WidgetStates();
  readonly #cells = new Map<CellId, CodeCell>();
  readonly #displays = new Map<string, DisplayOutput[]>();
  readonly #clearNext = new Set<CodeCell>();
  #last: CodeCell | undefined;
  /** Text printed before the first cell: errors of plugins. */
  #early: [name: StreamName, text: string][] = [];

  /** Makes `cell` the owner of all output that names `id`, and of output that names no cell. */
  begin(id: CellId, cell: CodeCell): void {
    this.#cells.set(id, cell);
    this.#last = cell;
    for (const [name, text] of this.#early.splice(0)) this.stream(name, text, id);
  }

  stream(name: StreamName, text: string, id: CellId | undefined): void {
    const cell = this.#cell(id);
    if (text === "") return;
    if (!cell) return void this.#early.push([name, text]);
    this.#clearIfAsked(cell);
    const last = cell.outputs.at(-1);
    if (last?.output_type === "stream" && last.name === name) last.text += text;
    else cell.outputs.push({ output_type: "stream", name, text });
  }

  display(display: DisplayData, id: CellId | undefined): void {
    const { data, metadata, displayId, update } = display;
    const shown = displayId === undefined ? [] : (this.#displays.get(displayId) ?? []);
    if (update) {
      for (const output of shown) Object.assign(output, { data, metadata });
      return;
    }
    const output: DisplayOutput = { output_type: "display_data", data, metadata };
    this.#add(output, id);
    if (displayId !== undefined) this.#displays.set(displayId, [...shown, output]);
  }

  /** Adds the value of a cell's last expression. */
  result(result: Omit<ResultOutput, "output_type">, id: CellId | undefined): void {
    this.#add({ output_type: "execute_result", ...result }, id);
  }

  clear(wait: boolean, id: CellId | undefined): void {
    const cell = this.#cell(id);
    if (!cell) return;
    this.#clearNext.add(cell);
    if (!wait) this.#clearIfAsked(cell);
  }

  error(error: ErrorReport, id: CellId | undefined): void {
    const cell = this.#cell(id);
    if (!cell) return;
    this.#add(errorOutput(error), id);
    this.strayErrors.push({ cell, error });
  }

  comm(message: CommMessage): void {
    this.widgets.take(message);
  }

  /** Adds the error that ended a cell. */
  failure(error: ErrorReport, id: CellId | undefined): void {
    this.#add(errorOutput(error), id);
  }

  #add(output: NotebookOutput, id: CellId | undefined): void {
    const cell = this.#cell(id);
    if (!cell) return;
    this.#clearIfAsked(cell);
    cell.outputs.push(output);
  }

  #clearIfAsked(cell: CodeCell): void {
    if (!this.#clearNext.delete(cell)) return;
    cell.outputs.length = 0;
  }

  #cell(id: CellId | undefined): CodeCell | undefined {
    return (id === undefined ? undefined : this.#cells.get(id)) ?? this.#last;
  }
}

function errorOutput({ ename, evalue, traceback }: ErrorReport): ErrorOutput {
  return { output_type: "error", ename, evalue, traceback: [...traceback] };
}
