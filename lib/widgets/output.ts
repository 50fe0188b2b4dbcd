/** An output area among widgets: values, words and errors appear in it as they would below a cell. */
import { displaySymbol, type Displayable } from "../display/figure/figure.js";
import { meeting } from "./front-end.js";
import { OutputArea, type OutputRecord } from "./kinds.js";

/** A place among widgets where values are shown. */
export class Output extends OutputArea {
  /** Shows a value in place of what is there. */
  async show(value: unknown): Promise<void> {
    this.outputs = [await recordOf(value)];
  }

  /** Shows a value below what is there. */
  async append(value: unknown): Promise<void> {
    const record = await recordOf(value);
    this.outputs = [...this.outputs, record];
  }

  /** Shows an error in place of what is there. */
  fail(error: unknown): void {
    const { name = "Error", message = String(error) } = error instanceof Error ? error : {};
    const traceback = [`${name}: ${message}`];
    this.outputs = [{ output_type: "error", ename: name, evalue: message, traceback }];
  }

  /** Takes everything away. */
  clear(): void {
    this.outputs = [];
  }
}

async function recordOf(value: unknown): Promise<OutputRecord> {
  const rendered = await meeting()?.kernel.render?.(value);
  if (rendered) return { output_type: "display_data", ...rendered };
  const own = (value as Partial<Displayable> | null)?.[displaySymbol];
  const data = own ? await own.call(value as Displayable) : { "text/plain": String(value) };
  return { output_type: "display_data", data, metadata: {} };
}
