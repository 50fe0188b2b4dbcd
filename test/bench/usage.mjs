/** What a process and all below it take, where the system tells (Linux). */
import { readdirSync, readFileSync } from "node:fs";

/** Looks at them twice a second. @param {number} top the process's number */
export function watch(top) {
  /** Seconds that each has computed. */
  const used = new Map();
  let peak = 0;
  const look = () => {
    const parents = new Map();
    for (const name of readdirSync("/proc").filter((one) => /^\d+$/.test(one))) {
      try {
        const fields = readFileSync(`/proc/${name}/stat`, "utf8").split(") ").at(-1).split(" ");
        const seconds = (Number(fields[11]) + Number(fields[12])) / 100;
        parents.set(Number(name), { parent: Number(fields[1]), seconds });
      } catch {} // It has ended.
    }
    let memory = 0;
    for (const [pid, { seconds }] of parents) {
      let at = pid;
      while (at !== top && parents.has(at)) at = parents.get(at).parent;
      if (at !== top) continue;
      used.set(pid, seconds);
      try {
        // What processes share is counted once.
        const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
        memory += Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0) / 1024;
      } catch {} // It has ended.
    }
    peak = Math.max(peak, memory);
  };
  const timer = process.platform === "linux" ? setInterval(look, 500) : undefined;
  return {
    /** @returns the most megabytes at once, and the seconds computed; 0 where the system does not say */
    end() {
      clearInterval(timer);
      return { peak, computed: [...used.values()].reduce((sum, one) => sum + one, 0) };
    },
  };
}
