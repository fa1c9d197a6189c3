// @ts-types="../types/std_assert.d.ts"
import { assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { parseCommandLine } from "../fs/cmdline.ts";
import { SyscallError } from "../fs/kernel/syscall_error.ts";
import { FakeKernel } from "../tests/fakes/kernel.ts";
import { httpText, parseHttp } from "./listen_address.ts";
import { machineSettings } from "./machine_settings.ts";

const FIRMWARE = "/sys/firmware/qemu_fw_cfg/by_name/opt/strata/token/raw";

function settings(text: string) {
  return machineSettings(parseCommandLine(text));
}

Deno.test("machineSettings() has defaults that reach nobody outside", () => {
  const { hostname, http, network, watchdogSeconds, platform, problems } = settings("quiet");
  assertEquals({ hostname, http, network, watchdogSeconds, platform, problems }, {
    hostname: "strata",
    http: { hostname: "127.0.0.1", port: 50_080 },
    network: undefined,
    watchdogSeconds: 60,
    platform: "metal",
    problems: [],
  });
});

Deno.test("machineSettings() takes each argument, strata.hostname before that of ip=", () => {
  const ip = "ip=10.0.2.15::10.0.2.2:255.255.255.0:box:eth1";
  const all = "strata.http=0.0.0.0:80 strata.watchdog=5 strata.platform=qemu";
  const found = settings(`${ip} ${all}`);
  assertEquals([found.hostname, found.network?.device, found.problems], ["box", "eth1", []]);
  assertEquals([found.http, found.watchdogSeconds, found.platform], [
    { hostname: "0.0.0.0", port: 80 },
    5,
    "qemu",
  ]);
  assertEquals(settings(`${ip} strata.hostname=node-1.example`).hostname, "node-1.example");
});

for (
  const [argument, problem, key, value] of [
    ["strata.http=nowhere", /^Cannot listen on "nowhere": not ADDRESS:PORT/, "http", {
      hostname: "127.0.0.1",
      port: 50_080,
    }],
    ["strata.http=0.0.0.0:65536", /^Cannot listen on "0\.0\.0\.0:65536": /, "http", {
      hostname: "127.0.0.1",
      port: 50_080,
    }],
    ["strata.watchdog=4", /^Cannot use strata\.watchdog=4: .*5 to 3600 s/, "watchdogSeconds", 60],
    ["strata.watchdog=3601", /^Cannot use strata\.watchdog=3601: /, "watchdogSeconds", 60],
    ["strata.watchdog=6.5", /^Cannot use strata\.watchdog=6\.5: /, "watchdogSeconds", 60],
    ["strata.watchdog=", /^Cannot use strata\.watchdog=: /, "watchdogSeconds", 60],
    ["strata.hostname=", /^Cannot use strata\.hostname=: must be letters/, "hostname", "strata"],
    ["strata.hostname=a_b", /^Cannot use strata\.hostname=a_b: /, "hostname", "strata"],
    [`strata.hostname=${"x".repeat(65)}`, /at most 64$/, "hostname", "strata"],
    ["ip=dhcp", /^Cannot use kernel argument "ip=dhcp": /, "network", undefined],
    ["strata.htp=1", /^Cannot use kernel argument "strata\.htp": it is not known/, "http", {
      hostname: "127.0.0.1",
      port: 50_080,
    }],
  ] as const
) {
  Deno.test(`machineSettings() names ${argument.slice(0, 30)} and goes on with the default`, () => {
    const found = settings(argument);
    assertEquals(found.problems.length, 1);
    assertMatch(found.problems[0] ?? "", problem);
    assertEquals<unknown>(found[key], value);
  });
}

Deno.test("machineSettings() names every problem at once", () => {
  assertEquals(
    settings("strata.a=1 strata.b strata.http=x ip=x strata.watchdog=x").problems.length,
    5,
  );
});

Deno.test("parseHttp() and httpText() take IPv6 in brackets, and only there", () => {
  for (
    const [text, hostname, port] of [
      ["[::1]:80", "::1", 80],
      ["[fe80::1]:0", "fe80::1", 0],
      ["10.0.2.15:65535", "10.0.2.15", 65_535],
      ["localhost:1", "localhost", 1],
    ] as const
  ) {
    assertEquals(parseHttp(text), { hostname, port });
    assertEquals(httpText({ hostname, port }), text);
  }
  const wrong = ["::1:80", "[::1]", ":80", "host", "host:", "host:-1", "host:123456", "a b:80"];
  for (const text of [...wrong, "a/b:80", "u@host:80", "a?b:80", "a#b:80", "%61:80", "a\\b:80"]) {
    assertThrows(() => parseHttp(text), RangeError, `Cannot listen on "${text}"`);
  }
});

Deno.test("machineSettings() listens for callers with certificates on every address unless strata.tls= says otherwise", () => {
  assertEquals(settings("").tls, { hostname: "0.0.0.0", port: 50000 });
  assertEquals(settings("strata.tls=[::1]:50001").tls, { hostname: "::1", port: 50001 });
  const { tls, problems } = settings("strata.tls=here");
  assertEquals([tls.port, problems.length], [50000, 1]);
});

Deno.test("machineSettings().token() takes the firmware's before the file's, and no empty one", () => {
  const { token } = settings("");
  const kernel = new FakeKernel();
  assertEquals(token(kernel), undefined);
  kernel.addFile("/var/system/token", "from the file\n");
  assertEquals(token(kernel), "from the file");
  kernel.addFile(FIRMWARE, " from the firmware \n");
  assertEquals(token(kernel), "from the firmware");
  kernel.addFile(FIRMWARE, "\n");
  assertEquals(token(kernel), "from the file");
  kernel.addFile(FIRMWARE, "x".repeat(4_097));
  const error = assertThrows(() => token(kernel), SyscallError);
  assertEquals(error.is("EFBIG"), true);
});

Deno.test("machineSettings().build() reads BUILD_ID of os-release, quoted or not", () => {
  const { build } = settings("");
  const kernel = new FakeKernel();
  for (const [text, sha] of [['A="b"\nBUILD_ID="c=d"\n', "c=d"], ["BUILD_ID=x", "x"], ["", ""]]) {
    kernel.addFile("/etc/os-release", text ?? "");
    assertEquals(build(kernel), { sha: sha ?? "" });
  }
});

Deno.test("machineSettings() takes the directories that are kept from strata.overlays=", () => {
  const paths = (text: string) => settings(text).overlays.map(({ path }) => path);
  assertEquals(paths(""), ["/etc/kubernetes", "/etc/cni", "/opt"]);
  assertEquals(paths("strata.overlays="), []);
  const { overlays, problems } = settings("strata.overlays=/etc/cni,/srv:exec");
  assertEquals(problems, []);
  assertEquals(overlays, [
    { path: "/etc/cni", executable: "" },
    { path: "/srv", executable: "strata.overlays= says so" },
  ]);
  const cases = [
    ["/a:x", 'Cannot use strata.overlays=/a:x: ":x" is not ":exec"'],
    ["/var/lib", 'Cannot keep "/var/lib": it would meet /var, which is a layer of its own'],
    ["opt", 'Cannot keep "opt": it must be an absolute path of a directory of the image'],
  ] as const;
  for (const [text, why] of cases) {
    const refused = settings(`strata.overlays=${text}`);
    assertStringIncludes(refused.problems[0] ?? "", why);
    assertEquals(refused.overlays.length, 3);
  }
});
