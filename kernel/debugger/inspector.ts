/** V8's inspector of the cells' thread, from another thread: calls as promises. */
import { Session } from "node:inspector";
import type { Debugger, Runtime } from "node:inspector";

export type { Debugger, Runtime } from "node:inspector";

export class Inspector {
  readonly #session = new Session();

  constructor() {
    this.#session.connectToMainThread();
  }

  /** @throws Error with V8's words */
  send<Answer = unknown>(method: string, parameters: object = {}): Promise<Answer> {
    return new Promise((resolve, reject) =>
      this.#session.post(method, parameters, (error, answer) => {
        if (error) reject(new Error(error.message));
        else resolve(answer as Answer);
      }),
    );
  }

  onParsed(call: (script: Debugger.ScriptParsedEventDataType) => void): void {
    this.#session.on("Debugger.scriptParsed", ({ params }) => call(params));
  }

  onResolved(call: (found: Debugger.BreakpointResolvedEventDataType) => void): void {
    this.#session.on("Debugger.breakpointResolved", ({ params }) => call(params));
  }

  onPaused(call: (pause: Debugger.PausedEventDataType) => void): void {
    this.#session.on("Debugger.paused", ({ params }) => call(params));
  }

  /** What a function gives for an object of the thread. */
  async call(
    objectId: string,
    functionDeclaration: string,
    values: readonly unknown[] = [],
  ): Promise<Runtime.RemoteObject> {
    const parts = { objectId, functionDeclaration, arguments: values.map((value) => ({ value })) };
    const { result } = await this.send<Runtime.CallFunctionOnReturnType>("Runtime.callFunctionOn", parts);
    return result;
  }

  close(): void {
    this.#session.disconnect();
  }
}
