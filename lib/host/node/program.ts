/** The process that everything runs in. */
export const VERSION: string = process.version;

export function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
