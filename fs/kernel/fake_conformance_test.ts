import { kernelConformance } from "../../tests/conformance/kernel.ts";
import { mapperConformance } from "../../tests/conformance/kernel_mapper.ts";
import type { Tools, Workbench } from "../../tests/conformance/kernel_bench.ts";
import { FakeKernel } from "../../tests/fakes/kernel.ts";
import { MS } from "./constants.ts";

const TOOLS: Tools = {
  talker: "/usr/bin/talker",
  killed: "/usr/bin/killed",
  sleeper: "/usr/bin/sleeper",
  chatty: "/usr/bin/chatty",
};

const CGROUP = "/sys/bench";

kernelConformance((name, body) => Deno.test(`FakeKernel ${name}`, () => body(fakeBench)));

mapperConformance((name, body) => Deno.test(`FakeKernel ${name}`, () => body(fakeBench())));

function fakeBench(): Workbench {
  const kernel = new FakeKernel();
  const root = "/work";
  kernel.mkdir(root, 0o755);
  kernel.mount({ source: "tmpfs", target: root, fstype: "tmpfs", flags: MS.NODEV, data: "" });
  kernel.addNode("/dev/mapper/control", "character");
  kernel.onTool(TOOLS.talker, (args) => ({
    code: 7,
    stdout: `${args.join(" ")}\nPATH=/usr/sbin:/usr/bin:/sbin:/bin\n`,
    stderr: "err\n",
  }));
  kernel.onTool(TOOLS.killed, () => ({ code: 143, signal: "SIGTERM" }));
  kernel.mount({ source: "cgroup2", target: "/sys", fstype: "cgroup2", flags: 0n, data: "" });
  kernel.mkdir(CGROUP, 0o755);
  kernel.onProgram(TOOLS.talker, async (running) => {
    await running.write(`${running.request.command.slice(1).join(" ")}\n`);
    await running.write(running.request.environment.map((each) => `${each}\n`).join(""));
    await running.write("err\n", "stderr");
    running.end({ code: 7 });
  });
  kernel.onProgram(TOOLS.killed, (running) => running.end({ signal: 15 }));
  kernel.onProgram(TOOLS.sleeper, () => {});
  kernel.onTool(TOOLS.sleeper, () => new Promise(() => {}));
  kernel.onTool(TOOLS.chatty, () => ({ stdout: "x".repeat(1_000_000) }));
  return {
    kernel,
    root,
    tools: TOOLS,
    cgroup: CGROUP,
    makeFifo: (path) => kernel.addNode(path, "fifo"),
    setAttributes(path, attributes) {
      for (const [name, data] of Object.entries(attributes)) kernel.setAttribute(path, name, data);
    },
    sayToKernel: (text) => kernel.kernelLog.say(text),
    makeImage: (path, files) => kernel.addImage(path, files),
    [Symbol.dispose]: () => {},
  };
}
