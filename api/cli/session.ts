/** One run of a command: its world, its output, and the machine it may ask. */
import { callError } from "../client/call_error.ts";
import { type DiscoveryFlags, findMachine } from "../client/discovery.ts";
import { Output } from "./output.ts";
import type { CliWorld } from "./world.ts";
import type { Transport } from "@connectrpc/connect";

/** What a command works with. */
export interface Session {
  readonly world: CliWorld;
  readonly out: Output;
  /**
   * Finds the machine and lets `use` call it. The transport ends with it, calls that still run included.
   *
   * @throws {CommandError} No machine, or a call ended with an error.
   */
  withMachine<T>(use: (transport: Transport) => Promise<T>): Promise<T>;
}

/** A session on `world`. */
export function session(world: CliWorld, flags: DiscoveryFlags): Session {
  return {
    world,
    out: new Output(world.stdout, world),
    async withMachine(use) {
      const found = await findMachine(flags, world);
      using connection = await world.connect(found);
      try {
        return await use(connection.transport);
      } catch (error) {
        throw callError(error, { found, signal: world.signal });
      }
    },
  };
}
