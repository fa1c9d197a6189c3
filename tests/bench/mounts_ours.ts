/** Mounts and unmounts a tmpfs at the directory named, as often as asked; in a mount namespace of its own. */
import { openLinux } from "../../fs/kernel/linux.ts";

const [target = "", pairs = "0"] = Deno.args;
const kernel = openLinux();
for (let done = 0; done < Number(pairs); done++) {
  kernel.mount({ source: "tmpfs", target, fstype: "tmpfs", flags: 0n, data: "size=1m" });
  kernel.unmount(target);
}
