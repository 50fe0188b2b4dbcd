/** Scopes, expressions and variables of the cells' thread. An expression sees the variables of all cells. */
import { CELLS } from "../cells/compiled-source.js";
import type { Debugger, Inspector, Runtime } from "./inspector.js";
import type { Frame } from "./stops.js";
import { SNAPSHOT } from "./values.js";
import type { Values, Variable } from "./values.js";

export class Evaluation {
  readonly #inspector: Inspector;
  readonly #values: Values;

  constructor(inspector: Inspector, values: Values) {
    this.#inspector = inspector;
    this.#values = values;
  }

  /** A call's own variables, those around it, and the notebook's. */
  async scopes({ call }: Frame): Promise<Record<string, unknown>[]> {
    const own: Runtime.RemoteObject[] = [];
    const around: Runtime.RemoteObject[] = [];
    let isOwn = true;
    for (const { type, object } of call.scopeChain) {
      if (type === "global" || type === "script") continue;
      (isOwn && type !== "closure" ? own : around).push(object);
      if (type === "local" || type === "closure") isOwn = false;
    }
    const cells = await this.#cells();
    const groups = [
      ["Locals", own],
      ["Closure", around],
      ["Notebook", cells ? [cells] : []],
    ] as const;
    return groups
      .filter(([, objects]) => objects.length > 0)
      .map(([name, objects]) => ({
        name,
        variablesReference: this.#values.scope(objects),
        expensive: false,
      }));
  }

  /** The variables of the cells; undefined before the first. */
  async variables(): Promise<Variable[] | undefined> {
    const cells = await this.#cells();
    if (!cells) return undefined;
    const variables = await this.#values.parts(this.#values.scope([cells]));
    return variables.filter(({ type }) => type !== "Function");
  }

  /**
   * An expression's value, as the protocol has it.
   * @param frame the call in which it is evaluated, where the thread is stopped
   * @throws Error with the first line of what it throws
   */
  async evaluate(
    expression: string,
    frame: Frame | undefined,
  ): Promise<{ result: string; type: string; variablesReference: number }> {
    const inspector = this.#inspector;
    const code = await this.#withCells(expression, frame);
    const { result, exceptionDetails } = frame
      ? await inspector.send<Debugger.EvaluateOnCallFrameReturnType>("Debugger.evaluateOnCallFrame", {
          callFrameId: frame.call.callFrameId,
          expression: code,
          generatePreview: true,
        })
      : await inspector.send<Runtime.EvaluateReturnType>("Runtime.evaluate", {
          expression: code,
          generatePreview: true,
        });
    if (exceptionDetails) {
      const { exception, text } = exceptionDetails;
      throw new Error((exception?.description ?? text).split("\n", 1)[0]);
    }
    const { value, type, variablesReference } = this.#values.variable("", result);
    return { result: value, type, variablesReference };
  }

  /** The variables of the cells as they are now; one object. */
  async #cells(): Promise<Runtime.RemoteObject | undefined> {
    const { result } = await this.#inspector.send<Runtime.EvaluateReturnType>("Runtime.evaluate", {
      expression: CELLS,
    });
    return result.objectId === undefined ? undefined : this.#inspector.call(result.objectId, SNAPSHOT);
  }

  /** An expression that sees the variables of other cells, which the frame does not have under their names. */
  async #withCells(expression: string, frame: Frame | undefined): Promise<string> {
    const cells = await this.#cells();
    if (!cells) return expression;
    const names = new Set(await this.#names(cells));
    for (const { type, object } of frame?.call.scopeChain ?? [])
      if (type !== "global" && type !== "script")
        for (const own of await this.#names(object)) names.delete(own);
    const assigned =
      /^\s*([\p{ID_Start}$_][\p{ID_Continue}$]*)\s*(?:[-+*/%&|^]|\*\*|<<|>>>?|&&|\|\||\?\?)?=(?![=>])/u.exec(
        expression,
      )?.[1];
    const used = (expression.match(/[\p{ID_Start}$_][\p{ID_Continue}$]*/gu) ?? []).filter((one) =>
      names.has(one),
    );
    const isAssigned = assigned !== undefined && names.has(assigned);
    const target = isAssigned ? expression.replace(assigned, () => `${CELLS}.${assigned}`) : expression;
    // The name that is assigned to has been replaced once.
    if (isAssigned) used.splice(used.indexOf(assigned), 1);
    const others = [...new Set(used)];
    if (others.length === 0) return target;
    return `((${others.join(", ")}) => (${target}\n))(${others.map((name) => `${CELLS}.${name}`).join(", ")})`;
  }

  async #names({ objectId }: Runtime.RemoteObject): Promise<string[]> {
    if (objectId === undefined) return [];
    const { result } = await this.#inspector.send<Runtime.GetPropertiesReturnType>("Runtime.getProperties", {
      objectId,
      ownProperties: true,
    });
    return result.map(({ name }) => name);
  }
}
