/** What callers send to the proxy of the API by hand: odd, or broken off. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertStringIncludes } from "@std/assert";
import { listenTcp } from "../../api/listen_tcp.ts";
import { apiFixture, TOKEN } from "../fakes/api.ts";
import { ApidHouse } from "../fakes/apid_house.ts";
import { callerCertificates } from "../fakes/caller_certificates.ts";
import { Line } from "../fakes/line.ts";

const CERTIFICATES = await callerCertificates();
const AUTHORIZATION = `authorization: Bearer ${TOKEN}`;

/** The first line of an answer, without what comes before its status. */
function statusOf(answer = ""): number {
  return Number(answer.split(" ")[1]);
}

Deno.test("apiProxy() answers GET and HEAD that have a body as if they had none, and the next request behind it", async () => {
  const fixture = apiFixture();
  const { exchange: machine } = fixture.api;
  await using house = await ApidHouse.open({ certificates: CERTIFICATES, machine });
  const bodies = [
    "content-length: 2\r\n\r\n{}",
    "transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
  ];
  for (const path of ["/livez", "/api/v1/types"]) {
    for (const method of ["GET", "HEAD"]) {
      for (const body of bodies) {
        const head = `HTTP/1.1\r\nhost: localhost\r\n${AUTHORIZATION}\r\n`;
        using line = await Line.open(house.httpPort);
        await line.send(`${method} ${path} ${head}${body}`);
        const first = statusOf(await line.until("\r\n\r\n"));
        assertEquals([method, path, body, first], [method, path, body, 200]);
        await line.send(`GET /version ${head}connection: close\r\n\r\n`);
        const [, next] = (await line.closed()).match(/HTTP\/1\.1 \d+/g) ?? [];
        assertEquals(statusOf(next), 200);
      }
    }
  }
  assertEquals(house.log.lines, []);
  fixture.stop.abort();
});

/** What callers do that leave in the middle. */
const BROKEN_OFF: Readonly<Record<string, string>> = {
  "before its answer": "GET /api/v1/types HTTP/1.1\r\n",
  "in the middle of its body": "POST /api/v1/resources HTTP/1.1\r\ncontent-length: 10000\r\n",
  "in the middle of a chunk":
    "POST /cosi.resource.State/Get HTTP/1.1\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n",
};

for (const [when, head] of Object.entries(BROKEN_OFF)) {
  Deno.test(`apiProxy() tells nobody of a caller that leaves ${when}`, async () => {
    // It answers nothing.
    await using house = await ApidHouse.open({ certificates: CERTIFICATES, machine: () => {} });
    {
      using line = await Line.open(house.httpPort);
      const body = head.startsWith("POST") ? "9\r\nabc" : "";
      await line.send(`${head}host: localhost\r\n${AUTHORIZATION}\r\n\r\n${body}`);
      await house.until(() => house.seen.length === 1);
    }
    await house.until(() => house.seen[0]?.closed === true);
    // Whatever was to be told of it was, before another is judged.
    const stranger = await house.fetch("/api/v1/types", { headers: { authorization: "no" } });
    assertEquals((await stranger.json()).code, "unauthenticated");
    assertEquals(house.log.lines, []);
  });
}

Deno.test("apiProxy() says 400 of a body that is none, which the machine sees broken off", async () => {
  await using house = await ApidHouse.open({ certificates: CERTIFICATES, machine: () => {} });
  using line = await Line.open(house.httpPort);
  const head = `POST /api/v1/resources HTTP/1.1\r\nhost: localhost\r\n${AUTHORIZATION}\r\n`;
  await line.send(`${head}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n`);
  await house.until(() => house.seen.length === 1);
  await line.send("no length\r\n");
  const answer = await line.closed();
  assertEquals(statusOf(answer), 400);
  assertStringIncludes(answer, '"code":"invalid-resource"');
  await house.until(() => house.seen[0]?.closed === true);
  assertEquals(house.log.lines, []);
});

Deno.test("apiProxy() and createApi() say 400 of a Host that makes no URL", async () => {
  const fixture = apiFixture();
  const { exchange: machine, handle } = fixture.api;
  await using house = await ApidHouse.open({ certificates: CERTIFICATES, machine });
  const { log, clock } = house;
  const { signal } = fixture.stop;
  const direct = listenTcp({ hostname: "127.0.0.1", port: 0, handle, clock, log, signal });
  for (const port of [house.httpPort, direct.port]) {
    for (const host of ["a b", "a_%%", "[::1", "a:b"]) {
      for (const path of ["/livez", "/api/v1/types", "/cosi.resource.State/Get"]) {
        using line = await Line.open(port);
        await line.send(`GET ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
        const answer = await line.closed();
        assertEquals([host, path, statusOf(answer)], [host, path, 400]);
        assertStringIncludes(answer, "path and Host make no URL");
      }
    }
  }
  assertEquals([house.seen, log.lines], [[], []]);
  fixture.stop.abort();
  await direct.closed;
});
