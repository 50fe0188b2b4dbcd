/** Installs what a cell imports by `npm:NAME@VERSION` and the notebook's folder does not have; asks the user before. */
import type { Language } from "../language/language.js";
import { npmSpecifier } from "../language/npm-specifier.js";
import type { Npm, NpmCall } from "../magics/npm.js";
import type { Output } from "./output.js";
import type { Run } from "./run.js";

export interface NpmImports {
  readonly run: Run;
  readonly language: Language;
  readonly output: Output;
  npm(): Promise<Npm>;
  /** Installs as part of the cell. */
  install(work: (call: NpmCall) => Promise<void>): Promise<void>;
}

/** @throws Error when the user says no, or cannot be asked, or npm fails */
export async function installMissing(
  code: string,
  { run, language, output, npm, install }: NpmImports,
): Promise<void> {
  // Most cells have no such import: for them the compiler is not asked.
  if (!/["'`]npm:/.test(code)) return;
  const specifiers = await language.npmSpecifiers(code);
  if (!specifiers.length) return;
  const manager = await npm();
  const missing = await manager.missing(specifiers.map((one) => npmSpecifier(one)!.wanted));
  if (!missing.length) return;
  const names = missing.map(({ name, range }) => (range ? `${name}@${range}` : name));
  const way = `%npm install ${names.join(" ")} installs, %npm auto on has imports install without asking.`;
  if (!manager.auto) {
    const answer = await output
      .ask?.(`Install ${names.join(", ")} with npm? yes, always or no: `, false, run.cell)
      .catch(() => undefined);
    if (answer === undefined)
      throw new Error(`${names.join(", ")} is not installed, and nobody can be asked here. ${way}`);
    if (/^\s*a(?:lways)?\s*$/i.test(answer)) manager.auto = true;
    else if (!/^\s*y(?:es)?\s*$/i.test(answer))
      throw new Error(`${names.join(", ")} was not installed. ${way}`);
  }
  await install((call) => manager.install(missing, call));
}
