/** Other machines for a search, see README.md. Their types are written out, so that declarations name no "#host". */
import { queue as hostQueue, slurm as hostSlurm } from "#host/places";
import type { QueueOptions, SlurmOptions, Workplace } from "../../host/place-contract.js";

/**
 * Machines that take work from a queue in Redis or Valkey (BullMQ): `search(space, train, { place: queue(url) })`. Each of
 * them runs `chainrule worker URL` with the same key.
 * @param url  `redis://` or, with TLS, `rediss://`
 * @throws RangeError when there is no key, or it is too short, or the address is none of Redis
 */
export function queue(url: string, options: QueueOptions = {}): Workplace {
  return hostQueue(url, options);
}

/** A cluster that Slurm manages: `search(space, train, { place: slurm({ folder: "/shared/me" }) })`. */
export function slurm(options: SlurmOptions): Workplace {
  return hostSlurm(options);
}
