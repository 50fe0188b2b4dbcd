/**
 * Before the tests of the WebGPU engine: a graphics card in software for Node, SwiftShader, which comes with Chromium.
 * VK_ICD_FILENAMES names another driver's file.
 */
import { existsSync } from "node:fs";

/** Where Chromium's libraries are. */
const FOLDERS = ["/usr/lib/chromium", "/usr/lib/chromium-browser"];
/** "Resolve all names now, and stay when closed": the loader then finds the library by its name. */
const RTLD_NOW_AND_STAY = 0x1002;

const folder = FOLDERS.find((one) => existsSync(`${one}/vk_swiftshader_icd.json`));
if (folder && process.env.VK_ICD_FILENAMES === undefined) {
  process.env.VK_ICD_FILENAMES = `${folder}/vk_swiftshader_icd.json`;
  // Chromium brings Vulkan's loader too, where the machine may have none.
  try {
    process.dlopen({ exports: {} }, `${folder}/libvulkan.so.1`, RTLD_NOW_AND_STAY);
  } catch {
    // It is no addon of Node's, and says so; it is loaded all the same, or not there.
  }
}
