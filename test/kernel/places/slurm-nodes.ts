/**
 * A cluster of Slurm itself, for tests and measurements: one controller on this machine and nodes that are network
 * namespaces with host names of their own. Needs what `Hosts` needs, and Debian's slurm-wlm.
 */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import path from "node:path";
import { Hosts } from "./hosts.js";

export interface SlurmNodesOptions {
  /** How many tasks each node does at a time. */
  readonly slots?: number;
}

export class SlurmNodes {
  /** A folder that all nodes see. */
  readonly folder: string;
  readonly #hosts: Hosts;
  readonly #daemons: ChildProcess[] = [];
  readonly #before = process.env.SLURM_CONF;
  /** A test that is broken off leaves no nodes behind, and no tasks that wait for it. */
  readonly #atExit = (): void => this.close();

  /** Starts a cluster; this process's Slurm commands mean it until it is closed. */
  static async start(names: readonly string[], options: SlurmNodesOptions = {}): Promise<SlurmNodes> {
    const nodes = new SlurmNodes(names, options);
    try {
      await nodes.#ready(names);
      return nodes;
    } catch (error) {
      nodes.close();
      throw error;
    }
  }

  private constructor(names: readonly string[], { slots = 2 }: SlurmNodesOptions) {
    this.folder = mkdtempSync(path.join(tmpdir(), "chainrule-nodes-"));
    this.#hosts = new Hosts(names);
    const settings = path.join(this.folder, "slurm.conf");
    writeFileSync(settings, this.#settings(names, slots));
    // A container has no /sys/fs/cgroup that version 2 could use; slurmd reads this although it then uses neither.
    writeFileSync(path.join(this.folder, "cgroup.conf"), "CgroupPlugin=cgroup/v1\n");
    process.env.SLURM_CONF = settings;
    process.once("exit", this.#atExit);
    mkdirSync(path.join(this.folder, "state"));
    this.#start("slurmctld", []);
    for (const name of names) this.switchOn(name);
  }

  /** Switches a node on: it is called by its name, and takes tasks. */
  switchOn(name: string): void {
    this.#hosts.cut(name, false);
    mkdirSync(path.join(this.folder, `spool-${name}`), { recursive: true });
    const command = ["unshare", "--uts", "sh", "-c", `hostname ${name}; exec slurmd -D`];
    this.#start(name, [...this.#hosts.on(name), ...command]);
  }

  /** Pulls a node's cable, or puts it back. */
  cut(name: string, isCut = true): void {
    this.#hosts.cut(name, isCut);
  }

  /** Switches a node off in the middle of whatever it does. */
  kill(name: string): void {
    this.#hosts.kill(name);
  }

  /** All tasks that Slurm knows: what each is called, its state, and why it waits. */
  tasks(): { readonly job: string; readonly state: string; readonly reason: string }[] {
    const listed = this.ask("squeue", "-h", "-r", "-t", "all", "-o", "%F_%K %T %r");
    const lines = listed.split("\n").filter(Boolean);
    return lines.map((line) => {
      const [job = "", state = "", ...reason] = line.split(" ");
      return { job, state, reason: reason.join(" ") };
    });
  }

  /** What one of Slurm's commands prints. */
  ask(command: string, ...words: string[]): string {
    return execFileSync(command, words, { encoding: "utf8", timeout: 60_000 }).trim();
  }

  close(): void {
    process.off("exit", this.#atExit);
    this.#hosts.close();
    for (const one of this.#daemons) one.kill("SIGKILL");
    if (this.#before === undefined) delete process.env.SLURM_CONF;
    else process.env.SLURM_CONF = this.#before;
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  #start(name: string, words: readonly string[]): void {
    const [first, ...rest] = words.length === 0 ? ["slurmctld", "-D"] : words;
    const one = spawn(first!, rest, { stdio: "ignore" });
    one.on("error", (error) => process.stderr.write(`${name}: ${error.message}\n`));
    this.#daemons.push(one);
  }

  /** Waits until every node takes tasks. @throws Error with what the daemons say */
  async #ready(names: readonly string[]): Promise<void> {
    for (let i = 0; i < 300; i++) {
      const { stdout } = spawnSync("sinfo", ["-h", "-N", "-o", "%N %t"], {
        encoding: "utf8",
        timeout: 30_000,
      });
      if (names.every((name) => stdout.split("\n").includes(`${name} idle`))) return;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    const said = ["slurmctld", ...names].map(
      (name) => `${name}: ${tail(path.join(this.folder, `${name}.log`))}`,
    );
    throw new Error(`Slurm's nodes do not come up.\n${said.join("\n")}`);
  }

  #settings(names: readonly string[], slots: number): string {
    const at = (name: string): string => path.join(this.folder, name);
    // Ports of its own, below those that Linux gives away, so that two tests may have a cluster each.
    const port = 21_000 + (process.pid % 5_000) * 2;
    return `${[
      "ClusterName=test",
      `SlurmctldHost=${hostname().split(".")[0]}(${this.#hosts.address})`,
      `SlurmctldPort=${port}`,
      `SlurmdPort=${port + 1}`,
      "SlurmUser=root",
      // All is one machine: nobody has to prove who he is.
      "AuthType=auth/none",
      "CredType=cred/none",
      `StateSaveLocation=${at("state")}`,
      `SlurmdSpoolDir=${at("spool-%n")}`,
      `SlurmctldPidFile=${at("slurmctld.pid")}`,
      `SlurmdPidFile=${at("%n.pid")}`,
      `SlurmctldLogFile=${at("slurmctld.log")}`,
      `SlurmdLogFile=${at("%n.log")}`,
      // No control groups: see cgroup.conf.
      "ProctrackType=proctrack/linuxproc",
      "TaskPlugin=task/none",
      "JobAcctGatherType=jobacct_gather/none",
      "SwitchType=switch/none",
      "MpiDefault=none",
      "SelectType=select/cons_tres",
      "SelectTypeParameters=CR_CPU",
      // A node is lost that has been silent for so many seconds.
      "SlurmdTimeout=10",
      "ReturnToService=2",
      // Nodes have as many processors as is said here, whatever they have.
      "SlurmdParameters=config_overrides",
      ...names.map(
        (name) => `NodeName=${name} NodeAddr=${this.#hosts.addressOf(name)} CPUs=${slots} State=UNKNOWN`,
      ),
      "PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP",
    ].join("\n")}\n`;
  }
}

function tail(file: string): string {
  try {
    return readFileSync(file, "utf8").split("\n").slice(-12).join("\n");
  } catch {
    return "it has written no log";
  }
}
