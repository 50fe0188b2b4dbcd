/**
 * Machines of a network of their own, for tests: network namespaces on a bridge, each of which can be cut off and switched
 * off. They share this machine's files and processors, not its network. Needs Linux, root and the command `ip`.
 */
import { spawnSync } from "node:child_process";

const ip = (...words: string[]): string => {
  const { status, stdout, stderr } = spawnSync("ip", words, { encoding: "utf8" });
  if (status !== 0) throw new Error(`ip ${words.join(" ")}: ${stderr.trim()}`);
  return stdout;
};

export class Hosts {
  /** The address under which the machines reach this one. */
  readonly address: string;
  readonly #tag = `cr${process.pid.toString(36)}`;
  readonly #names: readonly string[];
  readonly #net: string;

  constructor(names: readonly string[]) {
    this.#names = names;
    this.#net = `10.99.${process.pid % 250}`;
    this.address = `${this.#net}.1`;
    ip("link", "add", this.#bridge, "type", "bridge");
    ip("addr", "add", `${this.address}/24`, "dev", this.#bridge);
    ip("link", "set", this.#bridge, "up");
    for (const name of names) {
      const space = this.#space(name);
      ip("netns", "add", space);
      ip("link", "add", space, "type", "veth", "peer", "name", "eth0", "netns", space);
      ip("link", "set", space, "master", this.#bridge, "up");
      ip("-n", space, "addr", "add", `${this.addressOf(name)}/24`, "dev", "eth0");
      ip("-n", space, "link", "set", "eth0", "up");
      ip("-n", space, "link", "set", "lo", "up");
    }
  }

  /** Whether this machine can be a network; undefined, or why not. */
  static whyNot(): string | undefined {
    if (process.getuid?.() !== 0) return "not root";
    const name = `crtest${process.pid}`;
    try {
      ip("netns", "add", name);
      ip("-n", name, "link", "set", "lo", "up");
      ip("link", "add", `${name}b`, "type", "bridge");
      ip("link", "del", `${name}b`);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    } finally {
      spawnSync("ip", ["netns", "del", name]);
    }
  }

  /** The address of a machine. */
  addressOf(name: string): string {
    return `${this.#net}.${this.#names.indexOf(name) + 11}`;
  }

  /** The words before a command that runs it on a machine. */
  on(name: string): string[] {
    return ["ip", "netns", "exec", this.#space(name)];
  }

  /** Pulls the cable, or puts it back and waits until the machine reaches this one again. */
  cut(name: string, isCut = true): void {
    ip("link", "set", this.#space(name), isCut ? "down" : "up");
    if (isCut) return;
    // For some seconds it may still say "no route to host"; a refused connection has come through.
    const [first, ...words] = this.on(name);
    const tries = `for (;;) { let said = ""; await new Promise((over) => require("net").connect(1, "${this.address}").once("error", (error) => over((said = error.code)))); if (said === "ECONNREFUSED") break; }`;
    const { status, stderr } = spawnSync(
      first!,
      [...words, process.execPath, "-e", `(async () => { ${tries} })()`],
      {
        encoding: "utf8",
        timeout: 60_000,
      },
    );
    if (status !== 0) throw new Error(`${name} does not reach this machine again: ${stderr}`);
  }

  /** Switches a machine off: everything on it dies at once, without a word to anybody. */
  kill(name: string): void {
    // First the cable, since a dying process says goodbye to its connections.
    this.cut(name);
    for (const pid of ip("netns", "pids", this.#space(name)).split("\n").filter(Boolean))
      try {
        process.kill(Number(pid), "SIGKILL");
      } catch {
        // it has just ended
      }
  }

  close(): void {
    for (const name of this.#names) {
      this.kill(name);
      spawnSync("ip", ["netns", "del", this.#space(name)]);
    }
    spawnSync("ip", ["link", "del", this.#bridge]);
  }

  get #bridge(): string {
    return `${this.#tag}br`;
  }

  #space(name: string): string {
    return `${this.#tag}${name}`;
  }
}
