/** The place that an address on the command line means. */
import { queue, slurm } from "#host/places";
import type { Workplace } from "../../lib/host/place-contract.js";

/** An address that leads nowhere. */
export class PlaceError extends Error {
  override readonly name = "PlaceError";
}

/**
 * @param address  `redis://` or `rediss://` for a queue, `slurm:FOLDER` for a cluster
 * @throws PlaceError in words
 */
export function placeOf(address: string): Workplace {
  try {
    if (/^rediss?:/.test(address)) return queue(address);
    if (address.startsWith("slurm:") && address.length > "slurm:".length)
      return slurm({ folder: address.slice("slurm:".length) });
  } catch (error) {
    throw new PlaceError((error as Error).message, { cause: error });
  }
  throw new PlaceError(
    `--place ${address}: give redis://HOST or rediss://HOST for a queue, or slurm:FOLDER for a cluster.`,
  );
}
