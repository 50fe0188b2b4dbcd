/** A browser ends a worker with all that it has, and no code without. */
export function openTerminator(): undefined {
  return undefined;
}

export function allowLooking(): () => void {
  return () => {};
}
