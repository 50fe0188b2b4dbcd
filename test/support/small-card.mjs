/**
 * WebGPU on a card with as little memory as a test wants, in the place of the package webgpu (CHAINRULE_WEBGPU names this file). The
 * file that TEST_CARD names says how many bytes there are, and may change at any time. A block that has no room is an error in its
 * out-of-memory scope, and useless, as the standard says.
 */
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { TEST_CARD, TEST_CARD_WEBGPU } = process.env;
const real = await import(TEST_CARD_WEBGPU ? pathToFileURL(TEST_CARD_WEBGPU).href : "webgpu");

export const { globals } = real;

export function create(options) {
  const gpu = real.create(options);
  return {
    async requestAdapter(wanted) {
      const adapter = await gpu.requestAdapter(wanted);
      return withOwn(adapter, {
        requestDevice: async (needed) => small(await adapter.requestDevice(needed)),
      });
    },
  };
}

/** An object with some methods of our own. */
function withOwn(object, own) {
  return new Proxy(object, {
    get(_target, name) {
      if (name in own) return own[name];
      const value = object[name];
      return typeof value === "function" ? value.bind(object) : value;
    },
  });
}

function small(device) {
  let used = 0;
  const scopes = [];
  return withOwn(device, {
    createBuffer(options) {
      const buffer = device.createBuffer(options);
      if (used + options.size > Number(readFileSync(TEST_CARD, "utf8"))) {
        buffer.destroy();
        const scope = scopes.findLast(({ kind }) => kind === "out-of-memory");
        scope.error ??= { message: `no room for ${options.size} bytes` };
        return buffer;
      }
      used += options.size;
      const destroy = buffer.destroy.bind(buffer);
      buffer.destroy = () => {
        used -= options.size;
        destroy();
      };
      return buffer;
    },
    pushErrorScope(kind) {
      scopes.push({ kind });
      device.pushErrorScope(kind);
    },
    async popErrorScope() {
      const { error } = scopes.pop();
      return (await device.popErrorScope()) ?? error ?? null;
    },
  });
}
