// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertMatch } from "@std/assert";
import { run } from "./linux_bench.ts";

Deno.test("switchRoot() leaves a process with the new root, the agent in it and the leftovers gone", () => {
  const base = Deno.makeTempDirSync({ prefix: "strata-switch-" });
  try {
    const [root, agent, leftover] = ["root", "agent", "leftover"].map((name) => `${base}/${name}`);
    if (root === undefined || agent === undefined || leftover === undefined) throw new Error(base);
    Deno.mkdirSync(root);
    Deno.writeTextFileSync(agent, "the agent");
    Deno.mkdirSync(`${leftover}/deep`, { recursive: true });
    const program = new URL("./initramfs.ts", import.meta.url).pathname;
    const deno = [Deno.execPath(), "run", "--allow-all", "--no-check", program];
    const unshare = ["--mount", "--propagation", "private"];
    const said = JSON.parse(run("unshare", ...unshare, ...deno, root, agent, leftover));
    const { mounts, ...seen } = said;
    assertEquals(seen, { kept: [], cwd: "/", names: ["bin", "proc"], agent: "the agent" });
    const lines: string[] = mounts;
    const at = (target: string) => lines.filter((line) => line.split(" ")[4] === target);
    assertEquals([at("/").length, at("/proc").length, at("/bin/agent").length], [1, 1, 1]);
    assertMatch(at("/bin/agent")[0] ?? "", / ro,nosuid,nodev,/);
    assertEquals([...Deno.readDirSync(base)].map(({ name }) => name).sort(), ["agent", "root"]);
  } finally {
    Deno.removeSync(base, { recursive: true });
  }
});
