/** The commands that ask the machine service, and those that ask nobody. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fakeMachine } from "../../../tests/fakes/cli_machine.ts";
import { DEFINITIONS } from "../../../tests/fakes/cli_resources.ts";
import { runFake } from "../../../tests/fakes/cli_world.ts";

const DIRECTORY = 2 ** 31;
const LINK = 2 ** 27;

Deno.test("version --client asks no machine", async () => {
  const { code, out } = await runFake(["version", "--client"], { env: {} });
  assertEquals([code, out], [0, "client:  v1.2.3, revision abc, deno 2, linux/amd64\n"]);
});

Deno.test("version shows both, and the client's even where there is no machine", async () => {
  const both = await runFake(["version"], { routes: fakeMachine({}) });
  assertEquals(
    both.out,
    "client:  v1.2.3, revision abc, deno 2, linux/amd64\nmachine: v9.9.9, deno 2, linux/amd64, qemu (metal)\n",
  );
  const alone = await runFake(["version"], { env: {} });
  assertEquals(alone.code, 5);
  assertMatch(alone.out, /^client: {2}v1\.2\.3/);
});

Deno.test("types lists what can be got", async () => {
  const { code, out } = await runFake(["types"], {
    routes: fakeMachine({ resources: DEFINITIONS }),
  });
  assertEquals(code, 0);
  assertEquals(
    out,
    `TYPE                      NAMESPACE   ALIASES
MountStatuses.fs.strata   fs          mounts ms
Foreigns.example.dev      fs          foreign
Others.example.dev        fs          other
`,
  );
});

Deno.test("read copies bytes into a pipe and shows text on a terminal", async () => {
  const bytes = new Uint8Array([0, 255, 27, 10, ...new TextEncoder().encode("日本\x1b[2J\n")]);
  const routes = fakeMachine({ files: { "/f": bytes } });
  const piped = await runFake(["read", "/f"], { routes });
  assertEquals([piped.code, piped.bytes], [0, bytes]);
  const shown = await runFake(["read", "/f"], { routes, terminal: 80 });
  assertEquals(shown.out, "\\x00\ufffd\\x1b\n日本\\x1b[2J\n");
});

Deno.test("read ends with 3 where there is no such file", async () => {
  const { code, err } = await runFake(["read", "/nope"], { routes: fakeMachine({}) });
  assertEquals([code, err], [3, 'strata: "/nope" does not exist\n']);
});

const ENTRIES = [
  { name: "/d", relativeName: ".", isDir: true, mode: DIRECTORY + 0o755 },
  {
    name: "/d/a",
    relativeName: "a\x1b",
    size: 12n,
    mode: 0o644,
    modified: 1_767_323_045n,
    uid: 5,
    gid: 6,
  },
  { name: "/d/l", relativeName: "l", mode: LINK + 0o777, link: "/etc/a" },
];

Deno.test("ls prints names, without the directory itself", async () => {
  const { code, out } = await runFake(["ls", "/d"], { routes: fakeMachine({ entries: ENTRIES }) });
  assertEquals([code, out], [0, "a\\x1b\nl\n"]);
});

Deno.test("ls -l prints all that is known", async () => {
  const { out } = await runFake(["ls", "-l", "/d"], { routes: fakeMachine({ entries: ENTRIES }) });
  assertEquals(
    out,
    `MODE         UID   GID   SIZE   MODIFIED               NAME
-rw-r--r--   5     6     12     2026-01-02T03:04:05Z   a\\x1b
lrwxrwxrwx   0     0     0      1970-01-01T00:00:00Z   l -> /etc/a
`,
  );
});

Deno.test("ls asks for extended attributes when it shows data, and shows them", async () => {
  const label = { name: "security.selinux", data: new TextEncoder().encode("label\0") };
  const entries = [{ name: "/d/a", relativeName: "a", xattrs: [label] }];
  const cases = [[[], false], [["-l"], false], [["-o", "name"], false], [
    ["-o", "json"],
    true,
  ]] as const;
  for (const [args, wanted] of cases) {
    const asked: unknown[] = [];
    const seen = (_: string, request: unknown): void => {
      asked.push((request as { reportXattrs: boolean }).reportXattrs);
    };
    const { out } = await runFake(["ls", "/d", ...args], {
      routes: fakeMachine({ entries, seen }),
    });
    assertEquals(asked, [wanted], args.join(" "));
    if (!wanted) continue;
    assertEquals(JSON.parse(out)[0].xattrs, [{ name: label.name, data: "bGFiZWwA" }]);
  }
});

Deno.test("ls shows at most 64 MiB of extended attributes as data", async () => {
  const data = new Uint8Array((1 << 20) - 1);
  const entry = { name: "/d/a", relativeName: "a", xattrs: [{ name: "x", data }] };
  const cases = [[64, 0, "/d/a", ""], [
    65,
    1,
    "",
    "strata: cannot show more than 64 MiB of extended attributes as data\n",
  ]] as const;
  for (const [length, exit, shown, said] of cases) {
    const entries = Array.from({ length }, () => entry);
    const routes = fakeMachine({ entries });
    const { code, out, err } = await runFake(["ls", "/d", "-o", "jsonpath={[0].name}"], { routes });
    assertEquals([code, out.trimEnd(), err], [exit, shown, said]);
  }
});

Deno.test("ls asks for as many levels as it was told", async () => {
  const cases = [
    [[], [false, 0]],
    [["-r"], [true, 0]],
    [["-d", "2"], [true, 2]],
    [["-r", "-d", "3"], [true, 3]],
  ] as const;
  for (const [args, wanted] of cases) {
    let asked: unknown;
    const seen = (_: string, request: unknown): void => {
      const { recurse, recursionDepth } = request as { recurse: boolean; recursionDepth: number };
      asked = [recurse, recursionDepth];
    };
    await runFake(["ls", "/", ...args], { routes: fakeMachine({ seen }) });
    assertEquals(asked, [...wanted]);
  }
});

Deno.test("ls prints what it can and fails at the end with the first error", async () => {
  const entries = [
    { name: "/d/x", relativeName: "x", error: "permission denied" },
    { name: "/d/y", relativeName: "y", error: "gone" },
    { name: "/d/z", relativeName: "z" },
  ];
  const { code, out, err } = await runFake(["ls", "/d"], { routes: fakeMachine({ entries }) });
  assertEquals([code, out], [1, "x\ny\nz\n"]);
  assertEquals(err, 'strata: cannot list "/d/x": permission denied (and 1 more)\n');
});

Deno.test("mounts prints sizes for people", async () => {
  const { out } = await runFake(["mounts"], { routes: fakeMachine({}) });
  assertEquals(
    out,
    `FILESYSTEM   SIZE      USED      AVAILABLE   USED %   MOUNTED ON
/dev/loop0   1.0 KiB   1.0 KiB   0 B         100 %    /
/dev/vda1    3.0 GiB   1.0 GiB   2.0 GiB     33 %     /var
proc         0 B       0 B       0 B         -        /proc
`,
  );
});

Deno.test("reboot and shutdown ask once and name the end", async () => {
  for (const [command, id] of [["reboot", "end-1"], ["shutdown", "end-2"]] as const) {
    const calls: string[] = [];
    const routes = fakeMachine({ seen: (call) => calls.push(call) });
    const { code, out } = await runFake([command], { routes });
    assertEquals([code, out, calls], [0, `${command} accepted: ${id}\n`, [command]]);
  }
});

Deno.test("completion prints a script that asks strata itself, for each shell", async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    const { code, out } = await runFake(["completion", shell], { env: {} });
    assertEquals(code, 0);
    assertStringIncludes(out, `__complete ${shell} -- `);
    assertMatch(
      out,
      /^(complete .*-F _strata strata|.*compdef _strata strata; fi|complete -c strata -f -a .*)$/m,
    );
    // Every shell has variables: none of ours is left in their place.
    assert(!out.includes("undefined"), out);
  }
});
