/** Part of the kernel's suite: extended attributes of files that cannot leave their root. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import type { RootedFile } from "../../fs/kernel/kernel.ts";
import { assertRefused, type Claim, tmpfsAt } from "./kernel_bench.ts";

/** The most that Linux takes as one value. */
const VALUE_BYTES_MAX = 65_536;

export function attributeConformance(claim: Claim): void {
  telling(claim);
  fileSystems(claim);
  bounds(claim);
  refusing(claim);
}

function telling(claim: Claim): void {
  claim("attributes() tells those of files of every kind, of a link its own", (bench) => {
    const { kernel, root } = bench;
    kernel.mkdir(`${root}/jail/directory`, 0o755);
    kernel.writeFile(`${root}/secret`, "", { mode: 0o644 });
    kernel.writeFile(`${root}/jail/file`, "", { mode: 0o644 });
    kernel.symlink("../secret", `${root}/jail/link`);
    bench.makeFifo(`${root}/jail/fifo`);
    bench.setAttributes(`${root}/secret`, { "trusted.of": bytes("secret") });
    const names = ["directory", "fifo", "file", "link"];
    for (const name of names) {
      bench.setAttributes(`${root}/jail/${name}`, { "trusted.of": bytes(name) });
    }
    using directory = kernel.openInRoot(`${root}/jail`, "/");
    assertEquals(told(directory), []);
    for (const name of names) {
      assertEquals(told(directory, name), [["trusted.of", name]]);
      using file = kernel.openInRoot(`${root}/jail`, name, { follow: false });
      assertEquals(told(file), [["trusted.of", name]]);
    }
  });

  claim("attributes() tells any value, the largest and the empty one", (bench) => {
    const { kernel, root } = bench;
    kernel.writeFile(`${root}/file`, "", { mode: 0o644 });
    const values: Readonly<Record<string, Uint8Array<ArrayBuffer>>> = {
      "trusted.bytes": new Uint8Array(256).map((_, at) => at),
      "trusted.empty": new Uint8Array(),
      "trusted.largest": new Uint8Array(VALUE_BYTES_MAX).map((_, at) => at % 251),
      "trusted.more than a few": new Uint8Array(257).fill(7),
      "trusted.é": bytes("é"),
    };
    bench.setAttributes(`${root}/file`, values);
    using directory = kernel.openInRoot(root, "/");
    const found = trusted(directory, "file").map(({ name, data }) => [name, data] as const);
    assertEquals(Object.fromEntries(found), values);
  });
}

function fileSystems(claim: Claim): void {
  claim("attributes() tells those of what is mounted at an entry", (bench) => {
    const { kernel, root } = bench;
    kernel.mkdir(`${root}/mounted`, 0o755);
    bench.setAttributes(`${root}/mounted`, { "trusted.below": bytes("1") });
    kernel.mount(tmpfsAt(`${root}/mounted`));
    using directory = kernel.openInRoot(root, "/");
    assertEquals(told(directory, "mounted"), []);
    bench.setAttributes(`${root}/mounted`, { "trusted.above": bytes("2") });
    assertEquals(told(directory, "mounted"), [["trusted.above", "2"]]);
  });

  claim("attributes() tells a label, once", (bench) => {
    const { kernel, root } = bench;
    kernel.writeFile(`${root}/file`, "", { mode: 0o644 });
    bench.setAttributes(`${root}/file`, {
      "trusted.a": bytes("1"),
      "security.selinux": bytes("system_u:object_r:etc_t:s0\0"),
    });
    using file = kernel.openInRoot(root, "file");
    assertEquals(file.attributes().map(({ name }) => name), ["security.selinux", "trusted.a"]);
  });

  claim("attributes() finds none where the file system has none", ({ kernel }) => {
    using file = kernel.openInRoot("/", "/proc/self/mountinfo");
    assertEquals(told(file), []);
  });
}

function bounds(claim: Claim): void {
  claim("attributes() tells at most 1 MiB, names included", (bench) => {
    const { kernel, root } = bench;
    kernel.writeFile(`${root}/full`, "", { mode: 0o644 });
    kernel.writeFile(`${root}/over`, "", { mode: 0o644 });
    const rest = { "trusted.rest": new Uint8Array(VALUE_BYTES_MAX - 15 * 10 - 12) };
    const large = Array.from({ length: 15 }, (_, at) => `trusted.${at + 10}`);
    const values = Object.fromEntries(large.map((name) => [name, new Uint8Array(VALUE_BYTES_MAX)]));
    bench.setAttributes(`${root}/full`, { ...values, ...rest });
    bench.setAttributes(`${root}/over`, {
      ...values,
      "trusted.99": values["trusted.10"] ?? bytes(""),
    });
    using directory = kernel.openInRoot(root, "/");
    assertEquals(sorted(trusted(directory, "full")), [...large, "trusted.rest"]);
    const over = trusted(directory, "over");
    assertEquals(over.length, 15);
    for (const { data } of over) assertEquals(data.length, VALUE_BYTES_MAX);
  });

  claim("attributes() tells names of 64 KiB, and of more the label only", (bench) => {
    const { kernel, root } = bench;
    // The longest there are: 256 bytes each with their NUL, 64 KiB in all. A label is one more.
    const names = Array.from({ length: 256 }, (_, at) => `trusted.${`${at}`.padStart(247, "n")}`);
    const most = Object.fromEntries(names.map((name) => [name, bytes("1")]));
    const files = { listed: most, unlisted: { ...most, "security.selinux": bytes("label") } };
    for (const [file, attributes] of Object.entries(files)) {
      kernel.writeFile(`${root}/${file}`, "", { mode: 0o644 });
      bench.setAttributes(`${root}/${file}`, attributes);
    }
    using directory = kernel.openInRoot(root, "/");
    assertEquals(sorted(trusted(directory, "listed")), names.toSorted());
    assertEquals(directory.attributes("unlisted").map(({ name }) => name), ["security.selinux"]);
  });
}

function refusing(claim: Claim): void {
  claim("attributes() refuses what is no entry, and everything once disposed of", (bench) => {
    const { kernel, root } = bench;
    kernel.writeFile(`${root}/file`, "", { mode: 0o644 });
    const directory = kernel.openInRoot(root, "/");
    assertRefused(() => directory.attributes("missing"), "ENOENT");
    for (const name of ["", ".", "..", "a/b", "a\0b"]) {
      assertThrows(() => directory.attributes(name), RangeError, "not the name");
    }
    using file = kernel.openInRoot(root, "/file");
    assertRefused(() => file.attributes("x"), "ENOTDIR");
    directory[Symbol.dispose]();
    assertRefused(() => directory.attributes(), "EBADF");
    assertRefused(() => directory.attributes("file"), "EBADF");
  });
}

/** Those that only a test sets: a kernel with SELinux labels everything. */
function trusted(file: RootedFile, name?: string): ReturnType<RootedFile["attributes"]> {
  return file.attributes(name).filter((each) => each.name.startsWith("trusted."));
}

function told(file: RootedFile, name?: string): (readonly [string, string])[] {
  return trusted(file, name).map((each) => [each.name, new TextDecoder().decode(each.data)]);
}

function sorted(attributes: ReturnType<RootedFile["attributes"]>): string[] {
  return attributes.map(({ name }) => name).sort();
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
