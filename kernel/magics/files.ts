/** `%pwd`, `%cd`, `%ls`, `%env` and `%%writefile`: the folder that a notebook works in, its files and its environment. */
import { enterFolder, homeFolder, listFolder, setVariable, variables } from "#host/environment";
import { resolve } from "#host/paths";
import { writeText } from "#host/text-files";
import type { KernelCall, Magic, MagicHost } from "./magic.js";
import { wordsOf } from "./words.js";

/** Names of variables whose values are nobody's business. */
const SECRET = /key|token|secret|passw|credential/i;

export function files(host: MagicHost): readonly Magic[] {
  /** The folder before the last `%cd`. */
  let last = host.folder;
  return [
    {
      name: "pwd",
      usage: ["%pwd"],
      summary: "is the folder that file names and commands start from",
      run: () => host.folder,
    },
    {
      name: "cd",
      usage: ["%cd FOLDER", "%cd - (the folder before)", "%cd (your own folder)"],
      summary: "goes to another folder: file names and commands start from there",
      details: "What cells import is still found from the notebook's folder.",
      run: (call) => {
        const [wanted, ...more] = wordsOf(call.argument);
        if (more.length) throw new Error(`%cd goes to one folder; put quotes around a name with spaces.`);
        const target = wanted === undefined || wanted === "~" ? homeFolder() : wanted === "-" ? last : wanted;
        const before = host.folder;
        host.folder = inSentence("%cd", () =>
          enterFolder(resolve(before, target.replace(/^~(?=\/)/, homeFolder))),
        );
        last = before;
        call.print(`${host.folder}\n`);
      },
    },
    {
      name: "ls",
      usage: ["%ls [-l] [FOLDER]"],
      summary: "lists a folder; with -l the sizes and the times of change",
      details: "!ls asks the shell, which knows patterns and more options.",
      run: (call) => list(host, call),
    },
    {
      name: "env",
      usage: ["%env", "%env NAME", "%env NAME=VALUE"],
      summary: "lists the environment variables, is the value of one, or sets one",
      details:
        "Commands and programs that are started later get what is set. Values that look secret are not listed.",
      run: env,
    },
    {
      name: "writefile",
      usage: ["%%writefile [-a] FILE above the text"],
      summary: "writes the cell into a file; with -a adds it to the end",
      run: (call) => writeFile(host, call),
    },
  ];
}

/** Runs an action of the host, whose errors are to begin with the magic's name. */
function inSentence<T>(name: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new Error(`${name}: ${(error as Error).message}.`, { cause: error });
  }
}

function list({ folder }: MagicHost, call: KernelCall): void {
  const words = wordsOf(call.argument);
  const isLong = words[0] === "-l";
  const names = isLong ? words.slice(1) : words;
  const option = names.find((word) => word.startsWith("-"));
  if (option !== undefined || names.length > 1)
    throw new Error(`%ls knows -l and one folder; !ls ${call.argument} asks the shell.`);
  const entries = inSentence("%ls", () => listFolder(resolve(folder, names[0] ?? ".")));
  const shown = entries.filter(({ name }) => !name.startsWith("."));
  for (const { name, isFolder, size, modified } of shown) {
    const long = `${String(size).padStart(12)}  ${modified.toISOString().slice(0, 16).replace("T", " ")}  `;
    call.print(`${isLong ? long : ""}${name}${isFolder ? "/" : ""}\n`);
  }
}

function env({ argument, print }: KernelCall): unknown {
  const all = inSentence("%env", variables);
  if (!argument) {
    const shown = Object.entries(all).map(([name, value]) => [name, SECRET.test(name) ? "<hidden>" : value]);
    return Object.fromEntries(shown.sort()) as unknown;
  }
  const [, name, value] = /^([^\s=]+)(?:\s*=\s*|\s+)([^]*)$/.exec(argument) ?? [];
  if (name !== undefined) {
    setVariable(name, value!);
    print(`env: ${name}=${SECRET.test(name) ? "<hidden>" : value!}\n`);
    return undefined;
  }
  if (!Object.hasOwn(all, argument))
    throw new Error(`%env: there is no variable ${argument}; %env lists them.`);
  return all[argument];
}

function writeFile({ folder }: MagicHost, call: KernelCall): void {
  const [, append, name] = /^(-a\s+)?(.+)$/.exec(call.argument) ?? [];
  if (name === undefined || call.body === undefined)
    throw new Error("%%writefile [-a] FILE stands above the text it writes: name a file.");
  const text = call.body.endsWith("\n") || call.body === "" ? call.body : `${call.body}\n`;
  writeText(resolve(folder, name.trim()), text, Boolean(append));
  call.print(`${append ? "Added to" : "Wrote"} ${name.trim()}\n`);
}
