/** What a power cut may leave on a disk, judged sector by sector against what was promised. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { Draw } from "../fuzz/draw.ts";
import {
  applyParts,
  cutAfter,
  type DiskManners,
  HONEST,
  SafeImage,
  survivors,
} from "../vm/nbd/disk_states.ts";
import { RecordedDisk } from "../vm/nbd/recorded_disk.ts";
import { type LogRecord, openLogData, readWriteLog } from "../vm/nbd/write_log.ts";

const SECTOR = 512;
const SECTORS = 64;
const RECORDS = 60;
const SCRIPTS = 20;
const CUTS = 25;

/** Writes drawn from `seed`, all bytes of a write being its number; some flushes come with writes in flight. */
function runScript(folder: string, seed: number): void {
  const draw = new Draw(seed);
  using disk = new RecordedDisk({ image: `${folder}/disk.img`, log: folder });
  for (let number = 1; number <= RECORDS; number++) {
    if (draw.once(3)) disk.answeredAll();
    if (draw.once(6)) {
      disk.flush(disk.answered);
      continue;
    }
    const first = draw.below(SECTORS);
    const length = (draw.below(Math.min(24, SECTORS - first)) + 1) * SECTOR;
    const offset = first * SECTOR;
    const fua = draw.once(10);
    if (draw.once(8)) disk.clear(draw.once(2) ? "zero" : "trim", { offset, length }, fua);
    else disk.write(offset, new Uint8Array(length).fill(number), fua);
  }
}

/** The values that each sector may have: the number of a write, or 0. */
function allowedValues(log: readonly LogRecord[], records: number): readonly number[][] {
  const past = log.slice(0, records);
  const safe = Math.max(0, ...past.map((record) => record.kind === "flush" ? record.covers : 0));
  return Array.from({ length: SECTORS }, (_, sector) => {
    let values = [0];
    for (const [index, record] of past.entries()) {
      if (record.kind === "flush") continue;
      const { offset, length } = record;
      if (sector * SECTOR < offset || sector * SECTOR >= offset + length) continue;
      const value = record.kind === "write" ? index + 1 : 0;
      values = index < safe || record.fua ? [value] : [...values, value];
    }
    return values;
  });
}

interface State {
  readonly log: readonly LogRecord[];
  readonly records: number;
  /** The value of each sector. */
  readonly values: readonly number[];
}

/** Makes states of many scripts, each of some bytes that are one value to the sector's end. */
async function eachState(manners: DiskManners, see: (state: State) => void): Promise<void> {
  for (let seed = 1; seed <= SCRIPTS; seed++) {
    const folder = await Deno.makeTempDir();
    try {
      const [image, safe, state] = ["disk", "safe", "state"].map((name) => `${folder}/${name}.img`);
      assert(image && safe && state);
      for (const path of [image, safe]) {
        await Deno.writeFile(path, new Uint8Array(SECTORS * SECTOR));
      }
      runScript(folder, seed);
      const log = await readWriteLog(folder);
      using data = openLogData(folder);
      using rolling = new SafeImage(log, data, safe);
      const draw = new Draw(seed);
      const cuts = Array.from({ length: CUTS }, () => draw.below(RECORDS + 1));
      for (const records of cuts.sort((a, b) => a - b)) {
        const cut = cutAfter(log, records, manners);
        rolling.advance(cut);
        await Deno.copyFile(safe, state);
        applyParts(state, data, survivors(log, cut, draw, manners));
        const bytes = await Deno.readFile(state);
        const values = Array.from({ length: SECTORS }, (_, sector) => {
          const piece = bytes.subarray(sector * SECTOR, (sector + 1) * SECTOR);
          assert(piece.every((byte) => byte === piece[0]), "a sector is torn");
          return piece[0] ?? 0;
        });
        see({ log, records, values });
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }
}

/** Sectors that are as nothing allows. */
function brokenSectors({ log, records, values }: State): readonly number[] {
  const allowed = allowedValues(log, records);
  return values.flatMap((value, sector) => allowed[sector]?.includes(value) ? [] : [sector]);
}

Deno.test("survivors() never loses what was flushed, and loses, keeps, reorders and tears what was not", async () => {
  const seen = { lost: 0, kept: 0, reordered: 0, torn: 0 };
  await eachState(HONEST, (state) => {
    assertEquals(brokenSectors(state), []);
    const { log, records, values } = state;
    const { safe } = cutAfter(log, records);
    const fates = log.slice(safe, records).flatMap((record, index) => {
      if (record.kind !== "write" || record.fua) return [];
      const first = record.offset / SECTOR;
      const own = values.slice(first, first + record.length / SECTOR);
      return [own.filter((value) => value === safe + index + 1).length / own.length];
    });
    seen.lost += fates.filter((share) => share === 0).length;
    seen.kept += fates.filter((share) => share === 1).length;
    seen.torn += fates.filter((share) => share > 0 && share < 1).length;
    seen.reordered += fates.some((share, at) => share === 1 && fates[at - 1] === 0) ? 1 : 0;
  });
  for (const [fate, times] of Object.entries(seen)) assert(times > 20, `${fate}: ${times}`);
});

Deno.test("a disk that does not heed flushes loses what it was told to make safe, and that is seen", async () => {
  let broken = 0;
  await eachState({ ...HONEST, heedsFlush: false }, (state) => {
    if (brokenSectors(state).length > 0) broken++;
  });
  assert(broken > SCRIPTS * CUTS / 4, `${broken} states`);
});

Deno.test("survivors() tears writes of whole 4 KiB sectors between them alone where a disk has such", () => {
  const log: readonly LogRecord[] = [
    { kind: "write", offset: 8192, length: 32_768, at: 0, fua: false, witness: 0 },
    { kind: "write", offset: 512, length: 32_768, at: 32_768, fua: false, witness: 0 },
  ];
  const edges = { whole: new Set<number>(), shifted: new Set<number>() };
  for (let seed = 0; seed < 500; seed++) {
    const manners = { heedsFlush: true, atomicBytes: 4096 } as const;
    for (const { write, from, to } of survivors(log, cutAfter(log, 2), new Draw(seed), manners)) {
      const found = write.at === 0 ? edges.whole : edges.shifted;
      found.add(from % 4096).add(to % 4096);
    }
  }
  assertEquals([...edges.whole], [0]);
  assertEquals(edges.shifted.size, 8);
});

Deno.test("survivors() draws the same from the same seed", () => {
  const log = Array.from({ length: 50 }, (_, index): LogRecord => (
    { kind: "write", offset: index * 4096, length: 4096, at: 0, fua: false, witness: 0 }
  ));
  const drawn = [5, 5, 6].map((seed) => survivors(log, cutAfter(log, 50), new Draw(seed)));
  assertEquals(drawn[0], drawn[1]);
  assert(JSON.stringify(drawn[0]) !== JSON.stringify(drawn[2]));
});
