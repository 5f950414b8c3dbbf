/** Ports for the servers that run in a workspace, so that two workspaces can run the same ones side by side. */
import { IncrError } from "./error.ts";

/** How many ports in a row belong to a lease: `INCR_PORT` and the nine after it. */
export const PORTS_PER_LEASE = 10;

/**
 * Above the ports of common services (3000, 5432, 8080, …) and below those that the kernel gives to outgoing connections: from 32768 on Linux, 49152 on macOS.
 */
const FIRST = 20_000;
const END = 30_000;

/**
 * The lowest block of ten ports that no other lease has. Other programs may use some of them all the same: nothing is bound here.
 * @param taken first ports of the live leases of this machine
 * @throws IncrError `rule` when a thousand leases have them all
 */
export function choosePort(taken: readonly number[]): number {
  const blocks = new Set(taken.flatMap((port) => [blockOf(port), blockOf(port + PORTS_PER_LEASE - 1)]));
  for (let port = FIRST; port < END; port += PORTS_PER_LEASE) if (!blocks.has(port)) return port;
  throw new IncrError("rule", `all ${(END - FIRST) / PORTS_PER_LEASE} ranges of ports are leased`, {
    hint: "incr workspace list shows who holds them",
  });
}

/** First port of the block that `port` lies in. */
function blockOf(port: number): number {
  return port - (port % PORTS_PER_LEASE);
}
