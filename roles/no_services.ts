/** The services of an agent that keeps none. */
import { MachineError } from "../api/machine_port.ts";
import type { ServicePort } from "../api/service_port.ts";

/** None, and refusals that say so. @param why Why there are none, as the end of a sentence. */
export function noServices(why: string): ServicePort {
  const none = (what: string, id: string): MachineError => {
    const name = JSON.stringify(id.slice(0, 64));
    return new MachineError("not-found", `Cannot find ${what} ${name}: ${why}`);
  };
  const refuse = (id: string): never => {
    throw none("service", id);
  };
  return {
    list: () => [],
    usage: () => [],
    logs: () => [],
    start: refuse,
    stop: refuse,
    restart: refuse,
    // deno-lint-ignore require-yield -- there is nothing to give
    async *readLog(id) {
      await Promise.resolve();
      throw none("a log of", id);
    },
  };
}
