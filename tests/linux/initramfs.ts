/** Program: switches to a tmpfs at its first argument with `switchRoot`, and says what it sees then. */
import { openLinux } from "../../fs/kernel/linux.ts";
import { switchRoot } from "../../fs/switch_root.ts";

const [root = "", agent = "", leftover = ""] = Deno.args;
const kernel = openLinux({ bind: "at once" });
kernel.mount({ source: "tmpfs", target: root, fstype: "tmpfs", flags: 0n, data: "size=1m" });
for (const name of ["bin", "proc"]) kernel.mkdir(`${root}/${name}`, 0o755);
kernel.writeFile(`${root}/bin/agent`, "placeholder", { mode: 0o755 });
const kept = switchRoot(kernel, {
  root,
  carry: ["/proc"],
  agent: { source: agent, target: "/bin/agent" },
  remove: [leftover],
});
const seen = {
  kept,
  cwd: Deno.cwd(),
  names: kernel.names("/"),
  agent: kernel.readText("/bin/agent"),
  mounts: kernel.readText("/proc/self/mountinfo").trimEnd().split("\n"),
};
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(seen)));
