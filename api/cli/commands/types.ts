/** `strata types`: what can be got. */
import type { CommandInput } from "../command_spec.ts";
import { fetchDefinitions } from "../definitions.ts";
import type { Session } from "../session.ts";
import { Table } from "../table.ts";

/** Prints the machine's resource types. */
export async function run(session: Session, input: CommandInput): Promise<void> {
  const { signal } = session.world;
  const definitions = await session.withMachine((transport) =>
    fetchDefinitions(transport, { signal })
  );
  const table = new Table(session.out, {
    columns: ["TYPE", "NAMESPACE", "ALIASES"],
    headers: input.options["no-headers"] === true ? "hidden" : "shown",
  });
  for (const { type, namespace, aliases } of definitions) {
    await table.row([type, namespace, aliases.join(" ")]);
  }
  await table.flush();
}
