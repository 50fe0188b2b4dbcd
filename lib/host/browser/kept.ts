/**
 * Keeps what was fetched over the network in the browser's Cache Storage, under web addresses, so that it is available
 * offline and the next time. Where the browser has no such storage or no more room, it is kept in memory while the page
 * is open.
 */
import { web, type WebCache } from "./web.js";

const NAME = "chainrule-data";
const memory = new Map<string, Uint8Array<ArrayBuffer>>();

async function storage(): Promise<WebCache | undefined> {
  return await web.caches?.open(NAME).catch(() => undefined);
}

export async function kept(address: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const response = memory.has(address) ? undefined : await (await storage())?.match(address);
  return response ? new Uint8Array(await response.arrayBuffer()) : memory.get(address);
}

export async function isKept(address: string): Promise<boolean> {
  return memory.has(address) || (await (await storage())?.match(address)) !== undefined;
}

export async function keep(address: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const cache = await storage();
  try {
    if (cache === undefined) throw new Error("there is no storage");
    await cache.put(address, new Response(bytes));
    memory.delete(address);
  } catch {
    memory.set(address, bytes);
  }
}

/** The addresses of everything kept below this one. */
export async function keptBelow(address: string): Promise<string[]> {
  const requests = (await (await storage())?.keys()) ?? [];
  return [...requests.map(({ url }) => url), ...memory.keys()].filter((url) => url.startsWith(address));
}
