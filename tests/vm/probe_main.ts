/** The agent of the test image: the shipped one with a probe and faulty controllers in it. Never part of what ships. */
import { openLinux } from "../../fs/kernel/linux.ts";
import { initMain, isInit } from "../../roles/init.ts";
import { faultyControllers } from "./faults.ts";
import { probeController } from "./probe.ts";

if (isInit()) {
  await initMain(openLinux, async ({ engine }, kernel) => {
    await engine.register(probeController(kernel));
    for (const faulty of faultyControllers()) await engine.register(faulty);
  });
} else if (Deno.args[0] === "read-code") {
  // As the shipped one's.
  await (Deno.args[1] === "apid"
    ? import("../../roles/apid_command.ts")
    : import("../../roles/machine.ts"));
} else {
  const { apidMain } = await import("../../roles/apid_command.ts");
  Deno.exit(await apidMain(Deno.args.slice(1), openLinux));
}
