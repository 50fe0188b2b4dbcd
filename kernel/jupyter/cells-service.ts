/** The thread of the cells as the channels see it: a session, its plugins' conversations, and the end of it all. */
import { setVariable } from "#host/environment";
import { Comms } from "../cells/comms.js";
import type { CompiledSource } from "../cells/compiled-source.js";
import type { CommMessage } from "../cells/output.js";
import type { NamedValue, Session } from "../cells/session.js";
import type { ValuePath } from "../language/language.js";
import type { CompletionItem, MimeBundle } from "../plugins/contract.js";
import type { ChannelOutput } from "./channel-output.js";
import type { CellAnswer, CellRequest, CellsThread, ExpressionResult } from "./threads.js";

export class CellsService implements CellsThread {
  readonly #session: Session;
  readonly #output: ChannelOutput;
  readonly #comms: Comms;
  readonly #exit: () => void;

  /** @param exit ends the process */
  constructor(session: Session, output: ChannelOutput, exit: () => void) {
    this.#session = session;
    this.#output = output;
    this.#comms = new Comms(session, output);
    this.#exit = exit;
  }

  async execute({ cell, name, code, expressions }: CellRequest): Promise<CellAnswer> {
    const result = await this.#session.execute(code, { cell, name });
    const values: Record<string, ExpressionResult> = {};
    if (result.status === "ok")
      for (const [label, expression] of Object.entries(expressions)) {
        const value = await this.#session.evaluate(expression, { cell, name: `expression ${label}` });
        const bundle = { data: {}, metadata: {} };
        values[label] = value.status === "ok" ? { status: "ok", ...(value.result ?? bundle) } : value;
      }
    this.#output.flush();
    return { result, expressions: values };
  }

  async interrupt(cell: string | undefined): Promise<void> {
    this.#session.interrupt(cell);
  }

  async endsByItself(cell: string): Promise<boolean> {
    return this.#session.endsByItself(cell);
  }

  inspect(word: string, code: string, cursor: number): Promise<MimeBundle | undefined> {
    return this.#session.plugins.inspect(word, code, cursor);
  }

  complete(code: string, cursor: number): Promise<CompletionItem[]> {
    return this.#session.complete(code, cursor);
  }

  async names(path: ValuePath): Promise<readonly CompletionItem[]> {
    return this.#session.valueNames(path);
  }

  async variables(): Promise<readonly NamedValue[]> {
    return this.#session.variables();
  }

  async watch(isOn: boolean): Promise<readonly CompiledSource[]> {
    return this.#session.watch(isOn ? (sources) => this.#output.compiled(sources) : undefined);
  }

  async belongTo(notebook: string): Promise<void> {
    setVariable("JPY_SESSION_NAME", notebook);
  }

  async comm(message: CommMessage, cell: string): Promise<void> {
    await this.#comms.receive(message, cell);
    this.#output.flush();
  }

  shutdown(): void {
    void this.#session.close().finally(this.#exit);
  }
}
