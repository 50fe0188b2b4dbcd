/** How tests start Chromium: without a screen, without requests of its own, and with patience. */
import { chromium } from "playwright-core";
import type { Browser, BrowserContext } from "playwright-core";

const args = [
  ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
];

/** For `openChromium`: pages have WebGPU, on a graphics card in software (SwiftShader). */
export const SOFTWARE_CARD = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];

/** What a page may take for one step, in milliseconds. A limit is for what hangs, not for a busy machine. */
const PATIENCE = 120_000;

/** A browser whose contexts, also those of `newPage`, know nothing of each other. */
export async function launchChromium(executablePath: string): Promise<Browser> {
  const browser = await chromium.launch({ executablePath, args });
  browser.on("context", (context) => context.setDefaultTimeout(PATIENCE));
  return browser;
}

/** A browser that keeps what its pages store, in the folder `profile`. Its `args` come beside those of all tests. */
export async function openChromium(
  profile: string,
  executablePath: string,
  options: Parameters<typeof chromium.launchPersistentContext>[1] = {},
): Promise<BrowserContext> {
  const all = [...args, ...(options.args ?? [])];
  const context = await chromium.launchPersistentContext(profile, { ...options, executablePath, args: all });
  context.setDefaultTimeout(PATIENCE);
  return context;
}
