/** Chooses what this process is: the machine's init, its network face, or a command. The only file that opens Linux. */
import { openLinux } from "./fs/kernel/linux.ts";
import { initMain, isInit } from "./roles/init.ts";

if (import.meta.main) {
  if (isInit()) await initMain(openLinux);
  else if (Deno.args[0] === "apid") {
    // Has little of Linux but its sockets, and as little code as may be.
    const { apidMain } = await import("./roles/apid_command.ts");
    Deno.exit(await apidMain(Deno.args.slice(1), openLinux));
  } else if (Deno.args[0] === "read-code") {
    // What an image is built by: V8 compiles, and nothing is done. From here, since what a module reads later is not kept.
    await (Deno.args[1] === "apid"
      ? import("./roles/apid_command.ts")
      : import("./roles/machine.ts"));
  } else {
    // Loaded only here: the init must not wait for the command line's code, nor the command for the machine's.
    const { commandMain } = await import("./roles/command.ts");
    Deno.exit(await commandMain(Deno.args, openLinux));
  }
}
