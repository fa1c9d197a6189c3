/** Chooses what this process is: the machine's init, or a command. The only file that opens Linux. */
import { openLinux } from "./fs/kernel/linux.ts";
import { initMain, isInit } from "./roles/init.ts";

if (import.meta.main) {
  if (isInit()) await initMain(openLinux);
  else {
    // Loaded only here: the init must not wait for the command line's code, nor the command for the machine's.
    const { commandMain } = await import("./roles/command.ts");
    Deno.exit(await commandMain(Deno.args, openLinux));
  }
}
