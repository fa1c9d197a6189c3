/** One run of a command: its world, its output, and the machine it may ask. */
import { type DiscoveryFlags, findMachine } from "../client/discovery.ts";
import { Output } from "./output.ts";
import type { CliWorld } from "./world.ts";
import type { Transport } from "@connectrpc/connect";

/** Milliseconds unless `--timeout` says otherwise: a machine under emulation and over a slow line answers in a few. */
export const TIMEOUT_MS_DEFAULT = 30_000;

/** What was said before or behind any command. */
export interface SessionFlags extends DiscoveryFlags {
  /** Milliseconds a call may keep the command waiting; 0 is for ever. */
  readonly timeoutMs: number;
}

/** What a command works with. */
export interface Session {
  readonly world: CliWorld;
  readonly out: Output;
  readonly flags: SessionFlags;
  /**
   * Finds the machine and lets `use` call it. The transport ends with it, calls that still run included.
   *
   * @throws {CommandError} No machine, or a call ended with an error.
   */
  withMachine<T>(use: (transport: Transport) => Promise<T>): Promise<T>;
}

/** A session on `world`. */
export function session(world: CliWorld, flags: SessionFlags): Session {
  return {
    world,
    out: new Output(world.stdout, world),
    flags,
    async withMachine(use) {
      const found = await findMachine(flags, world);
      const { patientTransport } = await import("./patience.ts");
      using connection = await world.connect(found, { waitMs: flags.timeoutMs });
      try {
        const patience = { timeoutMs: flags.timeoutMs, clock: world.clock };
        return await use(patientTransport(connection.transport, patience));
      } catch (error) {
        const { callError } = await import("../client/call_error.ts");
        throw callError(error, { found, signal: world.signal });
      }
    },
  };
}
