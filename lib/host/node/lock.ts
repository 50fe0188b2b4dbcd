/**
 * A lock between processes: a file that only one of them can create. Whoever holds it writes its name into it and
 * touches it now and then; a lock whose holder has died, or has not touched it for a minute, is broken.
 *
 * The package proper-lockfile 4.1 was tried and is no replacement: it does not ask whether the holder lives, so that whoever
 * waits for one that was killed waits for ten seconds, and a process that computes for as long loses its lock and dies of it.
 */
import { link, open, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { hostname } from "node:os";

/** Milliseconds: how often a lock is touched, looked at by those who wait, and after how long it counts as left. */
const [touchEvery, lookEvery, leftAfter] = [5_000, 100, 60_000];

/** Runs `body` while no other call, of this or another process, holds the lock at this path; waits until then. */
export async function withLock<T>(path: string, body: () => Promise<T>): Promise<T> {
  while (!(await take(path))) {
    if (await isLeft(path)) await breakLock(path);
    else await new Promise((resolve) => setTimeout(resolve, lookEvery));
  }
  // A touch that fails, as when the lock was broken, must not end the process.
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
    // On a full disk the lock stays without a name, and does.
    await handle.writeFile(`${process.pid} ${hostname()}`).catch(() => {});
    await handle.close();
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === "EEXIST") return false;
    throw error;
  }
}

async function isLeft(path: string): Promise<boolean> {
  try {
    if (Date.now() - (await stat(path)).mtimeMs > leftAfter) return true;
    const [pid, host] = (await readFile(path, "utf8")).split(" ");
    return host === hostname() && !isAlive(Number(pid));
  } catch (error) {
    // It was given back in this moment.
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

/** Moves the lock out of the way, and back when another process broke it first and this one is its own. */
async function breakLock(path: string): Promise<void> {
  const broken = `${path}.${crypto.randomUUID()}`;
  try {
    await rename(path, broken);
    if (!(await isLeft(broken))) await link(broken, path);
  } catch (error) {
    if (!["ENOENT", "EEXIST"].includes((error as { code?: string }).code ?? "")) throw error;
  } finally {
    await rm(broken, { force: true });
  }
}
