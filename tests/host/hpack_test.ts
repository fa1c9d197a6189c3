/** Header compression against golang.org/x/net: each end reads what the other writes, and both judge alike. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  array,
  constantFrom,
  integer,
  oneof,
  option,
  record,
  sample,
  string,
  tuple,
} from "fast-check";
import { ConnectionFault } from "../../api/http2/fault.ts";
import { HpackDecoder } from "../../api/http2/hpack_decoder.ts";
import { HpackEncoder } from "../../api/http2/hpack_encoder.ts";
import { FAULT, fields, hpackPeer } from "./hpack_peer.ts";

/** Lists of one connection, and blocks that are judged. */
const LISTS = 2000;
const BLOCKS = 10_000;

/** The same lists and blocks in each run; another number gives others. */
const SEED = 7541;

/** Bytes of the greatest table that is tried. */
const TABLE_BYTES_MAX = 8192;

const latin1Unit = integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
const text = string({ unit: latin1Unit, maxLength: 40 });
const NAMES = [":status", ":path", "content-type", "grpc-status", "te", "cookie", "date", "x-a"];
const VALUES = ["", "200", "0", "5", "/", "application/grpc", "x".repeat(300), "y".repeat(600)];
const field = tuple(oneof(constantFrom(...NAMES), text), oneof(constantFrom(...VALUES), text));
const step = record({
  tableBytes: option(integer({ min: 0, max: TABLE_BYTES_MAX }), { freq: 8 }),
  // Never empty: the peer writes a size update with the first field only.
  pairs: array(field, { minLength: 1, maxLength: 10 }).map((list) => list.flat()),
});
const STEPS = sample(step, { numRuns: LISTS, seed: SEED });

/** What only ours refuses: integers of many bytes, and size updates where they do nothing. */
const STRICTER_REGEXP =
  /an integer is longer|more than 2 size updates|a size update behind a field/;

function decoder(): HpackDecoder {
  return new HpackDecoder({ tableBytesMax: 4096, listBytesMax: 1_000_000 });
}

Deno.test("golang.org/x/net decodes what HpackEncoder encodes, over changing tables", async () => {
  await using peer = await hpackPeer();
  const encoder = new HpackEncoder({ tableBytesMax: TABLE_BYTES_MAX });
  const commands: string[] = [];
  const wanted: string[] = [];
  for (const { tableBytes, pairs } of STEPS) {
    if (tableBytes !== null) {
      encoder.setTableBytesMax(tableBytes);
      commands.push(`allow ${tableBytes}`);
      wanted.push("ok");
    }
    for (let times = 0; times < 3; times++) {
      commands.push(`decode ${encoder.encode(pairs).toHex()}`);
      wanted.push(fields(pairs));
    }
  }
  assertEquals(await peer.ask(commands), wanted);
});

Deno.test("HpackDecoder decodes what golang.org/x/net encodes, over changing tables", async () => {
  await using peer = await hpackPeer();
  const under = decoder();
  const commands = STEPS.flatMap(({ tableBytes, pairs }) => [
    ...(tableBytes === null ? [] : [`table ${tableBytes}`]),
    `encode ${fields(pairs)}`,
  ]);
  const answers = (await peer.ask(commands)).values();
  for (const { tableBytes, pairs } of STEPS) {
    if (tableBytes !== null) {
      assertEquals(answers.next().value, "ok");
      under.settingsAcknowledged(tableBytes);
    }
    const block = Uint8Array.fromHex(answers.next().value ?? "");
    assertEquals(under.decode(block).pairs, pairs);
  }
});

Deno.test("HpackDecoder judges damaged blocks as golang.org/x/net does, or is stricter", async () => {
  await using peer = await hpackPeer();
  const blocks = damagedBlocks();
  const commands = blocks.flatMap((block) => ["fresh", `decode ${block.toHex()}`]);
  const answers = (await peer.ask(commands)).filter((_, index) => index % 2 === 1);
  let refused = 0;
  blocks.forEach((block, index) => {
    const [ours, reason] = judged(block);
    const theirs = answers[index];
    if (ours === FAULT) refused++;
    if (ours === theirs) return;
    assertEquals(ours, FAULT, `${block.toHex()}: ${theirs} is theirs`);
    assertMatch(reason, STRICTER_REGEXP, block.toHex());
  });
  // Else the blocks would show nothing.
  assert(refused > BLOCKS / 10 && refused < BLOCKS * 9 / 10, `${refused} refused`);
});

/** What ours says of a block that comes first, as the peer would, and why. */
function judged(block: Uint8Array): [answer: string, reason: string] {
  try {
    return [fields(decoder().decode(block).pairs), ""];
  } catch (error) {
    if (!(error instanceof ConnectionFault)) throw error;
    return [FAULT, error.message];
  }
}

/** First blocks of connections, with some bytes of each replaced. */
function damagedBlocks(): Uint8Array[] {
  const damage = array(tuple(integer({ min: 0, max: 999 }), integer({ min: 0, max: 255 })), {
    minLength: 1,
    maxLength: 3,
  });
  const list = array(field, { minLength: 1, maxLength: 5 }).map((pairs) => pairs.flat());
  return sample(tuple(list, damage), { numRuns: BLOCKS, seed: SEED }).map(([pairs, places]) => {
    const block = new HpackEncoder({ tableBytesMax: 4096 }).encode(pairs).slice();
    for (const [at, byte] of places) block[at % block.length] = byte;
    return block;
  });
}
