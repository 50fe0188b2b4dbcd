/**
 * Settings, which a page gives before it loads the library:
 *
 *     globalThis.chainruleSettings = { CHAINRULE_COMPUTE: "typescript" };
 */
export function setting(name: string): string | undefined {
  return (globalThis as { chainruleSettings?: Readonly<Record<string, string>> }).chainruleSettings?.[name];
}
