/** The verified root in the machine: flipped bits are refused or read as I/O errors, and bad images do not boot. */
import { join } from "@std/path/posix";
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { VERITY_BLOCK_BYTES, verityTreeBlocks } from "../../fs/verity_layout.ts";
import { resource, strata } from "./asking.ts";
import { badImages, rottenImage } from "./bad_images.ts";
import { bootMachine, type TestMachine } from "./machine.ts";
import { probe } from "./probe_client.ts";
import type { VerityFlips, VerityReading } from "./probe_verity.ts";

/** Digests in a block of the tree. */
const DIGESTS_A_BLOCK = 128;

/** Bits flipped: what CI has time for, unless a number is given behind `--`, the last of which counts. */
const FLIPS = wholeNumber(Deno.args.findLast((word) => !word.startsWith("-")) ?? "64");

/** Flips in one device: each makes other blocks unreadable. */
const FLIPS_A_DEVICE = 12;

function wholeNumber(word: string): number {
  if (/^[1-9]\d{0,5}$/.test(word)) return Number(word);
  throw new RangeError(`Cannot flip "${word}" bits: it must be a whole number, such as 2000`);
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

/** Whole numbers below `below`, the same every time (a linear congruential generator, Numerical Recipes). */
function draws(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
}

/** Blocks of data that must not be readable once these bits were flipped. */
function doomed(flips: VerityFlips, dataBlocks: number): readonly number[] {
  const blocks = new Set(flips.data.map(blockOf));
  // The tree is its top, of one block, and below it the digests of the data.
  for (const block of flips.tree.map(blockOf)) {
    const from = block === 0 ? 0 : (block - 1) * DIGESTS_A_BLOCK;
    const to = block === 0 ? dataBlocks : from + DIGESTS_A_BLOCK;
    for (let each = from; each < Math.min(to, dataBlocks); each++) blocks.add(each);
  }
  return [...blocks].sort((one, other) => one - other);
}

function blockOf(bit: number): number {
  return Math.floor(bit / 8 / VERITY_BLOCK_BYTES);
}

/** Three eighths of the flips go to the squashfs, as many to the tree: one device after the other. */
function drawnFlips(dataBlocks: number): readonly VerityFlips[] {
  const draw = draws(FLIPS);
  const bits = (blocks: number) => blocks * VERITY_BLOCK_BYTES * 8;
  const treeBlocks = verityTreeBlocks(dataBlocks);
  const all: VerityFlips[] = [];
  for (let left = Math.ceil(FLIPS * 3 / 8); left > 0; left -= FLIPS_A_DEVICE) {
    const count = Math.min(left, FLIPS_A_DEVICE);
    const data = Array.from({ length: count }, () => draw(bits(dataBlocks)));
    // Two blocks of the tree a device, so that what lies below the others is still read.
    const [one, other] = [draw(treeBlocks), draw(treeBlocks)];
    const tree = Array.from(
      { length: count },
      (_, index) => bits(index % 2 === 0 ? one : other) + draw(bits(1)),
    );
    all.push({ data, tree: [] }, { data: [], tree });
  }
  return all;
}

async function readFlips(machine: TestMachine, flips: VerityFlips): Promise<VerityReading> {
  const { error, value } = await probe(machine, { act: "verity flips", flips });
  assertEquals(error, "");
  return value as VerityReading;
}

Deno.test("a machine proves what it reads", async (t) => {
  await using machine = await bootMachine({ image: "dist/probe-image", waitReady: "live" });
  await machine.waitConsole(/reachable on/);
  const { spec } = await resource(machine, "fs/ImageStatuses.fs.strata/root");
  const { manifest = "", signature = "", publicKey = "" } = spec as Record<string, string>;
  const { verity: { dataBlocks } } = JSON.parse(manifest);

  await t.step("Linux does with mapped devices what the fake does", async () => {
    const { error, value } = await probe(machine, { act: "mapper suite" });
    assertEquals(error, "");
    const results = Object.entries(value as Record<string, string>);
    assertEquals(results.filter(([, failure]) => failure !== ""), []);
    assert(results.length > 5, "claims were run");
  });

  await t.step(
    "flipped bits of squashfs and hash tree read as I/O errors, never as other bytes",
    async () => {
      const all = drawnFlips(dataBlocks);
      for (const [index, flips] of all.entries()) {
        const reading = await readFlips(machine, flips);
        assertEquals(reading.wrong, []);
        assertEquals(reading.refused, doomed(flips, dataBlocks));
        say(`device ${index + 1} of ${all.length}: ${reading.refused.length} blocks refused`);
      }
      assertEquals((await readFlips(machine, { data: [], tree: [] })).refused, []);
    },
  );

  await t.step("flipped bits of manifest and signature are refused", async () => {
    const told = { manifest, signature, publicKey };
    const whole = await probe(machine, { act: "believe", told: { ...told, flip: undefined } });
    // Believed: the next thing that is missed is the image itself, which is not here.
    assertMatch(String(whole.value), /image" is missing/);
    const draw = draws(FLIPS + 1);
    for (let count = 0; count < FLIPS / 4; count++) {
      const of = count % 2 === 0 ? "manifest" : "signature";
      const bit = draw((of === "manifest" ? manifest.length : signature.length / 2) * 8);
      const { error, value } = await probe(machine, {
        act: "believe",
        told: { ...told, flip: { of, bit } },
      });
      assertEquals(error, "");
      assertMatch(String(value), /^Cannot trust the image: /, `bit ${bit} of the ${of}`);
    }
  });
});

Deno.test("a root with flipped bits boots where they are not needed, and strata verify --running names the file", async () => {
  const folder = await Deno.makeTempDir({ prefix: "strata-rotten-" });
  try {
    const { image, files } = await rottenImage("dist/image", folder);
    await using machine = await bootMachine({ image, dir: folder, waitReady: "live" });
    await machine.waitConsole(/reachable on/);
    const { code, stdout } = await strata(machine, "verify", "--running");
    assertEquals(code, 1, stdout);
    const blamed = [...stdout.matchAll(/^wrong {6}(\/\S+): .*EIO/gm)].map(([, path]) => path);
    assertEquals(blamed.sort(), [...files]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a bad image does not boot: the console says why, and the machine starts again", async () => {
  const folder = await Deno.makeTempDir({ prefix: "strata-bad-" });
  try {
    const images = await badImages("dist/image", folder);
    assertEquals(images.length, 7);
    const pending = images.values();
    const boot = async (): Promise<void> => {
      // One iterator for both: two machines at a time, as many as processors.
      for (const { name, says } of pending) {
        const dir = join(folder, name);
        await using machine = await bootMachine({
          ...{ image: dir, dir, waitReady: "agent", onReboot: "exit" },
        });
        await machine.waitConsole(says);
        await machine.waitConsole(/the boot failed; the machine starts again/);
        if (name !== images[0]?.name) continue; // Shown for ten seconds each: once is enough.
        assertEquals(await machine.waitExit(), 0, name);
        assertStringIncludes(await machine.console(), "reboot: restart");
      }
    };
    await Promise.all([boot(), boot()]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
