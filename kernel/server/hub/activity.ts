/** Tells the hub when somebody last did something here, so that it does not end a server that is used. */
import type { Hub } from "./surroundings.js";

export interface ActivityOptions {
  readonly hub: Hub;
  /** When something last happened. */
  readonly last: () => Date;
  readonly log: (line: string) => void;
}

/** @returns ends it */
export function reportActivity({ hub, last, log }: ActivityOptions): () => void {
  const { activityUrl: url } = hub;
  if (url === undefined) return () => {};
  let told = 0;
  const tell = async (): Promise<void> => {
    const time = last();
    if (time.getTime() <= told) return;
    const stamp = time.toISOString();
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { Authorization: `token ${hub.token}`, "Content-Type": "application/json" },
        body: JSON.stringify({ servers: { [hub.server]: { last_activity: stamp } }, last_activity: stamp }),
        signal: AbortSignal.timeout(20_000),
      });
      if (!response.ok) throw new Error(`it answers ${response.status}`);
      told = time.getTime();
    } catch (error) {
      log(`JupyterHub was not told of activity: ${(error as Error).message}; it will be tried again`);
    }
  };
  void tell();
  const timer = setInterval(() => void tell(), hub.activityInterval).unref();
  return () => clearInterval(timer);
}
