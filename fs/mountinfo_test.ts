// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { mountsAt, parseMountinfo, topMountAt } from "./mountinfo.ts";

const TEXT = [
  "22 1 0:20 / / ro,nosuid shared:1 master:2 - squashfs /dev/loop0 ro,errors=continue",
  "23 22 0:21 / /mnt/a\\040b\\134c rw,relatime - tmpfs  rw,size=64k",
  "24 22 0:22 /etc/hosts.1//deleted /etc/hosts ro - tmpfs tmp\\011fs rw",
  "",
].join("\n");

Deno.test("parseMountinfo() reads every field and undoes octal escapes", () => {
  const [root, spaced, file] = parseMountinfo(TEXT);
  assertEquals(root, {
    mountId: 22,
    parentId: 1,
    device: "0:20",
    root: "/",
    target: "/",
    options: ["ro", "nosuid"],
    propagation: ["shared:1", "master:2"],
    fstype: "squashfs",
    source: "/dev/loop0",
    superOptions: ["ro", "errors=continue"],
  });
  assertEquals(spaced?.target, "/mnt/a b\\c");
  assertEquals(spaced?.source, "", "a source may be empty");
  assertEquals(spaced?.propagation, []);
  assertEquals(file?.root, "/etc/hosts.1//deleted");
  assertEquals(file?.source, "tmp\tfs");
});

Deno.test("parseMountinfo() of an empty text is no mount", () => {
  assertEquals(parseMountinfo(""), []);
});

Deno.test("parseMountinfo() names the line that is malformed, and what is wrong", () => {
  const good = "22 1 0:20 / / ro - squashfs /dev/loop0 ro";
  assertThrows(
    () => parseMountinfo(`${good}\n23 22 0:21 / /mnt rw tmpfs tmpfs rw\n`),
    SyntaxError,
    'Cannot read line 2 of mountinfo: it has no " - " after six fields',
  );
  assertThrows(
    () => parseMountinfo("23 22 0:21 / /mnt rw - tmpfs tmpfs\n"),
    SyntaxError,
    'Cannot read line 1 of mountinfo: it has less than three fields after " - "',
  );
  assertThrows(
    () => parseMountinfo("x3 22 0:21 / /mnt rw - tmpfs tmpfs rw\n"),
    SyntaxError,
    'Cannot read line 1 of mountinfo: "x3" is no mount number, which has 1 to 10 digits',
  );
});

Deno.test("mountsAt() goes by what lies on what, not by the order of the text", () => {
  // 30 was slid beneath 25: it is listed later and lies lower.
  const mounts = parseMountinfo([
    "22 1 0:20 / / ro - squashfs /dev/loop0 ro",
    "25 30 0:22 /etc/hosts.1 /etc/hosts ro - tmpfs tmpfs rw",
    "30 22 0:22 /etc/hosts.2 /etc/hosts ro - tmpfs tmpfs rw",
  ].join("\n"));
  assertEquals(mountsAt(mounts, "/etc/hosts").map((mount) => mount.mountId), [30, 25]);
  assertEquals(topMountAt(mounts, "/etc/hosts")?.mountId, 25);
  assertEquals(topMountAt(mounts, "/etc"), undefined);
});
