/** `strata completion`: scripts for shells. */
import type { CommandInput } from "../command_spec.ts";
import { SHELL_SCRIPTS } from "../completion/shell_scripts.ts";
import type { Session } from "../session.ts";

/** Prints the script. */
export async function run(session: Session, input: CommandInput): Promise<void> {
  await session.out.text(SHELL_SCRIPTS[input.arguments["SHELL"] ?? ""] ?? "");
}
