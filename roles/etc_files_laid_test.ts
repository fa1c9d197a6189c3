// @ts-types="../types/std_assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import { etcFileStatus } from "../runtime/resources/fs.ts";
import { type MemoryState, memoryState } from "../runtime/state/memory.ts";
import { FakeClock } from "../tests/fakes/clock.ts";
import { FakeRandom } from "../tests/fakes/random.ts";
import { ETC_FILES_MS_MAX, etcFilesLaid } from "./etc_files_laid.ts";

const NAMES = ["hosts", "hostname", "machine-id", "resolv.conf"];

function house(): { state: MemoryState; clock: FakeClock; stop: AbortController } {
  const clock = new FakeClock();
  const state = memoryState({ clock, random: new FakeRandom() });
  return { state, clock, stop: new AbortController() };
}

function tell(state: MemoryState, id: string, said: { mounted?: boolean; error?: string }) {
  return state.create(etcFileStatus.newResource(id, { target: `/etc/${id}`, ...said }));
}

Deno.test("etcFilesLaid() waits for the last of them, whatever an attempt before said", async () => {
  const { state, clock, stop } = house();
  let isLaid = false;
  const laid = etcFilesLaid({ state, clock }, stop.signal).then(() => isLaid = true);
  for (const name of NAMES.slice(1)) await tell(state, name, { mounted: true });
  const status = await tell(state, "hosts", { error: "EIO" });
  await clock.advance(ETC_FILES_MS_MAX - 1);
  assertEquals(isLaid, false);
  await state.update(etcFileStatus.withSpec(status, { target: "/etc/hosts", mounted: true }));
  await laid;
});

Deno.test("etcFilesLaid() says after a while which are not, and why", async () => {
  const { state, clock, stop } = house();
  await tell(state, "hosts", { mounted: true });
  await tell(state, "machine-id", { error: "the image has no such file" });
  await tell(state, "resolv.conf", { mounted: true });
  const refused = assertRejects(
    () => etcFilesLaid({ state, clock }, stop.signal),
    Error,
    "own files: /etc/hostname: nobody said what it shall be; /etc/machine-id: the image has no such file",
  );
  await clock.advance(ETC_FILES_MS_MAX);
  await refused;
});

Deno.test("etcFilesLaid() ends without a word when the machine ends", async () => {
  const { state, clock, stop } = house();
  const laid = etcFilesLaid({ state, clock }, stop.signal);
  stop.abort(new Error("the end"));
  await laid;
});
