#!/usr/bin/env node
/** The command `chainrule`. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command, InvalidArgumentError, Option } from "commander";
import {
  InstallError,
  installKernel,
  NODE_FLAGS,
  packageRoot,
  packageVersion,
  uninstallKernel,
} from "./setup/install.js";
import type { InstallOptions } from "./setup/install.js";
import type { CheckCommandOptions } from "./grade/check-command.js";
import type { GradeCommandOptions } from "./grade/grade-command.js";
import type { RunCommandOptions } from "./notebook/command.js";
import type { ExportOptions } from "./notebook/export.js";
import type { SlidesCommandOptions } from "./notebook/slides/command.js";
import type { WorkerCommandOptions } from "./places/worker-command.js";
import type { LabCommandOptions } from "./server/command.js";
import type { BookCommandOptions } from "./site/book/command.js";
import type { SiteCommandOptions } from "./site/command.js";

/** The options of `run`, with the place as it is written. */
type PlacedRunOptions = RunCommandOptions & { typescript?: string; place?: string };

const program = new Command("chainrule")
  .description("A TypeScript notebook for learning convolutional networks by deriving them.")
  .version(packageVersion())
  .showHelpAfterError("(chainrule --help lists the commands)");

const compiled = (command: Command) =>
  command.addOption(
    new Option("--typescript <compiler>", "compile cells with tslab's TypeScript 5.0, not 6.0").choices([
      "tslab",
    ]),
  );

const placed = (command: Command) =>
  command
    .addOption(new Option("--user", "in your own folder; the default").conflicts(["sysPrefix", "prefix"]))
    .addOption(new Option("--sys-prefix", "in the active Python environment").conflicts("prefix"))
    .option("--prefix <folder>", "in a folder, such as /usr/local for every user")
    .option("--name <name>", "the kernel's name", "chainrule");

compiled(placed(program.command("install")).description("make the kernel known to Jupyter and VS Code"))
  .option("--display-name <name>", "the kernel's name for people")
  .option("--plugin <module>", "a module that the kernel loads; may be given again", collect, [])
  .option("--force", "replace a kernel of the same name that is not chainrule's")
  .action((options: InstallOptions & { plugin: string[] }) => {
    const { folder, isNew } = installKernel({ ...options, plugins: options.plugin });
    print(`${isNew ? "installed" : "renewed"}: ${folder}`);
  });

placed(program.command("uninstall").description("remove the kernel again"))
  .option("--force", "remove a kernel that is not chainrule's")
  .action((options: InstallOptions) => {
    const { folder, wasThere } = uninstallKernel(options);
    print(wasThere ? `removed: ${folder}` : `nothing to remove: there is no ${folder}`);
  });

program
  .command("doctor")
  .description("start the installed kernel, run a cell, and say what is wrong")
  .action(async () => {
    const { diagnose } = await import("./setup/doctor.js");
    const marks = { fine: "✓", trouble: "✗", note: "·" };
    const isWell = await diagnose(({ kind, text }) => print(`${marks[kind]} ${text}`));
    if (!isWell) process.exitCode = 1;
  });

program
  .command("lab")
  .description("open notebooks in the browser: a notebook editor with no Python")
  .argument("[folder]", "the folder that it shows, or a notebook to open; this folder")
  .option("--port <number>", "where to listen; the next free one from here, 0 for any", portNumber, 8888)
  .option(
    "--ip <address>",
    "the address to listen on; others than this machine's own let other machines in",
    "127.0.0.1",
  )
  .option("--no-browser", "open no browser; the address is printed all the same")
  .option(
    "--token <text>",
    "the secret in the address; random (CHAINRULE_TOKEN keeps it out of the process list)",
  )
  .option("--root <folder>", "the folder that it shows, when the argument is a notebook or a folder in it")
  .option("--base <path>", "the path that it is below, behind a proxy", "/")
  .option(
    "--allow-host <name>",
    "a host name that it answers to, behind a proxy; may be given again",
    collect,
    [],
  )
  .option("--follow-links", "follow symbolic links that lead out of the folder")
  .option(
    "--connection-files",
    "start kernels with connection files, so that other programs can attach: jupyter console --existing",
  )
  .option("--cull <minutes>", "end kernels that are idle for so long and that no page shows", minutes)
  .option("--no-spare", "start no kernel before a notebook asks for one; saves memory, costs a second")
  .action(async (place: string | undefined, options: LabCommandOptions) => {
    const { labCommand } = await import("./server/command.js");
    await labCommand(place, options, { print, warn: (line) => void process.stderr.write(`${line}\n`), ask });
    process.exit();
  });

program
  .command("site")
  .description(
    "make a website of notebooks that runs them in the reader's browser; any static host serves it",
  )
  .argument("[folder]", "the folder of the notebooks; chainrule's own course")
  .option("--out <folder>", "where the website goes", "public")
  .option("--with <packages>", "packages of npm's that cells may import, such as d3-array,simple-statistics")
  .option("--data <sets>", "data sets that cells may read: names such as mnist, or folders")
  .option("--serve", "show it on this machine when it is made")
  .option("--port <number>", "where to show it; the next free one from here, 0 for any", portNumber, 8000)
  .option("--base <path>", "the path that it will be below, such as /course/", "/")
  .action(async (folder: string | undefined, options: SiteCommandOptions) => {
    const { siteCommand } = await import("./site/command.js");
    await siteCommand(folder, options, { print, warn: (line) => void process.stderr.write(`${line}\n`) });
  });

program
  .command("book")
  .description("make pages to read of the whole course, with contents and a search; nothing runs")
  .option("--out <folder>", "where the book goes", "book")
  .option("--run-at <address>", "the website of the course (chainrule site): pages get a link, Run this page")
  .action(async (options: BookCommandOptions) => {
    const { bookCommand } = await import("./site/book/command.js");
    await bookCommand(options, print);
  });

compiled(program.command("run"))
  .description("execute a notebook, with neither Jupyter nor Python")
  .argument("<notebook...>", "an .ipynb file, which runs in its own folder; several with --place")
  .option("--out <file>", "write the executed notebook, also when a cell fails")
  .option("--html <file>", "write a page that needs no network")
  .option("--timeout <seconds>", "the most that one cell may take", seconds)
  .option("--allow-errors", "go on after a cell that fails")
  .option(
    "--place <address>",
    "run on other machines, which need nothing else of the folder: redis://… or slurm:FOLDER; --out is a folder then",
  )
  .action(async ([notebook, ...more]: string[], options: PlacedRunOptions) => {
    if (options.place !== undefined) {
      const { placeOf } = await import("./places/place-of.js");
      const { runMany } = await import("./places/run-many.js");
      process.exit(await runMany(placeOf(options.place), [notebook, ...more], options, print));
    }
    if (more.length > 0) return complain("run executes one notebook; several need --place.");
    if (options.typescript !== undefined) process.env.CHAINRULE_TYPESCRIPT = options.typescript;
    // The flags belong to Node's own command line, so this process hands over to one that has them.
    if (!hasNodeFlags()) return handOver([fileURLToPath(import.meta.url), ...process.argv.slice(2)]);
    const { runCommand } = await import("./notebook/command.js");
    // Cells write to process.stdout too, and what they write belongs into the notebook.
    const write = process.stdout.write.bind(process.stdout);
    const isTerminal = process.stdout.isTTY === true && process.env.TERM !== "dumb";
    const code = await runCommand(notebook, options, {
      write: (text) => void write(text),
      columns: isTerminal ? process.stdout.columns || 80 : undefined,
      hasColours: isTerminal && !process.env.NO_COLOR,
    });
    // Timers that the cells left behind do not keep the command waiting.
    await new Promise((resolve) => write("", resolve));
    process.exit(code);
  });

program
  .command("export")
  .description("make pages or scripts of notebooks as they are; nothing runs")
  .argument("<notebook...>", "the .ipynb files; links from one to the next lead to pages")
  .option("--html", "a page that needs no network")
  .option(
    "--run-at <address>",
    "the website of these notebooks (chainrule site): pages get a link, Run this page",
  )
  .option("--md", "Markdown, with a folder of pictures")
  .option("--script", "the code, with its text as comments")
  .option("--out <folder>", "where these files go; beside each notebook")
  .action(async (notebooks: string[], options: ExportOptions) => {
    const { exportCommand } = await import("./notebook/export.js");
    await exportCommand(notebooks, options, print);
  });

program
  .command("slides")
  .description("make slides of a notebook whose cells are marked as Jupyter marks them; nothing runs")
  .argument("<notebook>", "the .ipynb file")
  .option("--out <file>", "the slides: one page that needs no network; beside the notebook, .slides.html")
  .addOption(new Option("--theme <theme>", "light or dark; as the system has it").choices(["light", "dark"]))
  .action(async (notebook: string, options: SlidesCommandOptions) => {
    const { slidesCommand } = await import("./notebook/slides/command.js");
    slidesCommand(notebook, options, print);
  });

program
  .command("assign")
  .description("make the students' notebook from the instructor's")
  .argument(
    "[source...]",
    "the instructor's .ipynb files, with solutions and hidden tests; chainrule's own problem sets",
  )
  .option("--to <folder>", "where the students' notebooks go; release")
  .addOption(new Option("--out <folder>", "the same").conflicts("to"))
  .option("--gradescope", "write the archive of Gradescope's autograder for each too")
  .action(async (files: string[], { to, out = to ?? "release", gradescope }: AssignFlags) => {
    const { assignCommand } = await import("./grade/assign-command.js");
    assignCommand(files, { out, gradescope }, print);
  });

program
  .command("grade")
  .description("grade submissions, each in fresh processes")
  .argument("[submission...]", "the students' .ipynb files, or folders and .zip files of them")
  .option("--review", "mark by hand what was graded into --out: a page for answers that a person reads")
  .option("--anonymous", "with --review: hide the names and mix the order")
  .option("--no-browser", "with --review: print the address and open no browser")
  .option("--source <path>", "the instructor's notebook or a folder of them; chainrule's own problem sets")
  .option(
    "--course <file>",
    "the course file: roster, due dates, late policy; writes tables for the class too",
  )
  .option("--nbgrader", "with --course: write nbgrader's gradebook.db too (Node 22.13 or later)")
  .option("--json", "print the grades as JSON")
  .option("--gradescope", "write a results file for Gradescope for each submission")
  .option("--likeness", "write a page of submissions that are alike, with both texts side by side")
  .option("--report <kind>", "write a page for each submission: html")
  .option("--out <folder>", "where these files and grades.csv go; graded")
  .option("--seed <number>", "draw the tests from this; as before, else a new one for the class", positive)
  .option("--accept", "take the grades that a changed key, seed or timeout gives")
  .option("--timeout <seconds>", "the most that one cell or one call of a student's may take; 10", seconds)
  .option("--jobs <number>", "submissions at a time; one a core", positive)
  .option("--place <address>", "grade on other machines: redis://… for a queue, slurm:FOLDER for a cluster")
  .action(async (files: string[], options: GradeFlags) => {
    if (options.review) {
      const { out = "graded", anonymous = false, browser } = options;
      const { reviewCommand } = await import("./server/review/command.js");
      const warn = (line: string): void => void process.stderr.write(`${line}\n`);
      return await reviewCommand({ out, anonymous, browser }, { print, warn });
    }
    if (files.length === 0) program.error("error: name what was handed in: notebooks, folders or .zip files");
    const { gradeCommand } = await import("./grade/grade-command.js");
    const { placeOf } = await import("./places/place-of.js");
    const place = options.place === undefined ? undefined : placeOf(options.place);
    const code = await gradeCommand(
      files,
      { ...options, place },
      {
        print: (text) => void process.stdout.write(text),
        tell: (text) => void process.stderr.write(text),
      },
    );
    process.exitCode = code;
  });

program
  .command("check")
  .description("say of a problem set, before it is handed in, what its visible tests say")
  .argument("<notebook>", "the .ipynb file that you work in")
  .option("--seed <number>", "draw other random tests; 1", positive)
  .option("--timeout <seconds>", "the most that one cell or one call of a function may take; 10", seconds)
  .action(async (file: string, options: CheckCommandOptions) => {
    const { checkCommand } = await import("./grade/check-command.js");
    process.exitCode = await checkCommand(file, options, (text) => void process.stdout.write(text));
  });

program
  .command("worker")
  .description("do the tasks of a queue on this machine: a search's trials, submissions, notebooks")
  .argument("[address]", "the queue: redis://… or, with TLS, rediss://… (CHAINRULE_WORKER_KEY holds its key)")
  .option("--slots <number>", "tasks at a time; 1", positive)
  .option("--queue <name>", "the queue's name in Redis; chainrule")
  .option("--host <name>", "what this machine is called; its host name")
  .option("--patience <seconds>", "how long a silent worker keeps its task; 30", seconds)
  .addOption(new Option("--slurm-list <file>", "the tasks of a Slurm array").hideHelp())
  .addOption(new Option("--index <number>", "the task of the array").argParser(Number).hideHelp())
  .action(async (url: string | undefined, options: WorkerCommandOptions) => {
    const { workerCommand } = await import("./places/worker-command.js");
    await workerCommand(url, options, (line) => void process.stderr.write(`${line}\n`));
    process.exit();
  });

compiled(program.command("kernel"))
  .description("start the kernel, as Jupyter does")
  .argument("<connection-file>", "the file in which Jupyter says where to listen")
  .option("--plugin <module>", "a module that the kernel loads; may be given again", collect, [])
  .action((file: string, { plugin, typescript }: { plugin: string[]; typescript?: string }) => {
    const main = join(packageRoot(), "dist", "kernel", "jupyter", "main.js");
    if (typescript !== undefined) process.env.CHAINRULE_TYPESCRIPT = typescript;
    return handOver([main, ...plugin.flatMap((one) => ["--plugin", one]), file]);
  });

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

function seconds(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError("It must be a number of seconds above zero.");
  return value;
}

function minutes(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError("It must be a number of minutes above zero.");
  return value;
}

function portNumber(text: string): number {
  const value = Number(text);
  if (!(Number.isInteger(value) && value >= 0 && value <= 65535))
    throw new InvalidArgumentError("It must be a whole number from 0 to 65535.");
  return value;
}

/** Asks a question with yes or no; no answer within a few seconds is none. */
async function ask(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) return true;
  const { createInterface } = await import("node:readline/promises");
  const reader = createInterface({ input: process.stdin, output: process.stdout });
  // Ctrl-C as the answer is one.
  const again = new Promise<string>((resolve) => reader.once("SIGINT", () => resolve("y")));
  const answer = reader.question(question, { signal: AbortSignal.timeout(5000) });
  const said = await Promise.race([answer, again]).catch(() => undefined);
  reader.close();
  const isYes = /^y/i.test(said ?? "");
  if (!isYes) process.stdout.write(said === undefined ? "no answer: it goes on\n" : "it goes on\n");
  return isYes;
}

interface AssignFlags {
  to?: string;
  out?: string;
  gradescope?: boolean;
}

interface GradeFlags extends Omit<GradeCommandOptions, "place"> {
  place?: string;
  review?: boolean;
  anonymous?: boolean;
  browser: boolean;
}

function positive(text: string): number {
  const value = Number(text);
  if (!(Number.isInteger(value) && value > 0))
    throw new InvalidArgumentError("It must be a whole number above zero.");
  return value;
}

function hasNodeFlags(): boolean {
  return NODE_FLAGS.every((flag) => process.execArgv.includes(flag));
}

/** Runs Node with the kernel's flags in this process's place, and ends as it ends. */
async function handOver(parts: readonly string[]): Promise<void> {
  const flags = [...process.execArgv, ...NODE_FLAGS];
  const child = spawn(process.execPath, [...flags, ...parts], { stdio: "inherit" });
  // The child decides what a signal means; a terminal's Ctrl-C reaches both, a script's kill only this one.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (...how) => resolve(how));
  });
  if (signal === "SIGINT") process.exitCode = 130;
  else if (signal !== null) {
    const hint = signal === "SIGABRT" || signal === "SIGKILL" ? ", most likely for want of memory" : "";
    complain(`the process was ended by ${signal}${hint}.`);
  } else process.exitCode = code ?? 1;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function complain(message: string): void {
  process.stderr.write(`chainrule: ${message}\n`);
  process.exitCode = 1;
}

try {
  await program.parseAsync();
} catch (error) {
  const { name, message, stack, code, syscall, path } = error as NodeJS.ErrnoException;
  if (error instanceof InstallError || ["FileError", "RunError", "GradeError", "PlaceError"].includes(name))
    complain(message);
  // The system refuses a file or a folder: a full disk, a missing right, a place where nothing can be made.
  else if (code !== undefined && syscall !== undefined && path !== undefined)
    complain(`${message}; chainrule's own folders follow HOME, TMPDIR, XDG_DATA_HOME and XDG_CACHE_HOME.`);
  else complain(stack ?? String(error));
  if (hasNodeFlags()) process.exit(1);
}
