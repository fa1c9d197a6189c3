// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { etcFileSpec } from "../runtime/resources/fs.ts";
import { BASE, HOSTS, httpFixture, problem } from "../tests/fakes/http_api.ts";

const JSON_TYPE = { "content-type": "application/json" };

Deno.test("PUT and PATCH refuse what is owned or tearing down", async () => {
  const { send, patch, state } = httpFixture();
  await state.create(etcFileSpec.newResource("hosts", {}, { finalizers: ["f"] }), { owner: "me" });
  const body = { metadata: { id: "hosts", owner: "me" }, spec: {} };
  const put = await problem(send("PUT", HOSTS, body, { ...JSON_TYPE, "if-match": "*" }));
  assertEquals([put.status, put.code], [403, "owner-conflict"]);
  assertEquals((await problem(patch(HOSTS, { spec: { mode: 1 } }))).status, 403);
  await state.create(etcFileSpec.newResource("mine", {}, { finalizers: ["f"] }));
  await state.teardown({ namespace: "fs", type: etcFileSpec.type, id: "mine" });
  const late = await problem(patch(`${BASE}/_/etcfilespec/mine`, { spec: { mode: 1 } }));
  assertEquals([late.status, late.code], [409, "phase-conflict"]);
});

Deno.test("PATCH merges spec, labels and annotations, and writes nothing where nothing changes", async () => {
  const { patch, state } = httpFixture();
  const init = { contents: "x", mode: 420 };
  await state.create(etcFileSpec.newResource("hosts", init, { labels: { a: "1", b: "2" } }));
  const changed = await patch(HOSTS, {
    metadata: { labels: { a: null, c: "3" }, annotations: { note: "n" } },
    spec: { mode: null },
  });
  const { metadata, spec } = await changed.json();
  assertEquals(metadata.labels, { b: "2", c: "3" });
  assertEquals(metadata.annotations, { note: "n" });
  assertEquals([metadata.version, spec], ["2", { contents: "x", mode: 0 }]);
  const same = await patch(HOSTS, { metadata: { labels: { b: "2" } } });
  assertEquals((await same.json()).metadata.version, "2");
  const stale = await problem(patch(HOSTS, { spec: { mode: 1 } }, { "if-match": '"1-1"' }));
  assertEquals([stale.status, stale.code], [412, "version-conflict"]);
  const bad = [
    { status: 1 },
    { metadata: null },
    { metadata: { id: "x" } },
    { metadata: { labels: [] } },
    { metadata: { labels: { a: 1 } } },
    { spec: { color: 1 } },
    { spec: null },
  ];
  for (const body of bad) assertEquals((await problem(patch(HOSTS, body))).status, 400);
  const type = await problem(patch(HOSTS, {}, { "content-type": "application/json" }));
  assertEquals([type.status, type.headers.get("accept-patch")], [
    415,
    "application/merge-patch+json",
  ]);
});

Deno.test("PATCH changes finalizers on owned resources in any phase, never by an array", async () => {
  const { patch, state } = httpFixture();
  const name = { namespace: "fs", type: etcFileSpec.type, id: "hosts" };
  await state.create(etcFileSpec.newResource("hosts", {}, { finalizers: ["f"] }), { owner: "me" });
  await state.teardown(name, { owner: "me" });
  const answer = await patch(HOSTS, { metadata: { finalizers: { f: null, g: true } } });
  assertEquals((await answer.json()).metadata.finalizers, ["g"]);
  for (const finalizers of [["g"], { g: false }, { g: "yes" }]) {
    assertEquals((await problem(patch(HOSTS, { metadata: { finalizers } }))).status, 400);
  }
});

Deno.test("PATCH of finalizers and more is judged as the rest of it", async () => {
  const { patch, state } = httpFixture();
  const change = { metadata: { finalizers: { g: true }, labels: { a: "1" } } };
  await state.create(etcFileSpec.newResource("hosts", {}), { owner: "me" });
  const owned = await problem(patch(HOSTS, change));
  assertEquals([owned.status, owned.code], [403, "owner-conflict"]);
  await state.create(etcFileSpec.newResource("torn", {}, { finalizers: ["f"] }));
  await state.teardown({ namespace: "fs", type: etcFileSpec.type, id: "torn" });
  const torn = await problem(patch(`${BASE}/_/etcfilespec/torn`, change));
  assertEquals([torn.status, torn.code], [409, "phase-conflict"]);
  await state.create(etcFileSpec.newResource("mine", {}, { labels: { b: "2" } }));
  const mine = await patch(`${BASE}/_/etcfilespec/mine`, change);
  const { metadata } = await mine.json();
  assertEquals([metadata.finalizers, metadata.labels], [["g"], { a: "1", b: "2" }]);
  const cleared = await patch(`${BASE}/_/etcfilespec/mine`, { metadata: { labels: null } });
  assertEquals((await cleared.json()).metadata.labels, {});
});

Deno.test("PATCH says so when others write first each time, and is tried but once with If-Match", async () => {
  const { ask, patch, state } = httpFixture();
  await state.create(etcFileSpec.newResource("hosts", { contents: "x" }));
  const etag = (await ask(HOSTS)).headers.get("etag") ?? "";
  const update = state.update;
  let tries = 0;
  Object.assign(state, {
    update: async (...args: Parameters<typeof update>) => {
      const current = await state.get(args[0].metadata);
      await update(etcFileSpec.withSpec(current, { contents: `theirs ${++tries}` }));
      return await update(...args);
    },
  });
  const matched = await problem(patch(HOSTS, { spec: { mode: 1 } }, { "if-match": etag }));
  assertEquals([matched.status, matched.code, tries], [412, "version-conflict", 1]);
  const plain = await problem(patch(HOSTS, { spec: { mode: 1 } }));
  assertEquals([plain.status, plain.code, tries], [409, "version-conflict", 33]);
});

Deno.test("PATCH is tried again when somebody else wrote first", async () => {
  const { patch, state } = httpFixture();
  await state.create(etcFileSpec.newResource("hosts", { contents: "x" }));
  const update = state.update;
  let interfered = false;
  Object.assign(state, {
    update: async (...args: Parameters<typeof update>) => {
      if (!interfered) {
        interfered = true;
        const current = await state.get(args[0].metadata);
        await update(etcFileSpec.withSpec(current, { contents: "theirs" }));
      }
      return await update(...args);
    },
  });
  const { spec } = await (await patch(HOSTS, { spec: { mode: 1 } })).json();
  assertEquals(spec, { contents: "theirs", mode: 1 });
});
