/** The agent of the test image: the shipped one with a probe in it. Never part of the shipped image. */
import { openLinux } from "../../fs/kernel/linux.ts";
import { initMain } from "../../roles/init.ts";
import { probeController } from "./probe.ts";

await initMain(openLinux, (agent, kernel) => agent.engine.register(probeController(kernel)));
