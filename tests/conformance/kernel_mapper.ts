/**
 * Part of the kernel's suite: mapped devices, by the rule that the machine uses. A host may have no device-mapper: this
 * part is shown on the fake and in the machine itself.
 */
// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import type { Kernel, LoopDevice, MappedDeviceRequest } from "../../fs/kernel/kernel.ts";
import { verityRequest } from "../../fs/verity_device.ts";
import { VERITY_BLOCK_BYTES } from "../../fs/verity_layout.ts";
import { VerityTreeBuilder } from "../../fs/verity_tree.ts";
import { assertRefused, type Claim } from "./kernel_bench.ts";

/** Blocks of data: the lowest level of the tree has two blocks, a third lies above them. */
const DATA_BLOCKS = 200;

/** Blocks of data whose digests are in the first block of the lowest level. */
const FIRST_LEAF = 128;

const SALT = new Uint8Array(32).fill(7);

export function mapperConformance(claim: Claim): void {
  reading(claim);
  refusing(claim);
}

function reading(claim: Claim): void {
  claim("createMapped() of a hash tree gives the data, read-only, and says what it is", (bench) => {
    using made = prepare(bench.kernel, bench.root);
    const { kernel } = bench;
    const path = kernel.createMapped(made.request);
    made.loops.forEach((loop) => loop[Symbol.dispose]());
    {
      using device = kernel.openBlockDevice(path, { access: "read-only" });
      assertEquals(device.sizeBytes, BigInt(made.data.length));
      assertEquals(device.readAt(0n, made.data.length), made.data);
    }
    const { name: _, ...wanted } = made.request;
    // The kernel tells devices by their numbers.
    const parameters = wanted.parameters.replaceAll("/dev/loop", "7:");
    assertEquals(kernel.mappedDevice("suite"), {
      ...{ ...wanted, parameters, path, readOnly: true, status: "V" },
    });
    kernel.removeMapped("suite");
  });

  claim(
    "createMapped() reads EIO where the data changed, the truth elsewhere, and says so",
    (bench) => {
      const changed = [0, 77, DATA_BLOCKS - 1];
      using made = prepare(bench.kernel, bench.root, {
        spoil: ({ data }) => changed.forEach((block) => flip(data, block * VERITY_BLOCK_BYTES + 9)),
      });
      assertEquals(refusedBlocks(bench.kernel, made), changed);
      assertEquals(bench.kernel.mappedDevice("suite").status, "C");
      bench.kernel.removeMapped("suite");
    },
  );

  claim("createMapped() reads EIO for all that a changed block of the tree covers", (bench) => {
    using made = prepare(bench.kernel, bench.root, {
      // The first block is the top, the second the first of the lowest level.
      spoil: ({ tree }) => flip(tree, VERITY_BLOCK_BYTES + 40 * 32),
    });
    const covered = Array.from({ length: FIRST_LEAF }, (_, block) => block);
    assertEquals(refusedBlocks(bench.kernel, made), covered);
    bench.kernel.removeMapped("suite");
  });

  claim(
    "createMapped() reads nothing but EIO below a changed top, even in its padding",
    (bench) => {
      using made = prepare(bench.kernel, bench.root, {
        spoil: ({ tree }) => flip(tree, VERITY_BLOCK_BYTES - 1),
      });
      assertEquals(refusedBlocks(bench.kernel, made).length, DATA_BLOCKS);
      bench.kernel.removeMapped("suite");
    },
  );
}

function refusing(claim: Claim): void {
  claim(
    "createMapped() refuses a name or uuid that is taken, and leaves the first alone",
    (bench) => {
      const { kernel } = bench;
      using made = prepare(kernel, bench.root);
      kernel.createMapped(made.request);
      assertRefused(() => kernel.createMapped({ ...made.request, uuid: "other" }), "EBUSY");
      assertRefused(() => kernel.createMapped({ ...made.request, name: "other" }), "EBUSY");
      assertEquals(kernel.mappedDevice("suite").status, "V");
      assertRefused(() => kernel.mappedDevice("other"), "ENXIO");
      kernel.removeMapped("suite");
    },
  );

  claim("createMapped() leaves nothing behind when the kind refuses its parameters", (bench) => {
    const { kernel } = bench;
    using made = prepare(kernel, bench.root);
    const { request } = made;
    const wrong: Partial<MappedDeviceRequest>[] = [
      { parameters: "1 nonsense" },
      { parameters: request.parameters.replace("sha256", "sha999") },
      { parameters: request.parameters.replace(/ [0-9a-f]{64} /, " 00 ") },
      { type: "no-such-kind" },
      { sectors: request.sectors + 8n },
    ];
    for (const part of wrong) {
      assertRefused(() => kernel.createMapped({ ...request, ...part }), "EINVAL", "ENOENT");
      assertRefused(() => kernel.mappedDevice("suite"), "ENXIO");
    }
    kernel.createMapped(request);
    kernel.removeMapped("suite");
  });

  claim("createMapped() refuses texts that do not fit or hold a NUL", (bench) => {
    using made = prepare(bench.kernel, bench.root);
    const wrong: Partial<MappedDeviceRequest>[] = [
      { name: "n".repeat(128) },
      { uuid: "u".repeat(129) },
      { type: "t".repeat(16) },
      { parameters: "p".repeat(16 * 1024) },
      { name: "a\0b" },
    ];
    for (const part of wrong) {
      assertThrows(() => bench.kernel.createMapped({ ...made.request, ...part }), RangeError);
    }
    assertRefused(() => bench.kernel.mappedDevice("suite"), "ENXIO");
  });

  claim("removeMapped() refuses while it is open, and what is not there", (bench) => {
    const { kernel } = bench;
    using made = prepare(kernel, bench.root);
    const path = kernel.createMapped(made.request);
    {
      using _device = kernel.openBlockDevice(path, { access: "read-only" });
      assertRefused(() => kernel.removeMapped("suite"), "EBUSY");
    }
    kernel.removeMapped("suite");
    assertRefused(() => kernel.removeMapped("suite"), "ENXIO");
  });
}

interface Content {
  readonly data: Uint8Array<ArrayBuffer>;
  readonly tree: Uint8Array<ArrayBuffer>;
}

/** Two loop devices over data and its tree, both perhaps spoilt once the tree was made. */
interface Made extends Disposable {
  readonly request: MappedDeviceRequest;
  readonly loops: readonly LoopDevice[];
  /** As it was before. */
  readonly data: Uint8Array<ArrayBuffer>;
}

function prepare(
  kernel: Kernel,
  root: string,
  options: { readonly spoil?: (content: Content) => void } = {},
): Made {
  const data = new Uint8Array(DATA_BLOCKS * VERITY_BLOCK_BYTES);
  for (let at = 0; at < data.length; at += 64) data[at] = (at >> 6) % 251;
  const builder = new VerityTreeBuilder({ dataBlocks: DATA_BLOCKS, salt: SALT });
  builder.push(data);
  const { bytes: tree, rootHash } = builder.finish();
  const content = { data: data.slice(), tree };
  options.spoil?.(content);
  using undo = new DisposableStack();
  const attach = (name: string, bytes: Uint8Array<ArrayBuffer>): LoopDevice => {
    kernel.writeFile(`${root}/${name}`, bytes, { mode: 0o600 });
    return undo.use(kernel.attachLoop(`${root}/${name}`));
  };
  const loops = [attach("data", content.data), attach("tree", content.tree)] as const;
  const request = verityRequest({
    name: "suite",
    data: loops[0].path,
    tree: loops[1].path,
    dataBlocks: DATA_BLOCKS,
    salt: SALT.toHex(),
    rootHash,
  });
  const held = undo.move();
  return { request, loops, data, [Symbol.dispose]: () => held.dispose() };
}

/** Makes the device and reads it block by block: those that are refused; any other must be true. */
function refusedBlocks(kernel: Kernel, { request, data }: Made): readonly number[] {
  const path = kernel.createMapped(request);
  using device = kernel.openBlockDevice(path, { access: "read-only" });
  const refused: number[] = [];
  for (let block = 0; block < DATA_BLOCKS; block++) {
    const at = block * VERITY_BLOCK_BYTES;
    try {
      const read = device.readAt(BigInt(at), VERITY_BLOCK_BYTES);
      assertEquals(read, data.subarray(at, at + VERITY_BLOCK_BYTES), `block ${block}`);
    } catch (error) {
      assertRefused(() => {
        throw error;
      }, "EIO");
      refused.push(block);
    }
  }
  return refused;
}

function flip(bytes: Uint8Array, at: number): void {
  bytes[at] = (bytes[at] ?? 0) ^ 1;
}
