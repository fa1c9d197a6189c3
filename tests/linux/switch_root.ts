/** Program: makes the mount at its first argument the root, by the path of its second, and says what it sees. */
import { openLinux } from "../../fs/kernel/linux.ts";

const [root = "", path = ""] = Deno.args;
const kernel = openLinux({ bind: "at once" });
kernel.moveMount("/proc", `${root}/proc`);
kernel.moveMount(root, "/");
kernel.changeRoot(path);
const seen = {
  names: kernel.names("/"),
  cwd: Deno.cwd(),
  marker: kernel.readText("/marker"),
  mounts: kernel.readText("/proc/self/mountinfo").trimEnd().split("\n"),
};
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(seen)));
