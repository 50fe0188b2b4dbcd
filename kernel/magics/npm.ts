/** `%npm`: installs packages beside the notebook while the kernel runs, for the compiler and for imports alike. */
import type { InstalledPackage, PackageRequest } from "../../lib/host/kernel-contract.js";
import type { KernelCall, Magic, MagicHost } from "./magic.js";
import { wordsOf } from "./words.js";

/** npm's options that make sense here; others have it work elsewhere, or ask. */
const OPTIONS = new Set([
  ...["-D", "--save-dev", "-E", "--save-exact", "--no-save", "--force", "--legacy-peer-deps"],
  ...["--ignore-scripts", "--offline", "--prefer-offline"],
]);

const INSTALL = new Set(["install", "i", "add"]);
const REMOVE = new Set(["uninstall", "remove", "rm"]);
const READ = new Set(["ls", "list", "outdated"]);

/** npm asks and adds nothing by itself. */
const QUIET = ["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"];

type Host = typeof import("#host/packages");

/** A use of npm by a cell. */
export type NpmCall = Pick<KernelCall, "print" | "printTo" | "onStop">;

export class Npm {
  /** Whether `import … from "npm:…"` installs without asking. */
  auto = false;
  readonly #session: MagicHost;

  constructor(session: MagicHost) {
    this.#session = session;
  }

  get magic(): Magic {
    return {
      name: "npm",
      usage: ["%npm install NAME[@VERSION] …", "%npm uninstall NAME …", "%npm ls", "%npm auto on|off"],
      summary: "installs packages for this notebook, with their types and without a restart",
      details:
        "npm works in the folder of the package.json at or above the notebook; where there is none, it makes one beside the notebook. " +
        'After %npm auto on, import x from "npm:NAME@VERSION" installs a missing package without asking.',
      words: ["install", "uninstall", "ls", "auto on", "auto off"],
      run: (call) => this.#run(call),
    };
  }

  async #run(call: KernelCall): Promise<void> {
    const [command = "", ...rest] = wordsOf(call.argument);
    if (command === "auto") return this.#setAuto(rest, call);
    const host = await import("#host/packages");
    if (INSTALL.has(command)) {
      const options = rest.filter((word) => word.startsWith("-"));
      const names = rest.filter((word) => !word.startsWith("-"));
      const wrong = options.find((one) => !OPTIONS.has(one));
      if (wrong !== undefined)
        throw new Error(`%npm install does not take ${wrong}; it knows ${[...OPTIONS].join(", ")}.`);
      if (!names.length) return this.#npm(host, ["install", ...options], call);
      return this.install(names.map(host.packageRequest), call, options);
    }
    if (REMOVE.has(command)) {
      if (!rest.length) throw new Error(`%npm ${command} needs the name of a package.`);
      return this.#npm(host, ["uninstall", ...rest.map((one) => host.packageRequest(one).name)], call);
    }
    if (READ.has(command) && !rest.length) return this.#npm(host, [command], call);
    throw new Error(
      `%npm ${call.argument || "alone"} is not known here: there are ${this.magic.usage.join(", ")}; !npm … asks npm itself.`,
    );
  }

  #setAuto(words: readonly string[], call: KernelCall): void {
    const [word] = words;
    if (word !== undefined && word !== "on" && word !== "off")
      throw new Error(`%npm auto is on or off, and not ${word}.`);
    if (word !== undefined) this.auto = word === "on";
    call.print(
      this.auto
        ? 'import … from "npm:…" installs what is missing.\n'
        : 'import … from "npm:…" asks before it installs.\n',
    );
  }

  /** Installs packages, and types for those that have none. @throws Error when npm fails */
  async install(
    requests: readonly PackageRequest[],
    call: NpmCall,
    options: readonly string[] = [],
  ): Promise<void> {
    const host = await import("#host/packages");
    const { cwd } = this.#session;
    const find = ({ name }: PackageRequest): InstalledPackage | undefined => host.installedPackage(name, cwd);
    const before = requests.map(find);
    const wanted = requests.map(({ name, range }) => (range ? `${name}@${range}` : name));
    await this.#npm(host, ["install", ...options, "--", ...wanted], call);
    for (const request of requests) {
      const { name } = request;
      if (find(request)?.hasTypes || name.startsWith("@types/")) continue;
      await this.#installTypes(host, name, call);
    }
    for (const [i, request] of requests.entries()) {
      const now = find(request)?.version;
      const then = before[i]?.version;
      const isOther = then !== undefined && then !== now;
      call.print(
        isOther
          ? `${request.name} ${then} → ${now ?? "?"}; where it was imported already, the old one stays until the kernel restarts.\n`
          : `${request.name} ${now ?? ""} is here.\n`,
      );
    }
  }

  /** Installs what the community has written of types for a package; that it has none is no error. */
  async #installTypes(host: Host, name: string, call: NpmCall): Promise<void> {
    const types = `@types/${name.replace(/^@([^/]+)\//, "$1__")}`;
    const silent = { ...call, print: () => {}, printTo: () => {} };
    try {
      await this.#npm(host, ["install", "--save-dev", "--", types], silent);
      call.print(`Types: ${types}\n`);
    } catch {
      call.print(`${name} has no types: what it exports is any.\n`);
    }
  }

  /** The requests that no installed package meets. @throws Error where there is no npm */
  async missing(requests: readonly string[]): Promise<PackageRequest[]> {
    const host = await import("#host/packages");
    return requests.map(host.packageRequest).filter(({ name, range }) => {
      const found = host.installedPackage(name, this.#session.cwd);
      return found === undefined || !host.fits(found.version, range);
    });
  }

  async #npm(host: Host, args: readonly string[], call: NpmCall): Promise<void> {
    const [command] = args;
    try {
      await host.runNpm([command!, ...QUIET, ...args.slice(1)], {
        name: `%npm ${command!}`,
        cwd: host.projectFolder(this.#session.cwd),
        print: call.printTo,
        onStart: call.onStop,
      });
    } finally {
      await this.#session.packagesChanged();
    }
  }
}
