// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { parseIpArgument } from "./ip_argument.ts";

Deno.test("parseIpArgument() reads the kernel's whole form", () => {
  assertEquals(
    parseIpArgument("10.0.2.15:1.2.3.4:10.0.2.2:255.255.255.0:node-1:eth0:off:10.0.2.3:9.9.9.9"),
    {
      address: "10.0.2.15/24",
      gateway: "10.0.2.2",
      hostname: "node-1",
      device: "eth0",
      nameservers: ["10.0.2.3", "9.9.9.9"],
    },
  );
});

Deno.test("parseIpArgument() leaves out what is empty or 0.0.0.0", () => {
  assertEquals(parseIpArgument("192.168.7.9::0.0.0.0:255.255.240.0:::::9.9.9.9"), {
    address: "192.168.7.9/20",
    gateway: undefined,
    hostname: undefined,
    device: undefined,
    nameservers: ["9.9.9.9"],
  });
  assertEquals(parseIpArgument("10.0.0.1:::255.255.255.255")?.address, "10.0.0.1/32");
  assertEquals(parseIpArgument("10.0.0.1:::0.0.0.0")?.address, "10.0.0.1/0");
});

Deno.test("parseIpArgument() of off is no configuration", () => {
  assertEquals(parseIpArgument("off"), undefined);
  assertEquals(parseIpArgument("none"), undefined);
});

Deno.test("parseIpArgument() refuses dhcp as not yet there, wherever it stands", () => {
  for (const value of ["dhcp", ":::::eth0:dhcp"]) {
    assertThrows(
      () => parseIpArgument(value),
      SyntaxError,
      `Cannot use kernel argument "ip=${value}": "dhcp" does not work yet, must be written out such as ip=10.`,
    );
  }
});

Deno.test("parseIpArgument() names the field that is wrong and what may be", () => {
  const cases = [
    ["", "CLIENT is missing, must be an IPv4 address such as 10.0.2.15"],
    ["10.0.2.256", 'CLIENT is "10.0.2.256"'],
    ["10.0.2.015:::255.0.0.0", 'CLIENT is "10.0.2.015"'],
    ["10.0.2.15", "NETMASK is missing, must be a mask such as 255.255.255.0"],
    ["10.0.2.15:::255.0.255.0", 'NETMASK is "255.0.255.0", must be a mask'],
    ["10.0.2.15::gate:255.255.255.0", 'GATEWAY is "gate", must be an IPv4 address'],
    ["10.0.2.15:::255.255.255.0:a_b", 'HOSTNAME is "a_b", must be of letters'],
    ["10.0.2.15:::255.255.255.0::../x", 'DEVICE is "../x", must be the name of an interface'],
    ["10.0.2.15:::255.255.255.0:::maybe", 'AUTOCONF is "maybe", must be off or none'],
    ["10.0.2.15:::255.255.255.0:::off:dns", 'DNS0 is "dns", must be an IPv4 address'],
    ["fe80:1:2:3:4:5:6:7:8:9:10", "it has 11 fields, must be CLIENT:SERVER:"],
  ] as const;
  for (const [value, message] of cases) {
    assertThrows(
      () => parseIpArgument(value),
      SyntaxError,
      `Cannot use kernel argument "ip=${value}": ${message}`,
    );
  }
});
