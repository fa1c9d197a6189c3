/** What must be left of the files that a machine kept, told from what is. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import {
  acknowledgedRun,
  acknowledgement,
  KEPT_DIRECTORIES,
  keptItem,
  type KeptRun,
  losses,
} from "../vm/power/kept_files.ts";

const RUNS: readonly KeptRun[] = [{ run: 1, acknowledged: [9, 0] }, {
  run: 2,
  acknowledged: [6, 2],
}];

/** All that RUNS kept, and `more` items that were never acknowledged. */
function keptFiles(more = 0): Map<string, string> {
  const files = new Map<string, string>();
  for (const { run, acknowledged } of RUNS) {
    for (const [lane, items] of acknowledged.entries()) {
      for (let item = 0; item < items + more; item++) {
        const { form, name, text } = keptItem(run, lane, item);
        const path = `${lane}/${name}`;
        files.set(path, form === "journal" ? `${files.get(path) ?? ""}${text}` : text);
      }
    }
  }
  return files;
}

function lossesOf(files: ReadonlyMap<string, string>): readonly string[] {
  return losses(RUNS, (lane, name) => files.get(`${lane}/${name}`));
}

Deno.test("losses() finds none where all is there, with and without what was never acknowledged", () => {
  assertEquals(lossesOf(keptFiles()), []);
  assertEquals(lossesOf(keptFiles(4)), []);
});

Deno.test("losses() names each file that is gone, cut short, mixed or too old", () => {
  const [directory] = KEPT_DIRECTORIES;
  const item = keptItem(1, 0, 4);
  const newer = keptItem(2, 0, 5);
  const cases: readonly (readonly [string, string | undefined, string])[] = [
    [item.name, undefined, "is not there"],
    [item.name, item.text.slice(0, -1), `${item.text.length - 1} bytes, not ${item.text.length}`],
    [item.name, item.text.replace("1-0-4 7\n", "1-0-4 8\n"), "differs from byte"],
    ["current", undefined, "is not there"],
    ["current", keptItem(1, 0, 5).text, "is 1-0-5, older than 2-0-5"],
    ["current", newer.text.slice(0, 4096), "has 4096 bytes"],
    ["current", keptItem(2, 1, 5).text, "differs from byte"],
    ["journal", keptItem(1, 0, 3).text, "lacks 1-0-7"],
    ["journal", undefined, "lacks 1-0-3"],
  ];
  for (const [name, text, loss] of cases) {
    const files = keptFiles();
    if (text === undefined) files.delete(`0/${name}`);
    else files.set(`0/${name}`, text);
    const [found = "", ...others] = lossesOf(files);
    assert(found.startsWith(`${directory}/${name} `) && found.includes(loss), `${found}: ${loss}`);
    assertEquals(others, []);
  }
});

Deno.test("losses() allows a line that was never acknowledged to be torn between two that were", () => {
  const files = keptFiles();
  const [first, second, third] = [keptItem(1, 0, 3), keptItem(1, 0, 7), keptItem(2, 0, 3)].map(
    ({ text }) => text,
  );
  files.set("0/journal", `${first}1-0-11 jjj${second}${third}`);
  assertEquals(lossesOf(files), []);
  files.set("0/journal", `${second}${first}${third}`);
  assertEquals(lossesOf(files).length, 1);
});

Deno.test("acknowledgedRun() counts what the console says of one run, lane by lane", () => {
  const said = [[1, 0, 0], [2, 0, 0], [1, 1, 0], [1, 0, 1]] as const;
  const console = said.map(([run, lane, item]) => `[ 12.3] ${acknowledgement(run, lane, item)}\r\n`)
    .join("");
  assertEquals(acknowledgedRun(console, 1), { run: 1, acknowledged: [2, 1] });
  assertEquals(acknowledgedRun(`${console}kept run 1 lane 0 item 2`, 1).acknowledged, [2, 1]);
  assertEquals(acknowledgedRun("", 1), { run: 1, acknowledged: [0, 0] });
});
