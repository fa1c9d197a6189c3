// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { runFake } from "../../../tests/fakes/cli_world.ts";
import { resolveResource, wireResource } from "../../../tests/fakes/cli_resources.ts";
import type { ImageReport, ManifestFacts } from "../image_checks.ts";
import {
  type ImageStatusSpec,
  ImageStatusSpecSchema,
} from "../../../proto/gen/strata/fs/v1/image_pb.ts";
import { State } from "../../../proto/gen/cosi/resource/state_pb.ts";
import { MachineService } from "../../../proto/gen/machine/machine_pb.ts";
import { create, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";

const KEY = "a1".repeat(32);
const OTHER = "b2".repeat(32);
const ROOT_HASH = "c3".repeat(32);

const MANIFEST: ManifestFacts = {
  version: "0.1.0",
  commit: "abc",
  kernelRelease: "6.12.0-test",
  signer: { name: "given key", publicKey: KEY },
  rootHash: ROOT_HASH,
  files: { "strata": "digest of 9" },
};

const GOOD: ImageReport = { manifest: MANIFEST, faults: [] };

function verify(report: ImageReport, ...args: readonly string[]): ReturnType<typeof runFake> {
  return runFake(["verify", ...args], { images: { file: () => Promise.resolve(report) } });
}

Deno.test("verify says what an image is, who signed it, and that it is whole", async () => {
  const { code, out, err } = await verify(GOOD, "x.img");
  assertEquals([code, err], [0, ""]);
  assertEquals(
    out,
    `image      strata 0.1.0, commit abc
kernel     6.12.0-test
root hash  ${ROOT_HASH}
signed by  given key ${KEY}
           the image itself names this key: to know who signed, give --key FILE
x.img is as it was signed, every byte of it
`,
  );
});

Deno.test("verify calls a development key what it is", async () => {
  const signer = { name: "development key", publicKey: KEY };
  const { out } = await verify({ manifest: { ...MANIFEST, signer }, faults: [] }, "x.img");
  assertStringIncludes(out, "never release it");
});

Deno.test("verify names each fault and ends with 1", async () => {
  const { code, out, err } = await verify(
    { ...GOOD, faults: ["vmlinuz: missing", "b: x\x1b"] },
    "d",
  );
  assertEquals([code, err], [1, 'strata: "d" is not as it was signed: 2 faults\n']);
  assertStringIncludes(out, "wrong      vmlinuz: missing\nwrong      b: x\\x1b\n");
});

Deno.test("verify ends with 3 where nothing is, with 2 for neither or both of image and --running", async () => {
  assertEquals((await runFake(["verify", "/nope"])).code, 3);
  assertEquals((await runFake(["verify", "x", "--key", "/nope"])).code, 3);
  for (const args of [["verify"], ["verify", "x", "--running"]]) {
    const { code, err } = await runFake(args);
    assertEquals(code, 2);
    assertStringIncludes(err, "give either an IMAGE or --running");
  }
});

Deno.test("verify --key refuses with 4 an image that is whole by another key, with 1 one that is not", async () => {
  const checks = (whole: boolean) => ({
    publicKey: () => Promise.resolve(OTHER),
    file: (_path: string, { publicKey }: { readonly publicKey?: string }) =>
      Promise.resolve({ ...GOOD, faults: publicKey === OTHER || !whole ? ["signature"] : [] }),
  });
  const args = ["verify", "x.img", "--key", "k.pub"];
  const foreign = await runFake(args, { images: checks(true) });
  assertEquals(foreign.code, 4);
  assertEquals(foreign.err, `strata: "x.img" is whole, but signed by ${KEY}, not by ${OTHER}\n`);
  assertEquals((await runFake(args, { images: checks(false) })).code, 1);
});

/** A machine that runs the image, with one file that another mount lies over. */
interface Machine {
  readonly status?: Partial<Omit<ImageStatusSpec, "$typeName" | "$unknown">>;
  readonly release?: string;
  readonly unreadable?: string;
  readonly mounted?: string;
}

const FILES: Readonly<Record<string, readonly string[]>> = {
  "/": ["/proc/", "/usr/", "/etc/", "/top"],
  "/usr": ["/usr/bin/", "/usr/bin/strata", "/usr/sbin/", "/usr/sbin/mkfs"],
  "/etc": ["/etc/hosts", "/etc/os-release"],
};

function running(machine: Machine): (router: ConnectRouter) => void {
  const spec = toBinary(
    ImageStatusSpecSchema,
    create(ImageStatusSpecSchema, {
      manifest: "the manifest",
      signature: "00",
      device: "/dev/dm-0",
      rootHash: ROOT_HASH,
      readOnly: true,
      ...machine.status,
    }),
  );
  const resource = { namespace: "fs", type: "ImageStatuses.fs.strata", id: "root", proto: spec };
  const mounts = [machine.mounted ?? "/dev/dm-0", "proc", "tmpfs", "rootfs"];
  const points = ["/", "/proc", "/etc/hosts", "/usr/bin/strata"];
  return (router) => {
    router.service(State, {
      get: () => ({ resource: wireResource(resolveResource(resource)) }),
    });
    router.service(MachineService, {
      mounts: () => ({
        messages: [{
          stats: points.map((mountedOn, at) => ({ mountedOn, filesystem: mounts[at] ?? "" })),
        }],
      }),
      async *list({ root }) {
        for (const path of FILES[root] ?? []) {
          const name = path.replace(/(.)\/$/, "$1");
          yield await Promise.resolve({ name, relativeName: name, isDir: path !== name });
        }
      },
      async *read({ path }) {
        if (path === machine.unreadable) {
          throw new ConnectError("the kernel says EIO (5)", Code.InvalidArgument);
        }
        const text = path.startsWith("/proc")
          ? `${machine.release ?? "6.12.0-test"}\n`
          : "the bytes";
        yield await Promise.resolve({ bytes: new TextEncoder().encode(text) });
      },
    });
  };
}

function verifyRunning(machine: Machine, report: ImageReport = GOOD): ReturnType<typeof runFake> {
  return runFake(["verify", "--running"], {
    routes: running(machine),
    images: { runningManifest: () => Promise.resolve(report) },
  });
}

Deno.test("verify --running reads all of / and says what it cannot see", async () => {
  const { code, out, err } = await verifyRunning({});
  assertEquals([code, err], [0, ""]);
  // /top, /usr/sbin/mkfs and /etc/os-release; /etc/hosts and the agent lie under other mounts.
  assertStringIncludes(out, "read       3 files of /, 27 bytes, and the agent by its SHA-256\n");
  assertMatch(out, /unseen {5}whether the machine tells the truth/);
  assertStringIncludes(out, "The machine runs what was signed\n");
});

Deno.test("verify --running names what differs, each for itself", async () => {
  const cases: readonly [machine: Machine, report: ImageReport, fault: string][] = [
    [
      {},
      { ...GOOD, faults: ["manifest: its signature is not one"] },
      "manifest: its signature is not one",
    ],
    [
      { status: { rootHash: "d4" } },
      GOOD,
      "device of /: the active root hash is d4, the manifest says c3",
    ],
    [{ status: { rootHash: "" } }, GOOD, "device of /: the active root hash is none"],
    [{ status: { readOnly: false } }, GOOD, "device of /: it can be written to"],
    [{ status: { corrupt: true } }, GOOD, "device of /: a block that was read did not fit"],
    [{ status: { error: "ENXIO" } }, GOOD, "device of /: cannot be asked: ENXIO"],
    [{ release: "6.1.0" }, GOOD, 'kernel: "6.1.0" runs, the manifest says 6.12.0-test'],
    [{ mounted: "/dev/loop0" }, GOOD, "/: /dev/loop0 is mounted there, not /dev/dm-0"],
    [{ unreadable: "/usr/sbin/mkfs" }, GOOD, "/usr/sbin/mkfs: the kernel says EIO (5)"],
    [
      {},
      { manifest: { ...MANIFEST, files: { "strata": "other" } }, faults: [] },
      "/usr/bin/strata: its SHA-256 is digest of 9, the manifest says other",
    ],
  ];
  for (const [machine, report, fault] of cases) {
    const { code, out, err } = await verifyRunning(machine, report);
    assertEquals([code, err], [
      1,
      "strata: the running machine is not as it was signed: 1 fault\n",
    ]);
    assertStringIncludes(out, `wrong      ${fault}`);
  }
});

Deno.test("verify --running ends with the call's own code when the machine is gone", async () => {
  const routes = (router: ConnectRouter): void => {
    router.service(State, {
      get: () => {
        throw new ConnectError("gone", Code.Unavailable);
      },
    });
  };
  assertEquals((await runFake(["verify", "--running"], { routes })).code, 5);
});
