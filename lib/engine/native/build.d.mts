export function buildNative(options?: { platform?: string; cc?: string; out?: string }): string;
export function compiler(): string | undefined;
