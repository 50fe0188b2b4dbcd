/**
 * A lock between processes: a file that only one of them can create. The holder writes its process id and host into the
 * file and touches it every few seconds. A lock is abandoned when its holder has died or has not touched it for a minute;
 * another process then breaks it.
 *
 * The package proper-lockfile 4.1 was tried and is no replacement: it does not check whether the holder is alive. So after
 * a holder was killed the others wait for ten seconds, and a process that computes for ten seconds loses its lock and ends
 * with an error.
 */
import { link, open, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { hostname } from "node:os";

/** Milliseconds: between two touches by the holder, between two checks by a waiting process, and until it is abandoned. */
const [touchEvery, lookEvery, abandonedAfter] = [5_000, 100, 60_000];

/** Runs `body` while no other call, of this or another process, holds the lock at this path; waits until then. */
export async function withLock<T>(path: string, body: () => Promise<T>): Promise<T> {
  while (!(await take(path))) {
    if (await isAbandoned(path)) await breakLock(path);
    else await new Promise((resolve) => setTimeout(resolve, lookEvery));
  }
  // A touch that fails, for example because the lock was broken, must not end the process.
  const touching = setInterval(() => utimes(path, new Date(), new Date()).catch(() => {}), touchEvery);
  touching.unref();
  try {
    return await body();
  } finally {
    clearInterval(touching);
    await rm(path, { force: true });
  }
}

async function take(path: string): Promise<boolean> {
  try {
    const handle = await open(path, "wx");
    // On a full disk the process id cannot be written. The empty file still serves as a lock.
    await handle.writeFile(`${process.pid} ${hostname()}`).catch(() => {});
    await handle.close();
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === "EEXIST") return false;
    throw error;
  }
}

async function isAbandoned(path: string): Promise<boolean> {
  try {
    if (Date.now() - (await stat(path)).mtimeMs > abandonedAfter) return true;
    const [pid, host] = (await readFile(path, "utf8")).split(" ");
    return host === hostname() && !isAlive(Number(pid));
  } catch (error) {
    // The holder has just removed it.
    if ((error as { code?: string }).code === "ENOENT") return false;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0); // sends nothing
    return true;
  } catch (error) {
    return (error as { code?: string }).code !== "ESRCH";
  }
}

/** Moves the lock away; moves it back if it is not abandoned, because another process broke the old one and made this. */
async function breakLock(path: string): Promise<void> {
  const broken = `${path}.${crypto.randomUUID()}`;
  try {
    await rename(path, broken);
    if (!(await isAbandoned(broken))) await link(broken, path);
  } catch (error) {
    if (!["ENOENT", "EEXIST"].includes((error as { code?: string }).code ?? "")) throw error;
  } finally {
    await rm(broken, { force: true });
  }
}
