/** The types of build.mjs, for the tests that build the native routines. */
export function buildNative(options?: { platform?: string; cc?: string; out?: string }): string;
export function compiler(): string | undefined;
