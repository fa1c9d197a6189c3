// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { NETLINK, RTNETLINK } from "../../fs/kernel/constants.ts";
import type { Kernel } from "../../fs/kernel/kernel.ts";
import { cstr, openLibc } from "../../fs/kernel/libc.ts";
import { openLinux } from "../../fs/kernel/linux.ts";
import { askNetlink, attribute } from "../../fs/kernel/netlink.ts";
import { assertRefused } from "../conformance/kernel_bench.ts";
import { insideNamespaces } from "./namespaces.ts";

/** Source: linux/if_link.h. */
const IFLA = { IFNAME: 3, LINKINFO: 18, INFO_KIND: 1 } as const;

const test = insideNamespaces(import.meta.url, () => {
  const kernel = openLinux({ bind: "at once" });
  makeVeth("strata0");
  return kernel;
});

test("linkUp() brings the loopback its addresses", (kernel) => {
  assertEquals(addressesOf("lo"), []);
  kernel.linkUp("lo");
  assertEquals(addressesOf("lo").includes("127.0.0.1/8"), true);
  kernel.linkUp("lo");
});

test("addAddress() and addDefaultRoute() make a link reach out, and may be repeated", (kernel) => {
  assertRefused(() => kernel.addDefaultRoute("10.9.0.1", "strata0"), "ENETUNREACH", "EINVAL");
  kernel.linkUp("strata0");
  for (const _ of ["first", "again"]) {
    kernel.addAddress("strata0", "10.9.0.2/24");
    assertEquals(addressesOf("strata0"), ["10.9.0.2/24"]);
  }
  for (const _ of ["first", "again"]) {
    kernel.addDefaultRoute("10.9.0.1", "strata0");
    assertEquals(defaultRoutes(kernel), ["strata0 via 10.9.0.1"]);
  }
});

test("setHostname() names the machine", (kernel) => {
  kernel.setHostname("strata-test");
  assertEquals(Deno.hostname(), "strata-test");
});

function addressesOf(name: string): string[] {
  const found = Deno.networkInterfaces().filter((each) => each.name === name);
  return found.filter(({ family }) => family === "IPv4").map(({ cidr }) => cidr);
}

/** From /proc/net/route: name, destination and gateway as hexadecimal numbers of the machine's byte order. */
function defaultRoutes(kernel: Kernel): string[] {
  const lines = kernel.readText("/proc/net/route").trim().split("\n").slice(1);
  const fields = lines.map((line) => line.split("\t"));
  return fields.filter(([, destination]) => destination === "00000000").map(([name, , gateway]) => {
    const bytes = (gateway ?? "").match(/../g) ?? [];
    return `${name} via ${bytes.reverse().map((byte) => parseInt(byte, 16)).join(".")}`;
  });
}

/** A link whose other end gets a name by itself, and is up, so that this one can carry. */
function makeVeth(name: string): void {
  const libc = openLibc("at once");
  const kind = attribute(IFLA.INFO_KIND, new TextEncoder().encode("veth"));
  const parts = [
    new Uint8Array(16),
    attribute(IFLA.IFNAME, cstr(name)),
    attribute(IFLA.LINKINFO, kind),
  ];
  askNetlink(libc, {
    call: "RTM_NEWLINK",
    subject: name,
    type: RTNETLINK.RTM_NEWLINK,
    flags: NETLINK.NLM_F_CREATE | NETLINK.NLM_F_EXCL,
    payload: Uint8Array.from(parts.flatMap((part) => [...part])),
  });
}
