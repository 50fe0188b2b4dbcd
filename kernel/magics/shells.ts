/** `%%bash` and `%%sh`: a cell that is a script of a shell, as ipykernel has them. */
import type { KernelCall, Magic, MagicHost } from "./magic.js";
import { wordsOf } from "./words.js";

export const shells = (host: MagicHost): readonly Magic[] =>
  ["bash", "sh"].map((program) => ({
    name: program,
    usage: [`%%${program} [ARGUMENTS] above a script`],
    summary: `runs the cell as a script of ${program}; what it prints arrives as it is printed`,
    details: `The arguments are $1, $2 and so on. The cell fails when the script does. An interrupt ends it and what it started.`,
    run: (call) => script(program, host, call),
  }));

/** IPython's options, which hand what a script prints to variables of Python. */
const OF_PYTHON = /^--(?:out|err|bg|proc|no-raise-error|raise-error)$/;

async function script(
  program: string,
  { folder, packagesChanged }: MagicHost,
  call: KernelCall,
): Promise<void> {
  if (call.body === undefined)
    throw new Error(
      `%%${program} stands above a script; a single command is !${call.argument || "command"}.`,
    );
  const words = wordsOf(call.argument);
  const refused = words.find((word) => OF_PYTHON.test(word));
  if (refused !== undefined)
    throw new Error(
      `%%${program} has no ${refused}: require("node:child_process").execSync gives what a command prints.`,
    );
  // IPython's way to say that arguments follow.
  if (words[0] === "-s") words.shift();
  const { runProgram } = await import("#host/shell");
  const installs = /\b(?:npm|npx|pnpm|yarn|bun)\b/.test(call.body);
  const run = (body: string): Promise<void> =>
    runProgram(program, ["-s", "--", ...words], {
      name: `%%${program}`,
      cwd: folder,
      input: `${body}\n`,
      print: call.printTo,
      onStart: call.onStop,
    });
  await run(call.body).finally(() => (installs ? packagesChanged() : undefined));
}
