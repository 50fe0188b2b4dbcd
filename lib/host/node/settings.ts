/** Settings are environment variables. */
export function setting(name: string): string | undefined {
  return process.env[name];
}
