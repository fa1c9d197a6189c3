// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { etcFileSpec } from "../runtime/resources/fs.ts";
import { apiFixture, TOKEN } from "../tests/fakes/api.ts";
import {
  ID_REGEXP_LENGTH_MAX,
  LABEL_TERMS_MAX,
  LIST_ITEMS_MAX,
  WATCHES_PER_CLIENT_MAX,
} from "./limits.ts";

const KIND = "/api/v1/resources/_/etcfilespec";

Deno.test("GET of a list over LIST_ITEMS_MAX says how to ask, and ndjson has them all", async () => {
  const { ask, state } = apiFixture();
  for (let index = 0; index <= LIST_ITEMS_MAX; index++) {
    await state.create(etcFileSpec.newResource(`${index}`, {}));
  }
  const refused = await ask(KIND);
  const { code, detail } = await refused.json();
  assertEquals([refused.status, code], [400, "invalid-query"]);
  assertStringIncludes(
    detail,
    `may have ${LIST_ITEMS_MAX}: narrow it by ?label or ?id, or ask for`,
  );
  const narrowed = await (await ask(`${KIND}?id=^99`)).json();
  assertEquals(narrowed.items.length, 111);
  const lines = await (await ask(KIND, { headers: { accept: "application/x-ndjson" } })).text();
  assertEquals(lines.split("\n").length - 1, LIST_ITEMS_MAX + 1);
});

Deno.test("GET refuses more label terms and a longer id than their bounds", async () => {
  const { ask } = apiFixture();
  const status = async (query: URLSearchParams) => {
    const answer = await ask(`${KIND}?${query}`);
    const text = await answer.text();
    assert(answer.status === 200 || text.includes("and may have"), text);
    return answer.status;
  };
  const labels = (count: number) => {
    const [first, ...rest] = Array.from({ length: count }, (_, index) => `a${index}`);
    return new URLSearchParams([["label", rest.join(",")], ["label", first ?? ""]]);
  };
  assertEquals(await status(labels(LABEL_TERMS_MAX)), 200);
  assertEquals(await status(labels(LABEL_TERMS_MAX + 1)), 400);
  const id = (length: number) => new URLSearchParams({ id: "a".repeat(length) });
  assertEquals(await status(id(ID_REGEXP_LENGTH_MAX)), 200);
  assertEquals(await status(id(ID_REGEXP_LENGTH_MAX + 1)), 400);
});

Deno.test("?watch answers 429 to a caller that has WATCHES_PER_CLIENT_MAX open, and to no other", async () => {
  const { api, stop } = apiFixture();
  const watch = (client: string) => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const request = new Request(`http://localhost${KIND}?watch`, { headers });
    return api.handle(request, { transport: "tcp", client });
  };
  const open: Response[] = [];
  for (let index = 0; index < WATCHES_PER_CLIENT_MAX; index++) open.push(await watch("10.0.0.1"));
  const refused = await watch("10.0.0.1");
  assertEquals([refused.status, (await refused.json()).code], [429, "too-many"]);
  open.push(await watch("10.0.0.2"));
  assertEquals(open.map(({ status }) => status).filter((status) => status !== 200), []);
  await open[0]?.body?.cancel();
  open.push(await watch("10.0.0.1"));
  assertEquals(open.at(-1)?.status, 200);
  stop.abort();
  for (const { body } of open) await body?.cancel();
  assertEquals(api.watches, 0);
});
